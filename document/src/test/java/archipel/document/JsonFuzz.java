package archipel.document;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.DocumentParser.BulkRequest;
import archipel.document.DocumentParser.ParsedDocument;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/** Random JSON against Jackson's tree and against a plain canonical writer. A failure prints its seed. */
class JsonFuzz {
    private static final JsonMapper JACKSON = new JsonMapper();
    private static final DocumentParser PARSER = new DocumentParser(new JsonLimits(50, 1_000_000));

    private static String canonical(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return new String(CanonicalJson.canonicalize(bytes, 0, bytes.length), UTF_8);
    }

    /** Canonical JSON said plainly; String's own order is the one by UTF-16 code units. */
    private static void model(Object value, StringBuilder out) {
        switch (value) {
            case Map<?, ?> map -> {
                out.append('{');
                new TreeMap<>(map).forEach((key, member) -> {
                    out.append(out.charAt(out.length() - 1) == '{' ? "" : ",");
                    modelString((String) key, out);
                    out.append(':');
                    model(member, out);
                });
                out.append('}');
            }
            case List<?> list -> {
                out.append('[');
                for (int i = 0; i < list.size(); i++) {
                    out.append(i == 0 ? "" : ",");
                    model(list.get(i), out);
                }
                out.append(']');
            }
            case String string -> modelString(string, out);
            case RandomJson.Number number -> out.append(modelNumber(number.text()));
            default -> out.append(value);
        }
    }

    private static void modelString(String string, StringBuilder out) {
        out.append('"');
        for (char c : string.toCharArray()) {
            int known = "\"\\\b\f\n\r\t".indexOf(c);
            out.append(known >= 0 ? "\\" + "\"\\bfnrt".charAt(known) : c < ' ' ? "\\u%04x".formatted((int) c) : "" + c);
        }
        out.append('"');
    }

    private static String modelNumber(String text) {
        int e = text.toLowerCase(java.util.Locale.ROOT).indexOf('e');
        BigDecimal mantissa = new BigDecimal(e < 0 ? text : text.substring(0, e)).stripTrailingZeros();
        if (mantissa.signum() == 0) {
            return "0";
        }
        String digits = mantissa.unscaledValue().abs().toString();
        long point = digits.length() - mantissa.scale() + (e < 0 ? 0 : Long.parseLong(text.substring(e + 1)));
        String sign = mantissa.signum() < 0 ? "-" : "";
        if (point > 21 || point <= -6) {
            String rest = digits.length() == 1 ? "" : "." + digits.substring(1);
            return sign + digits.charAt(0) + rest + "e" + (point > 0 ? "+" : "-") + Math.abs(point - 1);
        }
        return sign
                + new BigDecimal(digits)
                        .scaleByPowerOfTen((int) point - digits.length())
                        .toPlainString();
    }

    @Property
    void canonicalize_anyTextOfAValue_givesTheModelsBytes(@ForAll long seed) {
        RandomJson json = new RandomJson(seed);
        Object value = json.value(4);
        StringBuilder expected = new StringBuilder();
        model(value, expected);
        String first = canonical(json.text(value));
        assertEquals(expected.toString(), first);
        assertEquals(first, canonical(json.text(value)));
        assertEquals(first, canonical(first));
        byte[] bytes = first.getBytes(UTF_8);
        assertArrayEquals(CanonicalJson.digest(bytes, 0, bytes.length), sha256(bytes));
    }

    private static byte[] sha256(byte[] bytes) {
        return Sha256.begin().digest(bytes);
    }

    /** Accepted is what Jackson accepts, in valid UTF-8, without lone surrogates and without enormous exponents. */
    @Property
    void parse_changedText_isAcceptedWhereJacksonAcceptsIt(@ForAll long seed) {
        RandomJson json = new RandomJson(seed);
        byte[] bytes = json.text(json.object(3)).strip().getBytes(UTF_8);
        for (int i = json.random.nextInt(3); i > 0 && bytes.length > 1; i--) {
            int at = json.random.nextInt(bytes.length);
            byte[] alphabet = "{}[]:,\"\\u0019eE+-.tfn _\n\0\u007f".getBytes(UTF_8);
            switch (json.random.nextInt(3)) {
                case 0 -> bytes[at] = alphabet[json.random.nextInt(alphabet.length)];
                case 1 -> bytes[at] = (byte) json.random.nextInt(256);
                default -> bytes = java.util.Arrays.copyOf(bytes, at);
            }
        }
        boolean accepted = true;
        try {
            CanonicalJson.canonicalize(bytes, 0, bytes.length);
        } catch (RequestException e) {
            assertEquals(ErrorCode.INVALID_JSON, e.code());
            accepted = false;
        }
        assertEquals(acceptable(bytes), accepted);
    }

