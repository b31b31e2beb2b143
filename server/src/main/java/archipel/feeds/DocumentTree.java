package archipel.feeds;

import archipel.document.DocumentBody;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.Leaf;
import archipel.documents.DocumentOptions;
import archipel.documents.DocumentWriter;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import tools.jackson.databind.node.ObjectNode;

/** A revision as a tree, for what looks into documents. */
final class DocumentTree {
    private DocumentTree() {}

    static ObjectNode of(Reader reader, String id, Leaf leaf, DocumentBody body) {
        DocumentRecord record =
                body.attachments().isEmpty() ? null : reader.documents().find(id);
        if (record == null) {
            ObjectNode tree = JsonTree.object(JsonTree.ofValid(body.json()));
            tree.put("_id", id).put("_rev", leaf.revision().toString());
            return leaf.deleted() ? tree.put("_deleted", true) : tree;
        }
        JsonBuffer json = new JsonBuffer(body.json().length + 512);
        new DocumentWriter(reader, DocumentOptions.PLAIN).write(json, record, leaf.revision(), body);
        return JsonTree.object(JsonTree.ofValid(json.toByteArray()));
    }
}
