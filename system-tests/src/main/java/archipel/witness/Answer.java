package archipel.witness;

import archipel.testimony.Block;
import archipel.testimony.Digests;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A whole answer.
 *
 * @param block null where the answer named none
 * @param etag null where it had none
 */
record Answer(int status, @Nullable Block block, @Nullable String etag, byte[] body) {
    private static final JsonMapper JSON = new JsonMapper();

    boolean isSuccess() {
        return status >= 200 && status < 300;
    }

    /** Null where there is no body to speak of. */
    @Nullable
    String digest() {
        return status == 304 ? null : Digests.of(body);
    }

    /** The body, or an empty node where it is no JSON. */
    JsonNode json() {
        try {
            return JSON.readTree(body);
        } catch (JacksonException _) {
            return JSON.createObjectNode();
        }
    }
}
