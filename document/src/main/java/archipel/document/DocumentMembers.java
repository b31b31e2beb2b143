package archipel.document;

import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.Revision.Stamp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes a document of an object that {@link JsonStructure} has read: reads its special members in the order in which
 * they stand, so that the first that is wrong is the one that is answered, and cuts them out.
 */
final class DocumentMembers {
    private final byte[] in;
    private final JsonStructure structure;
    private final JsonLimits limits;

    private @Nullable String id;
    private @Nullable Revision revision;
    private @Nullable RevisionPath history;
    private boolean revisionKnown;
    private boolean deleted;
    private List<AttachmentInput> attachments = List.of();

    DocumentMembers(byte[] in, JsonStructure structure, JsonLimits limits) {
        this.in = in;
        this.structure = structure;
        this.limits = limits;
    }

    /** The document in {@code in[start, end)}, which the structure has just read. */
    ParsedDocument document(int start, int end) {
        if (in[start] != '{') {
            throw new RequestException(ErrorCode.DOCUMENT_NOT_OBJECT);
        }
        id = null;
        revision = null;
        history = null;
        revisionKnown = false;
        deleted = false;
        attachments = List.of();
        byte[] json = body(start, end);
        if (json.length > limits.documentBytes()) {
            throw new RequestException(ErrorCode.DOCUMENT_TOO_LARGE, id == null ? "" : id);
        }
        for (AttachmentInput attachment : attachments) {
            Names.validateAttachmentName(attachment.name());
        }
        return new ParsedDocument(id, revision, deleted, history, attachments, json);
    }

    /** The id of a document that could not be read to its end; null where it has none. */
    @Nullable
    String idAlone() {
        for (int i = 0; i < structure.count(0); i++) {
            int member = structure.member(0, i);
            if (!structure.isDropped(member) && structure.key(member).equals("_id")) {
                special("_id", member);
            }
        }
        return id;
    }

    private byte[] body(int start, int end) {
        boolean special = false;
        for (int i = 0; i < structure.count(0) && !special; i++) {
            special = structure.keyStartsWith(structure.member(0, i), '_');
        }
        if (!special && !structure.hasDuplicates()) {
            return Arrays.copyOfRange(in, start, end);
        }
        int[] members = structure.inTextOrder(0);
        boolean[] cut = new boolean[members.length];
        for (int i = 0; i < members.length; i++) {
            cut[i] = structure.keyStartsWith(members[i], '_')
                    && !structure.isDropped(members[i])
                    && !special(structure.key(members[i]), members[i]);
        }
        MemberCut cuts = new MemberCut(structure);
        cuts.add(0, cut);
        if (structure.hasDuplicates()) {
            for (int object = 1; object < structure.objectCount(); object++) {
                cuts.add(object);
            }
        }
        return cuts.apply(in, start, end);
    }

    /** Reads a special member; true if it belongs to the body nevertheless. */
    private boolean special(String key, int member) {
        int value = structure.valueStart(member);
        switch (key) {
            case "_id" -> {
                id = string(value);
                if (id == null) {
                    throw new RequestException(ErrorCode.DOCUMENT_ID_NOT_STRING);
                }
                Names.validateDocumentId(id);
            }
            case "_rev" -> {
                // CouchDB does not even look at it once it has _revisions.
                if (!revisionKnown) {
                    String text = string(value);
                    revision = Revision.parse(text == null ? "" : text);
                    revisionKnown = true;
                }
            }
            case "_deleted" -> deleted = in[value] == 't' || in[value] != 'f' && unknown(key);
            case "_revisions" -> {
                if (in[value] != '{') {
                    unknown(key);
                }
                history = history(structure.firstObject(member));
                revision = history == null ? null : history.newest();
                revisionKnown = history != null;
            }
            case "_attachments" -> {
                if (in[value] != '{') {
                    unknown(key);
                }
                attachments = attachments(structure.firstObject(member));
            }
            case "_revs_info", "_conflicts", "_deleted_conflicts", "_local_seq" -> {
                // What a read adds and a write means nothing by.
            }
            case "_access",
                    "_replication_state",
                    "_replication_state_time",
                    "_replication_state_reason",
                    "_replication_id",
                    "_replication_stats" -> {
                return true;
            }
            default -> unknown(key);
        }
        return false;
    }

