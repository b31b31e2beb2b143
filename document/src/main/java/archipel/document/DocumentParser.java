package archipel.document;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes apart what a client sends as a document: members that begin with an underscore are read and cut out, the rest
 * stays the bytes that came. Reads each byte once with a streaming parser.
 */
public final class DocumentParser {
    private final JsonLimits limits;

    public DocumentParser(JsonLimits limits) {
        this.limits = limits;
    }

    /**
     * @throws RequestException with CouchDB's texts: malformed JSON, not an object, an unknown underscore member, an
     *     illegal id, revision or attachment, a document that is too large
     */
    public ParsedDocument parse(byte[] json, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    /**
     * The envelope of {@code _bulk_docs}, its documents parsed in place. A document that is refused becomes a failure in
     * the list where CouchDB answers with a per-document error, and an exception where CouchDB refuses the request.
     */
    public BulkRequest parseBulk(byte[] json, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    /**
     * @param id {@code _id}, null when absent
     * @param revision {@code _rev}, null when absent
     * @param history {@code _revisions}, null when absent
     * @param attachments {@code _attachments} in ascending order of name
     * @param json the object without its underscore members
     */
    public record ParsedDocument(
            @Nullable String id,
            @Nullable Revision revision,
            boolean deleted,
            @Nullable RevisionPath history,
            List<AttachmentInput> attachments,
            byte[] json) {}

    /**
     * @param newEdits {@code new_edits}, true by default
     * @param atomic {@code atomic}, false by default
     */
    public record BulkRequest(List<ParsedDocument> documents, boolean newEdits, boolean atomic) {}
}
