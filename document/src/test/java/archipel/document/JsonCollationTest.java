package archipel.document;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class JsonCollationTest {
    private static JsonNode json(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return JsonTree.parse(bytes, 0, bytes.length, JsonLimits.DEFAULT);
    }

    /** The order that CouchDB's manual gives, and its own test's values. */
    private static final List<String> ASCENDING = List.of(
            "null",
            "false",
            "true",
            "-1e400",
            "-2",
            "-0.1",
            "0",
            "1e-400",
            "0.1",
            "1",
            "1.0000000000000000000001",
            "2",
            "3.0",
            "4",
            "9007199254740992",
            "9007199254740993",
            "123456789012345678901234567890",
            "1e400",
            "\"\"",
            "\"_\"",
            "\"1\"",
            "\"a\"",
            "\"A\"",
            "\"ä\"",
            "\"aa\"",
            "\"b\"",
            "\"B\"",
            "\"ba\"",
            "\"bb\"",
            "\"\uFFFF\"",
            "[]",
            "[null]",
            "[\"a\"]",
            "[\"b\"]",
            "[\"b\",\"c\"]",
            "[\"b\",\"c\",\"a\"]",
            "[\"b\",\"d\"]",
            "[\"b\",\"d\",\"e\"]",
            "[[]]",
            "{}",
            "{\"a\":1}",
            "{\"a\":2}",
            "{\"b\":1}",
            "{\"b\":2}",
            "{\"b\":2,\"a\":1}",
            "{\"b\":2,\"c\":2}");

    @Test
    void compare_valuesOfEveryKind_areInCouchDbsOrder() {
        for (int i = 0; i < ASCENDING.size(); i++) {
            for (int j = 0; j < ASCENDING.size(); j++) {
                int order = JsonCollation.compare(json(ASCENDING.get(i)), json(ASCENDING.get(j)));
                assertEquals(
                        Integer.compare(i, j), Integer.signum(order), ASCENDING.get(i) + " and " + ASCENDING.get(j));
            }
        }
    }

    @Test
    void compare_valuesThatCollateAlike_areEqual() {
        assertEquals(0, JsonCollation.compare(json("1"), json("1.0")));
        assertEquals(0, JsonCollation.compare(json("100"), json("1e2")));
        assertEquals(0, JsonCollation.compare(json("\"a\""), json("\"a\\u200b\\u200d\"")));
        assertEquals(0, JsonCollation.compare(json("[0]"), json("[-0.0]")));
    }

    @Test
    void same_valuesInOtherWords_areTheSame() {
        assertTrue(JsonCollation.same(json("{\"a\":[1,{}],\"b\":null}"), json("{\"b\":null,\"a\":[1.0,{}]}")));
        for (String other :
                List.of("{\"a\":[1,{}]}", "{\"a\":[1,{}],\"c\":null}", "{\"a\":[1],\"b\":null}", "[]", "null")) {
            assertTrue(!JsonCollation.same(json("{\"a\":[1,{}],\"b\":null}"), json(other)));
        }
        assertTrue(!JsonCollation.same(json("\"a\""), json("\"a\\u200b\"")));
        assertTrue(!JsonCollation.same(json("true"), json("false")));
        assertTrue(JsonCollation.compareBytes("\uFFFD", "\uD83D\uDE00") < 0);
    }

    @Property(tries = 300)
    void compare_randomValues_isATotalOrder(@ForAll long seed) {
        RandomJson random = new RandomJson(seed);
        List<JsonNode> values = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            values.add(json(random.text(random.value(2))));
        }
        for (JsonNode a : values) {
            for (JsonNode b : values) {
                assertEquals(Integer.signum(JsonCollation.compare(a, b)), -Integer.signum(JsonCollation.compare(b, a)));
            }
        }
        values.sort(JsonCollation.ORDER);
        for (int i = 0; i < values.size(); i++) {
            for (int j = i; j < values.size(); j++) {
                assertTrue(JsonCollation.compare(values.get(i), values.get(j)) <= 0);
            }
        }
        List<JsonNode> shuffled = new ArrayList<>(values);
        Collections.shuffle(shuffled, new Random(seed));
        shuffled.sort(JsonCollation.ORDER);
        for (int i = 0; i < values.size(); i++) {
            assertEquals(0, JsonCollation.compare(values.get(i), shuffled.get(i)));
        }
    }

    @Property(tries = 300)
    void parse_anyText_meansWhatItsCanonicalFormMeans(@ForAll long seed) {
        RandomJson random = new RandomJson(seed);
        byte[] text = random.text(random.value(4)).getBytes(UTF_8);
        byte[] canonical = CanonicalJson.canonicalize(text, 0, text.length);
        JsonNode tree = json(new String(text, UTF_8));
        byte[] written = tree.toString().getBytes(UTF_8);
        byte[] exact = CanonicalJson.canonicalize(written, 0, written.length);
        // Exponents that the tree clips are the only difference.
        if (!new String(canonical, UTF_8).contains("999999999999999")) {
            assertEquals(new String(canonical, UTF_8), new String(exact, UTF_8));
        }
        assertEquals(tree, JsonTree.ofValid(text));
    }

    @Test
    void parse_numbers_areExactWithinBounds() {
        assertEquals(
                new BigDecimal("0.1000000000000000055"),
                json("0.1000000000000000055").decimalValue());
        assertEquals(new BigDecimal("-1.50"), json("-1.50").decimalValue());
        assertTrue(json("123456789012345678901").isIntegralNumber());
        assertEquals(
                0, new BigDecimal("1e10000").compareTo(json("1e999999999999").decimalValue()));
        assertEquals(
                0,
                new BigDecimal("-1e-10000").compareTo(json("-1e-999999999999").decimalValue()));
        assertEquals(0, json("0e999999999999").decimalValue().signum());
        String digits = "7".repeat(1000);
        assertEquals(
                0,
                new BigDecimal(digits + "e500")
                        .compareTo(json(digits + "8".repeat(500)).decimalValue()));
        assertEquals(
                0,
                new BigDecimal("0." + digits)
                        .compareTo(json("0." + digits + "8").decimalValue()));
    }

    @Test
    void parse_malformedOrTooDeep_isRefused() {
        assertThrows(RequestException.class, () -> json("{\"a\":1,}"));
        assertThrows(RequestException.class, () -> json("\"\\ud800\""));
        assertThrows(RequestException.class, () -> json("[".repeat(501) + "]".repeat(501)));
        assertEquals("{\"b\":2,\"a\":3}", json("{\"a\":1,\"b\":2,\"a\":3}").toString());
    }
}
