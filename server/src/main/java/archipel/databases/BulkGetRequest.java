package archipel.databases;

import archipel.document.ErrorCode;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.document.Revision;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/** One element of the list that {@code _bulk_get} takes. */
sealed interface BulkGetRequest {
    /** As it was given, null where it was not. */
    JsonNode id();

    /**
     * @param revision null for all leaves
     * @param attachmentsSince revisions whose attachments the client has; empty where it did not say
     */
    record Wanted(String documentId, @Nullable Revision revision, List<Revision> attachmentsSince)
            implements BulkGetRequest {
        @Override
        public JsonNode id() {
            return StringNode.valueOf(documentId);
        }
    }

    /**
     * What cannot be looked for.
     *
     * @param revision as it was given, null where it was not
     */
    record Malformed(JsonNode id, JsonNode revision, RequestException refusal) implements BulkGetRequest {}

    static BulkGetRequest of(JsonNode json) {
        if (!(json instanceof ObjectNode object) || object.isEmpty()) {
            return malformed(NullNode.instance, NullNode.instance, ErrorCode.BULK_GET_NOT_OBJECT);
        }
        JsonNode id = object.get("id");
        if (id == null) {
            return malformed(NullNode.instance, NullNode.instance, ErrorCode.BULK_GET_NO_ID);
        }
        try {
            if (!id.isString()) {
                throw new RequestException(ErrorCode.DOCUMENT_ID_NOT_STRING);
            }
            Names.validateDocumentId(id.stringValue());
        } catch (RequestException e) {
            return new Malformed(id, NullNode.instance, e);
        }
        JsonNode revision = object.get("rev");
        JsonNode since = object.get("atts_since");
        if (since != null && !since.isArray()) {
            return malformed(id, since, ErrorCode.BULK_GET_ATTS_SINCE);
        }
        JsonNode parsed = revision;
        try {
            Revision wanted = revision == null ? null : revision(revision);
            List<Revision> known = new ArrayList<>();
            if (since != null) {
                for (JsonNode one : since) {
                    parsed = one;
                    known.add(revision(one));
                }
            }
            return new Wanted(id.stringValue(), wanted, known);
        } catch (RequestException e) {
            return new Malformed(id, parsed, e);
        }
    }

    private static Revision revision(JsonNode json) {
        if (!json.isString()) {
            throw new RequestException(ErrorCode.INVALID_REVISION);
        }
        return Revision.parse(json.stringValue());
    }

    private static Malformed malformed(JsonNode id, JsonNode revision, ErrorCode refusal) {
        return new Malformed(id, revision, new RequestException(refusal));
    }
}
