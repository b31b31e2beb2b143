package archipel.document;

import archipel.document.DocumentParser.BulkRequest;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.memory.Allowance;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the object around a bulk request's documents, one member and one document at a time, so that what is kept of
 * the text's structure is never more than one document's.
 *
 * <p>What a document will take is taken from the {@link Allowance} as it is read.
 */
final class BulkEnvelope {
    /** What one document takes beside its own bytes. */
    private static final int DOCUMENT_BYTES = 150;

    private final byte[] in;
    private final int end;
    private final JsonStructure structure;
    private final DocumentMembers members;

    private @Nullable List<ParsedDocument> documents;
    /** What the documents or their lack make of the request; CouchDB finds malformed JSON before it. */
    private @Nullable RequestException refusal = new RequestException(ErrorCode.DOCS_MISSING);

    private @Nullable Boolean newEdits = true;
    private @Nullable Boolean atomic = false;
    private @Nullable Boolean allOrNothing = false;

    BulkEnvelope(byte[] json, int offset, int length, JsonLimits limits) {
        in = json;
        end = offset + length;
        structure = new JsonStructure(json, end, limits.depth());
        members = new DocumentMembers(json, structure, limits);
        int start = space(offset);
        if (at(start) != '{') {
            int after = structure.read(start);
            if (space(after) != end) {
                throw JsonSyntax.invalid();
            }
            throw new RequestException(ErrorCode.BODY_NOT_OBJECT);
        }
        int after = envelope(space(start + 1));
        if (space(after) != end) {
            throw JsonSyntax.invalid();
        }
    }

    BulkRequest request() {
        if (refusal != null) {
            throw refusal;
        }
        List<ParsedDocument> parsed = documents == null ? List.of() : documents;
        if (newEdits == null) {
            throw new RequestException(ErrorCode.NEW_EDITS_NOT_BOOLEAN);
        }
        if (atomic == null) {
            throw new RequestException(ErrorCode.ATOMIC_NOT_BOOLEAN);
        }
        for (ParsedDocument document : parsed) {
            if (!newEdits && document.revision() == null && document.refusal() == null) {
                throw new RequestException(ErrorCode.REVISION_NEEDED);
            }
        }
        return new BulkRequest(parsed, newEdits, atomic, Boolean.TRUE.equals(allOrNothing));
    }

    private int envelope(int first) {
        if (at(first) == '}') {
            return first + 1;
        }
        int at = first;
        while (true) {
            if (at(at) != '"') {
                throw JsonSyntax.invalid();
            }
            int close = JsonSyntax.string(in, at + 1, end);
            boolean escaped = close < 0;
            close = escaped ? ~close : close;
            String key = JsonSyntax.text(in, at + 1, close, escaped);
            at = space(close + 1);
            if (at(at) != ':') {
                throw JsonSyntax.invalid();
            }
            at = space(member(key, space(at + 1)));
            if (at(at) == '}') {
                return at + 1;
            } else if (at(at) != ',') {
                throw JsonSyntax.invalid();
            }
            at = space(at + 1);
        }
    }

    /** The last of equal keys counts, so each overwrites what an earlier one said. */
    private int member(String key, int value) {
        switch (key) {
            case "docs" -> {
                documents = null;
                if (at(value) == '[') {
                    refusal = null;
                    documents = new ArrayList<>();
                    return documents(space(value + 1), documents);
                }
                refusal = new RequestException(ErrorCode.DOCS_NOT_ARRAY);
            }
            case "new_edits" -> newEdits = bool(value);
            case "atomic" -> atomic = bool(value);
            case "all_or_nothing" -> allOrNothing = bool(value);
            default -> {
                // Others are for other servers.
            }
        }
        return structure.read(value);
    }

    private int documents(int first, List<ParsedDocument> parsed) {
        if (at(first) == ']') {
            return first + 1;
        }
        int at = first;
        while (true) {
            int after = structure.read(at);
            if (refusal == null) {
                try {
                    Allowance.current().hold(DOCUMENT_BYTES + (after - at));
                    parsed.add(document(at, after));
                } catch (RequestException e) {
                    refusal = e;
                }
            }
            at = space(after);
            if (at(at) == ']') {
                return at + 1;
            } else if (at(at) != ',') {
                throw JsonSyntax.invalid();
            }
            at = space(at + 1);
        }
    }

    /** A revision that is none concerns its own document alone. */
    private ParsedDocument document(int start, int after) {
        try {
            return members.document(start, after);
        } catch (RequestException e) {
            return switch (e.code()) {
                case INVALID_REVISION,
                        REVISIONS_START,
                        REVISIONS_IDS,
                        REVISIONS_ID_NOT_STRING,
                        REVISIONS_ID_NOT_HEX,
                        REVISIONS_TOO_MANY ->
                    new ParsedDocument(members.idAlone(), null, false, null, List.of(), new byte[0], e);
                default -> throw e;
            };
        }
    }

    private @Nullable Boolean bool(int value) {
        return switch (at(value)) {
            case 't' -> true;
            case 'f' -> false;
            default -> null;
        };
    }

    private int space(int at) {
        return JsonSyntax.space(in, at, end);
    }

    private byte at(int position) {
        return position < end ? in[position] : 0;
    }
}
