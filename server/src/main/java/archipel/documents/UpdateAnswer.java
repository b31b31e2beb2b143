package archipel.documents;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.http.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * What an update function gives back: {@code [document or null, response]}.
 *
 * @param document JSON to be saved; null where there is nothing to be saved
 */
record UpdateAnswer(byte @Nullable [] document, JsonNode response) {
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern TEXT = Pattern.compile("[\\t\\x20-\\x7E\\x80-\\xFF]*");
    /** What says where the answer ends is the server's to say. */
    private static final Set<String> FRAMING =
            Set.of("content-length", "transfer-encoding", "connection", "upgrade", "trailer", "keep-alive");

    /** @throws RequestException 500 for a response that is none */
    static UpdateAnswer parse(byte[] json) {
        List<byte[]> parts = JsonTree.elementTextsOfValid(json);
        byte[] document = !parts.isEmpty() && parts.getFirst()[0] == '{' ? parts.getFirst() : null;
        JsonNode response = parts.size() < 2 ? MissingNode.getInstance() : JsonTree.ofValid(parts.get(1));
        if (!response.isObject() && !response.isString()) {
            throw new RequestException(ErrorCode.UPDATE_NO_RESPONSE);
        }
        return new UpdateAnswer(document, response);
    }

    /** @param code where the response names none */
    void send(Answer answer, int code) throws IOException {
        Parts parts = new Parts(code);
        if (response.isString()) {
            parts.take("body", response);
        } else {
            response.properties().forEach(member -> parts.take(member.getKey(), member.getValue()));
        }
        parts.headers.forEach(answer::set);
        if (parts.json != null) {
            answer.setAbsent("Content-Type", parts.type);
            answer.json(parts.code, new JsonBuffer().raw(JsonTree.bytes(parts.json)));
        } else {
            answer.setAbsent("Content-Security-Policy", "sandbox");
            answer.text(parts.code, parts.type, parts.data);
        }
    }

    /** The response's members; of those that are a body the last one decides over the type. */
    private static final class Parts {
        private final Map<String, String> headers = new LinkedHashMap<>();
        private int code;
        private String type = "application/json";
        private byte[] data = {};
        private @Nullable JsonNode json;

        private Parts(int code) {
            this.code = code;
        }

        private void take(String name, JsonNode value) {
            switch (name) {
                case "", "stop" -> {}
                case "code" -> code = code(value);
                case "headers" -> value.properties().forEach(header -> header(header.getKey(), header.getValue()));
                case "json" -> {
                    json = value;
                    type = "application/json";
                }
                case "body" -> {
                    data = value.asString("").getBytes(StandardCharsets.UTF_8);
                    type = "text/html; charset=utf-8";
                }
                case "base64" -> {
                    data = decoded(value);
                    type = "application/binary";
                }
                default -> throw invalid(name);
            }
        }

        private static int code(JsonNode value) {
            int code = value.isIntegralNumber() ? value.intValue() : 0;
            if (code < 200 || code > 599) {
                throw invalid("code");
            }
            return code;
        }

        private void header(String name, JsonNode value) {
            String text = value.isString() ? value.stringValue() : value.toString();
            if (!TOKEN.matcher(name).matches() || !TEXT.matcher(text).matches()) {
                throw invalid("headers");
            }
            if (!FRAMING.contains(name.toLowerCase(Locale.ROOT))) {
                headers.put(name, text);
            }
        }

        private static byte[] decoded(JsonNode value) {
            try {
                return Base64.getDecoder().decode(value.asString(""));
            } catch (IllegalArgumentException e) {
                throw invalid("base64");
            }
        }

        private static RequestException invalid(String member) {
            return new RequestException(ErrorCode.UPDATE_RESPONSE, member);
        }
    }
}