    private static boolean unknown(String key) {
        throw new RequestException(ErrorCode.BAD_SPECIAL_MEMBER, key);
    }

    private @Nullable RevisionPath history(int object) {
        long start = -1;
        int ids = JsonStructure.NONE;
        Stamp stamp = null;
        for (int i = 0; i < structure.count(object); i++) {
            int member = structure.member(object, i);
            String key = structure.key(member);
            if (key.equals("start")) {
                start = integer(structure.valueStart(member), structure.valueEnd(member), -1);
            } else if (key.equals("ids")) {
                ids = structure.valueStart(member);
            } else if (key.equals("stamp") && in[structure.valueStart(member)] == '{') {
                stamp = stamp(structure.firstObject(member));
            }
        }
        RevisionPath path = new RevisionsMember(in).path(start, ids);
        return path == null ? null : path.withStamp(stamp);
    }

    /** Null for what is none, as for any member that other servers may add. */
    private @Nullable Stamp stamp(int object) {
        long timeMs = -1;
        String node = null;
        for (int i = 0; i < structure.count(object); i++) {
            int member = structure.member(object, i);
            int value = structure.valueStart(member);
            String key = structure.key(member);
            if (key.equals("time")) {
                timeMs = integer(value, structure.valueEnd(member), -1);
            } else if (key.equals("node")) {
                node = string(value);
            }
        }
        return timeMs < 0 || node == null || !Stamp.isNode(node) ? null : new Stamp(timeMs, node);
    }

    private List<AttachmentInput> attachments(int object) {
        List<AttachmentInput> list = new ArrayList<>(structure.count(object));
        for (int member : structure.inTextOrder(object)) {
            if (!structure.isDropped(member) && in[structure.valueStart(member)] == '{') {
                list.add(attachment(structure.key(member), structure.firstObject(member)));
            }
        }
        list.sort(Comparator.comparing(AttachmentInput::name, Revision::compareUtf8));
        return list;
    }

    private AttachmentInput attachment(String name, int object) {
        boolean stub = false;
        boolean follows = false;
        String contentType = null;
        String digest = null;
        String encoding = null;
        int position = 0;
        long length = -1;
        long encodedLength = -1;
        int data = JsonStructure.NONE;
        for (int i = 0; i < structure.count(object); i++) {
            int member = structure.member(object, i);
            int value = structure.valueStart(member);
            int end = structure.valueEnd(member);
            switch (structure.key(member)) {
                case "stub" -> stub = in[value] == 't';
                case "follows" -> follows = in[value] == 't';
                case "content_type" -> contentType = string(value);
                case "digest" -> digest = string(value);
                case "encoding" -> encoding = string(value);
                case "revpos" -> position = (int) Math.min(integer(value, end, 0), Integer.MAX_VALUE);
                case "length" -> length = integer(value, end, -1);
                case "encoded_length" -> encodedLength = integer(value, end, -1);
                case "data" -> data = value;
                default -> {
                    // What other servers may add, as CouchDB ignores it.
                }
            }
        }
        if (contentType != null) {
            Names.validateContentType(contentType);
        }
        if (stub) {
            return new AttachmentInput.Stub(name, position, digest);
        } else if (follows) {
            boolean gzip = "gzip".equals(encoding);
            if (encoding != null && !gzip && !encoding.equals("identity")) {
                throw new RequestException(ErrorCode.ATTACHMENT_ENCODING);
            }
            long stored = gzip && encodedLength >= 0 ? encodedLength : length;
            return new AttachmentInput.Follows(name, contentType, position, stored, digest, gzip ? "gzip" : null);
        }
        // CouchDB takes inline data to be identity, whatever "encoding" says.
        return new AttachmentInput.Inline(name, contentType, position, InlineData.decode(in, data, name), null);
    }

    private @Nullable String string(int value) {
        return in[value] == '"' ? InlineData.text(in, value) : null;
    }

    /** A whole number from 0 on; {@code otherwise} if it is something else or does not fit a long. */
    private long integer(int from, int to, long otherwise) {
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = in[i] - '0';
            if (digit < 0 || digit > 9 || i - from > 17) {
                return otherwise;
            }
            value = value * 10 + digit;
        }
        return value;
    }
}
