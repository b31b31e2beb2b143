package archipel.databases;

import archipel.document.DocumentBody;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.read.DocumentRecord;
import tools.jackson.databind.JsonNode;

/** What {@code _bulk_get} found where it looked. */
sealed interface BulkGetResult {
    /** A revision that is here. */
    record StoredRevision(DocumentRecord record, Revision revision, DocumentBody body) implements BulkGetResult {}

    /**
     * One that is not, or is not to be shown.
     *
     * @param id as it was asked for
     * @param revision as it was asked for
     */
    record Failed(JsonNode id, JsonNode revision, RequestException refusal) implements BulkGetResult {
        JsonBuffer write(JsonBuffer json) {
            return json.ascii("{\"rev\":")
                    .raw(JsonTree.bytes(revision))
                    .ascii(",\"reason\":")
                    .raw(refusal.reasonJson())
                    .ascii(",\"id\":")
                    .raw(JsonTree.bytes(id))
                    .ascii(",\"error\":")
                    .string(refusal.error())
                    .ascii('}');
        }
    }
}
