package archipel.http;

import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.RequestException;
import archipel.memory.Allowance;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Small JSON as a tree: parameters and the bodies of requests that hold no documents. As strict as documents are: half
 * of a character, which is no part of any id, is refused and not taken for another one. Of a name twice the last
 * counts.
 */
public final class JsonTree {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private JsonTree() {}

    /** @throws RequestException 400 {@code invalid UTF-8 JSON} */
    public static JsonNode parse(String text) {
        return parse(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * A text that is looked at and dropped, such as a document; its tree's memory counts while that of no other does.
     *
     * @throws RequestException 400 {@code invalid UTF-8 JSON}
     */
    public static JsonNode parse(byte[] bytes) {
        return archipel.document.JsonTree.parse(bytes, 0, bytes.length, JsonLimits.DEFAULT);
    }

    /**
     * A request's own body, of which the tree stays in its place until the request ends.
     *
     * @throws RequestException 400 {@code invalid UTF-8 JSON}
     */
    public static JsonNode parseBody(byte[] bytes) {
        JsonNode body = archipel.document.JsonTree.parseKept(bytes, JsonLimits.DEFAULT);
        Allowance.current().release(bytes.length);
        return body;
    }

    /** @throws RequestException 400 {@code Request body must be a JSON object} */
    public static ObjectNode object(JsonNode node) {
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw new RequestException(ErrorCode.BODY_NOT_OBJECT);
    }

    /** A tree as JSON text. */
    public static byte[] bytes(JsonNode node) {
        return MAPPER.writeValueAsBytes(node);
    }
}
