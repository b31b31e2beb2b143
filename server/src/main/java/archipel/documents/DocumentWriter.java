package archipel.documents;

import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.DocumentJson;
import archipel.document.JsonBuffer;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.documents.AttachmentJson.Content;
import archipel.http.JsonStream;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes documents of one reader as JSON, in CouchDB's order of members. The stored body is copied, never parsed:
 * {@code _id} and {@code _rev} are spliced in before its members, everything else after them.
 */
public final class DocumentWriter {

    private final Reader reader;
    private final DocumentOptions options;
    private final boolean oneLine;

    public DocumentWriter(Reader reader, DocumentOptions options) {
        this(reader, options, false);
    }

    /**
     * @param oneLine for feeds, where a line's end ends the row: those within a body, which mean nothing, are left out
     */
    public DocumentWriter(Reader reader, DocumentOptions options, boolean oneLine) {
        this.reader = reader;
        this.options = options;
        this.oneLine = oneLine;
    }

    /**
     * Writes one revision, with its attachments' content where the options want that; large content leaves in pieces.
     *
     * @param body that of {@code revision}, from {@link archipel.read.DocumentReader#body} (and, where there is a
     *     guard, past it)
     */
    public void write(JsonStream out, DocumentRecord record, Revision revision, DocumentBody body) throws IOException {
        if (!options.attachments() || body.attachments().isEmpty()) {
            write(out.buffer(), record, revision, body, Content.STUB);
            return;
        }
        begin(out.buffer(), record, revision, body);
        int known = knownGeneration(record, revision);
        out.buffer().ascii(",\"_attachments\":{");
        String separator = "";
        for (Attachment attachment : body.attachments()) {
            out.buffer().ascii(separator);
            separator = ",";
            if (attachment.revisionPosition() > known) {
                AttachmentJson.inline(out, reader, reader.attachments().asStored(attachment), options.encodingInfo());
            } else {
                DocumentJson.stub(out.buffer(), attachment, false, options.encodingInfo());
            }
        }
        out.buffer().ascii("}}");
    }

    /** Writes one revision with stubs for attachments, whatever the options say of them. */
    public void write(JsonBuffer out, DocumentRecord record, Revision revision, DocumentBody body) {
        write(out, record, revision, body, Content.STUB);
    }

    /** @param content STUB or FOLLOWS */
    void write(JsonBuffer out, DocumentRecord record, Revision revision, DocumentBody body, Content content) {
        begin(out, record, revision, body);
        if (!body.attachments().isEmpty()) {
            int known = content == Content.FOLLOWS ? knownGeneration(record, revision) : Integer.MAX_VALUE;
            out.ascii(",\"_attachments\":{");
            String separator = "";
            for (Attachment attachment : body.attachments()) {
                out.ascii(separator);
                separator = ",";
                if (attachment.revisionPosition() <= known) {
                    DocumentJson.stub(out, attachment, false, options.encodingInfo());
                    continue;
                }
                Attachment stored = reader.attachments().asStored(attachment);
                if (isEmpty(stored)) {
                    DocumentJson.openAttachment(out, stored);
                    out.ascii(",\"data\":\"\"");
                    DocumentJson.closeAttachment(out, stored, options.encodingInfo());
                } else {
                    DocumentJson.stub(out, stored, true, options.encodingInfo());
                }
            }
            out.ascii('}');
        }
        out.ascii('}');
    }

    /** Whether it can be sent inline instead: CouchDB 3.5's replicator waits for ever for a part without content. */
    private static boolean isEmpty(Attachment stored) {
        return stored.encodedLength() == 0;
    }

    /**
     * One revision with the content of its attachments in parts of their own, but for those without content; says how
     * they are stored.
     */
    public RelatedMessage related(DocumentRecord record, Revision revision, DocumentBody body, String boundary) {
        JsonBuffer json = new JsonBuffer(body.json().length + 512);
        new DocumentWriter(reader, options.withEncodingInfo()).write(json, record, revision, body, Content.FOLLOWS);
        return new RelatedMessage(reader, json, following(record, revision, body), boundary);
    }

    /** The attachments whose content is to be sent in parts. */
    private List<Attachment> following(DocumentRecord record, Revision revision, DocumentBody body) {
        if (body.attachments().isEmpty()) {
            return List.of();
        }
        int known = knownGeneration(record, revision);
        return body.attachments().stream()
                .filter(attachment -> attachment.revisionPosition() > known)
                .map(reader.attachments()::asStored)
                .filter(stored -> !isEmpty(stored))
                .toList();
    }

    private int knownGeneration(DocumentRecord record, Revision revision) {
        if (options.attachmentsSince().isEmpty()) {
            return -1;
        }
        return AttachmentJson.knownGeneration(path(record, revision), options.attachmentsSince());
    }

    /** Everything but attachments and the closing brace. */
    private void begin(JsonBuffer out, DocumentRecord record, Revision revision, DocumentBody body) {
        out.ascii("{\"_id\":").string(record.id()).ascii(",\"_rev\":").string(revision.toString());
        DocumentJson.members(out, body.json(), oneLine);
        if (record.isDeleted(revision)) {
            out.ascii(",\"_deleted\":true");
        }
        if (options == DocumentOptions.PLAIN) {
            return;
        }
        if (options.revisions()) {
            RevisionPath path = record.revisions(revision);
            DocumentJson.revisions(
                    out, options.stamps() ? path.withStamp(reader.documents().stamp(record, revision)) : path);
        }
        if (options.revisionsInfo()) {
            revisionsInfo(out, record, path(record, revision));
        }
        if (options.conflicts()) {
            DocumentJson.list(out, ",\"_conflicts\":[", record.tree().conflicts());
        }
        if (options.deletedConflicts()) {
            DocumentJson.list(out, ",\"_deleted_conflicts\":[", record.tree().deletedConflicts());
        }
        if (options.localSeq()) {
            out.ascii(",\"_local_seq\":").number(record.lastChange().number());
        }
        if (options.revisionTree()) {
            new RevisionTreeJson(reader, record).write(out.ascii(",\"_revs_tree\":"));
        }
    }

    /** Whether the document as written would carry what is not in its revision, so that this is no tag for it. */
    boolean hasMeta(DocumentRecord record) {
        return options.revisionsInfo()
                || options.localSeq()
                || options.stamps()
                || options.revisionTree()
                || options.conflicts() && !record.tree().conflicts().isEmpty()
                || options.deletedConflicts()
                        && !record.tree().deletedConflicts().isEmpty();
    }

    private static RevisionPath path(DocumentRecord record, Revision revision) {
        RevisionPath path = record.tree().pathTo(revision);
        return path == null ? RevisionPath.of(revision) : path;
    }

    private void revisionsInfo(JsonBuffer out, DocumentRecord record, RevisionPath path) {
        out.ascii(",\"_revs_info\":[");
        for (int i = 0; i < path.hashes().size(); i++) {
            Revision revision =
                    new Revision(path.generation() - i, path.hashes().get(i));
            out.ascii(i == 0 ? "{\"rev\":" : ",{\"rev\":")
                    .string(revision.toString())
                    .ascii(",\"status\":\"")
                    .ascii(status(record, revision))
                    .ascii("\"}");
        }
        out.ascii(']');
    }

    private String status(DocumentRecord record, Revision revision) {
        if (!record.tree().isWritten(revision)) {
            return "missing";
        }
        if (record.tree().isDeleted(revision)) {
            return "deleted";
        }
        @Nullable DocumentBody body = reader.documents().body(record.id(), revision);
        return body == null ? "missing" : "available";
    }
}
