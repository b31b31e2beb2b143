package archipel.document;

import archipel.memory.Allowance;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Takes apart what a client sends as a document: members that begin with an underscore are read and cut out, the rest
 * stays the bytes that came. Only where an object has a key twice the earlier member goes too, as in CouchDB.
 *
 * <p>Safe for concurrent use.
 */
public final class DocumentParser {
    private static final int UNCOUNTED_BYTES = 16 << 10;

    private final JsonLimits limits;

    public DocumentParser(JsonLimits limits) {
        this.limits = limits;
    }

    /**
     * @throws RequestException with CouchDB's texts: malformed JSON, not an object, an unknown underscore member, an
     *     illegal id, revision or attachment, a document that is too large
     */
    public ParsedDocument parse(byte[] json, int offset, int length) {
        if (length > UNCOUNTED_BYTES) {
            // What is stored is a copy, and so is the content of attachments.
            Allowance.current().hold(length);
        }
        int end = offset + length;
        JsonStructure structure = new JsonStructure(json, end, limits.depth());
        int start = JsonSyntax.space(json, offset, end);
        int after = structure.read(start);
        if (JsonSyntax.space(json, after, end) != end) {
            throw JsonSyntax.invalid();
        }
        return new DocumentMembers(json, structure, limits).document(start, after);
    }

    /**
     * The envelope of {@code _bulk_docs}, its documents parsed in place. One document that cannot be parsed makes
     * CouchDB refuse the whole request with that document's error, and so it is here, unless it is only the revision
     * that is none: then the others are stored. JSON that is malformed anywhere comes first of all errors.
     *
     * @throws RequestException as {@link #parse} does, and for an envelope without {@code docs}, or with a member of
     *     the wrong type, or documents without revision when {@code new_edits} is false
     */
    public BulkRequest parseBulk(byte[] json, int offset, int length) {
        return new BulkEnvelope(json, offset, length, limits).request();
    }

    /**
     * @param id {@code _id}, null when absent
     * @param revision the newest of {@code _revisions} if that is there, else {@code _rev}; null when both are absent
     * @param history {@code _revisions}, null when absent or empty
     * @param attachments {@code _attachments} in ascending order of name
     * @param json the object without its underscore members
     * @param refusal why a document of a bulk request cannot be stored, which has nothing else but its id then; else
     *     null
     */
    public record ParsedDocument(
            @Nullable String id,
            @Nullable Revision revision,
            boolean deleted,
            @Nullable RevisionPath history,
            List<AttachmentInput> attachments,
            byte[] json,
            @Nullable RequestException refusal) {
        /** One that can be stored as far as the parser knows. */
        public ParsedDocument(
                @Nullable String id,
                @Nullable Revision revision,
                boolean deleted,
                @Nullable RevisionPath history,
                List<AttachmentInput> attachments,
                byte[] json) {
            this(id, revision, deleted, history, attachments, json, null);
        }

        /** The same with other members. */
        public ParsedDocument withJson(byte[] other) {
            return new ParsedDocument(id, revision, deleted, history, attachments, other, refusal);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof ParsedDocument that
                    && Objects.equals(id, that.id)
                    && Objects.equals(revision, that.revision)
                    && deleted == that.deleted
                    && Objects.equals(history, that.history)
                    && attachments.equals(that.attachments)
                    && refusal == that.refusal
                    && Arrays.equals(json, that.json);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(json);
        }
    }

    /**
     * @param newEdits {@code new_edits}, true by default
     * @param atomic {@code atomic}, false by default
     * @param allOrNothing whether the request asks for {@code all_or_nothing}, which CouchDB refuses
     */
    public record BulkRequest(List<ParsedDocument> documents, boolean newEdits, boolean atomic, boolean allOrNothing) {
        public BulkRequest {
            documents = List.copyOf(documents);
        }
    }
}
