package archipel.mango;

import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.JsonTree;
import archipel.document.Revision;
import archipel.read.DocumentRecord;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A document as selectors see it: its body, {@code _id}, {@code _rev}, stubs of attachments and, if asked for,
 * conflicts.
 */
final class QueriedDocument {
    private QueriedDocument() {}

    /** @param members those of the body that will be looked at; null for all */
    static ObjectNode of(DocumentRecord record, DocumentBody body, boolean conflicts, @Nullable Set<String> members) {
        ObjectNode document = members == null
                ? (ObjectNode) JsonTree.ofValid(body.json())
                : JsonTree.membersOfValid(body.json(), members);
        document.put("_id", record.id());
        document.put("_rev", record.winner().revision().toString());
        if (!body.attachments().isEmpty() && (members == null || members.contains("_attachments"))) {
            stubs(document.putObject("_attachments"), body.attachments());
        }
        if (conflicts) {
            List<Revision> others = record.tree().conflicts();
            if (!others.isEmpty()) {
                ArrayNode list = document.putArray("_conflicts");
                others.forEach(other -> list.add(other.toString()));
            }
        }
        return document;
    }

    private static void stubs(ObjectNode into, List<Attachment> attachments) {
        for (Attachment attachment : attachments) {
            into.putObject(attachment.name())
                    .put("content_type", attachment.contentType())
                    .put("revpos", attachment.revisionPosition())
                    .put("digest", "md5-" + Base64.getEncoder().encodeToString(attachment.md5()))
                    .put("length", attachment.length())
                    .put("stub", true);
        }
    }
}
