package archipel.functions;

import archipel.command.DocumentEdit;
import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.DocumentJson;
import archipel.document.JsonBuffer;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.read.DocumentRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Documents as the functions of design documents see them: with their newest revisions, and stubs for attachments.
 */
public final class FunctionDocument {
    /** How many of a document's revisions are told. */
    private static final int REVISIONS = 20;

    private FunctionDocument() {}

    /**
     * What is stored of a revision.
     *
     * @param conflicts whether the other leaves are told
     */
    public static byte[] stored(DocumentRecord record, Revision revision, DocumentBody body, boolean conflicts) {
        JsonBuffer json = begin(record.id(), revision, body, record.isDeleted(revision));
        revisions(json, record.revisions(revision));
        if (conflicts) {
            DocumentJson.list(json, ",\"_conflicts\":[", record.tree().conflicts());
        }
        return end(json, body.attachments(), 0);
    }

    /**
     * What a client's edit makes; its revision is that which it replaces.
     *
     * @param parent the path to that revision; null for a new document
     */
    public static byte[] edited(DocumentEdit.Update edit, @Nullable RevisionPath parent) {
        JsonBuffer json = begin(edit.id(), edit.parent(), edit.body(), edit.deleted());
        if (parent != null) {
            revisions(json, parent);
        }
        return end(json, edit.body().attachments(), parent == null ? 1 : parent.generation() + 1);
    }

    /** A revision that was made elsewhere. */
    public static byte[] replicated(DocumentEdit.Replicated edit) {
        JsonBuffer json = begin(edit.id(), edit.path().newest(), edit.body(), edit.deleted());
        revisions(json, edit.path());
        return end(json, edit.body().attachments(), 0);
    }

    private static JsonBuffer begin(String id, @Nullable Revision revision, DocumentBody body, boolean deleted) {
        JsonBuffer json =
                new JsonBuffer(body.json().length + 512).ascii("{\"_id\":").string(id);
        if (revision != null) {
            json.ascii(",\"_rev\":").string(revision.toString());
        }
        DocumentJson.members(json, body.json(), false);
        return json.ascii(deleted ? ",\"_deleted\":true" : "");
    }

    private static void revisions(JsonBuffer json, RevisionPath path) {
        // Without the stamp, which is no part of what CouchDB shows to functions.
        List<String> hashes = path.hashes();
        DocumentJson.revisions(
                json,
                new RevisionPath(
                        path.generation(), hashes.size() <= REVISIONS ? hashes : hashes.subList(0, REVISIONS)));
    }

    /** @param generation that of attachments which came with the edit */
    private static byte[] end(JsonBuffer json, List<Attachment> attachments, int generation) {
        String separator = ",\"_attachments\":{";
        for (Attachment attachment : attachments) {
            json.ascii(separator);
            separator = ",";
            boolean came = attachment.revisionPosition() == 0;
            DocumentJson.stub(json, came ? attachment.withRevisionPosition(generation) : attachment, false, false);
        }
        return json.ascii(attachments.isEmpty() ? "}" : "}}").toByteArray();
    }
}
