package archipel.http;

import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.RequestException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Small JSON as a tree: parameters and the bodies of requests that hold no documents. Of a name twice the last counts.
 */
public final class JsonTree {
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(JsonLimits.DEFAULT.depth())
                            .maxNumberLength(10_000)
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonTree() {}

    /** @throws RequestException 400 {@code invalid UTF-8 JSON} */
    public static JsonNode parse(String text) {
        try {
            return checked(MAPPER.readTree(text));
        } catch (JacksonException e) {
            throw new RequestException(ErrorCode.INVALID_JSON);
        }
    }

    /** @throws RequestException 400 {@code invalid UTF-8 JSON} */
    public static JsonNode parse(byte[] bytes) {
        try {
            return checked(MAPPER.readTree(bytes));
        } catch (JacksonException e) {
            throw new RequestException(ErrorCode.INVALID_JSON);
        }
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

    private static JsonNode checked(JsonNode node) {
        if (node.isMissingNode()) {
            throw new RequestException(ErrorCode.INVALID_JSON);
        }
        return node;
    }
}