    /** Asks Jackson's tokens and not its tree, which would not show what equal keys hide. */
    private static boolean acceptable(byte[] bytes) {
        CharsetEncoder encoder = UTF_8.newEncoder();
        try {
            String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            int depth = 0;
            int values = 0;
            try (JsonParser parser = JACKSON.createParser(text)) {
                for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                    values += depth == 0 ? 1 : 0;
                    depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                    boolean string = token == JsonToken.VALUE_STRING || token == JsonToken.PROPERTY_NAME;
                    if (string && !encoder.canEncode(parser.getString())) {
                        return false;
                    }
                }
            }
            return values == 1;
        } catch (CharacterCodingException | JacksonException e) {
            return false;
        }
    }

    @Property
    void parse_document_keepsAllButSpecialMembers(@ForAll long seed) {
        RandomJson json = new RandomJson(seed);
        Map<String, Object> members = json.object(3);
        members.keySet().removeIf(key -> key.startsWith("_"));
        StringBuilder expected = new StringBuilder();
        model(members, expected);
        Map<String, Object> all = new LinkedHashMap<>(members);
        all.put("_id", "the id");
        all.put("_rev", "2-b");
        all.put("_conflicts", json.value(2));
        if (json.random.nextBoolean()) {
            all.put("_revisions", Map.of("start", new RandomJson.Number("4"), "ids", List.of("d", "c")));
        }
        // A key said twice would be special the first time and count the last; here only what counts is compared.
        byte[] bytes = json.text(all).getBytes(UTF_8);
        ParsedDocument document = PARSER.parse(bytes, 0, bytes.length);
        assertEquals("the id", document.id());
        assertEquals(all.containsKey("_revisions") ? "4-d" : "2-b", String.valueOf(document.revision()));
        String body = new String(document.json(), UTF_8);
        assertEquals(expected.toString(), canonical(body));
        assertTrue(body.startsWith("{") && body.endsWith("}"));
        assertUntouched(document.json());
    }

    private static void assertUntouched(byte[] body) {
        ParsedDocument again = PARSER.parse(body, 0, body.length);
        assertArrayEquals(body, again.json());
    }

    @Property
    void parseBulk_documents_areParsedAsEachAlone(@ForAll long seed) {
        RandomJson json = new RandomJson(seed);
        List<String> texts = new ArrayList<>();
        for (int i = json.random.nextInt(5); i > 0; i--) {
            Map<String, Object> members = json.object(2);
            members.keySet().removeIf(key -> key.startsWith("_"));
            members.put("_id", "d" + i);
            members.put("_rev", "1-x");
            texts.add(json.text(members));
        }
        boolean newEdits = json.random.nextBoolean();
        String envelope = " {\"docs\" : null, \"x\":{}, \"docs\":[%s ] , \"new_edits\":%s,\"n\":1 } "
                .formatted(String.join(",", texts), newEdits);
        byte[] bytes = envelope.getBytes(UTF_8);
        BulkRequest request = PARSER.parseBulk(bytes, 0, bytes.length);
        assertEquals(newEdits, request.newEdits());
        List<ParsedDocument> alone = new ArrayList<>();
        for (String text : texts) {
            byte[] one = text.getBytes(UTF_8);
            alone.add(PARSER.parse(one, 0, one.length));
        }
        assertEquals(alone, request.documents());
        int cut = json.random.nextInt(bytes.length - 2);
        RequestException refused = assertThrows(RequestException.class, () -> PARSER.parseBulk(bytes, 0, cut));
        assertEquals(ErrorCode.INVALID_JSON, refused.code());
    }

    @Property
    void parse_anything_throwsNothingButRequestExceptions(@ForAll byte[] bytes) {
        refusedOrNot(() -> PARSER.parse(bytes, 0, bytes.length));
        refusedOrNot(() -> PARSER.parseBulk(bytes, 0, bytes.length));
    }

    private static @Nullable RequestException refusedOrNot(Runnable parse) {
        try {
            parse.run();
            return null;
        } catch (RequestException e) {
            return e;
        }
    }
}
