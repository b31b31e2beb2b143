package archipel.document;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class SortKeyTest {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String[] EDGES = {
        "",
        "a",
        "A",
        "á",
        "a\u0301",
        "ä",
        "aa",
        "ab",
        "Ab",
        "aB",
        "z",
        "Z",
        "zz",
        "0",
        "9",
        "10",
        "-",
        "_",
        " ",
        "  ",
        "co-op",
        "coop",
        "CO-OP",
        "\u200b",
        "\u00ad",
        "\0",
        "\u0001",
        "\uFFFE",
        "\uFFFF",
        "\uFFFD",
        "ß",
        "ss",
        "Æ",
        "ae",
        "ﬀ",
        "ff",
        "①",
        "1",
        "ｱ",
        "ア",
        "ｱ゛",
        "中",
        "国",
        "가",
        "각",
        "ก",
        "เก",
        "กเ",
        "א",
        "ب",
        "\uD83D\uDE00",
        "\uDBFF\uDFFF",
        "\uE000",
        "\u0301",
        "\u0300\u0301",
        "ﷺ",
        "a\u200b",
        "resume",
        "résumé",
        "Résumé",
        "$",
        "€",
        "~",
        "\n"
    };

    private static JsonNode json(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return JsonTree.parse(bytes, 0, bytes.length, JsonLimits.DEFAULT);
    }

    private static void hold(JsonNode a, JsonNode b) {
        byte[] left = SortKey.of(a);
        byte[] right = SortKey.of(b);
        int order = Integer.signum(JsonCollation.compare(a, b));
        assertEquals(order, Integer.signum(Arrays.compareUnsigned(left, right)), () -> a + " and " + b);
        int common = Arrays.mismatch(left, right);
        assertTrue(common < Math.min(left.length, right.length), () -> a + " begins the key of " + b);
    }

    private static void holdAll(List<JsonNode> values) {
        for (JsonNode a : values) {
            for (JsonNode b : values) {
                hold(a, b);
            }
        }
    }

    private static String string(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            text.append(
                    random.nextInt(3) > 0
                            ? EDGES[random.nextInt(EDGES.length)]
                            : Character.toString(' ' + random.nextInt(95)));
        }
        return text.toString();
    }

    private static JsonNode number(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> NODES.numberNode(random.nextInt(400) - 200);
            case 1 -> NODES.numberNode(random.nextLong() >> random.nextInt(64));
            case 2 -> NODES.numberNode(new BigInteger(random.nextInt(300), random).subtract(BigInteger.TWO.pow(100)));
            case 3 ->
                NODES.numberNode(
                        new BigDecimal(BigInteger.valueOf(random.nextInt(2001) - 1000), random.nextInt(80) - 40));
            case 4 ->
                NODES.numberNode(
                        new BigDecimal(BigInteger.valueOf(random.nextInt(41) - 20), random.nextInt(20001) - 10000));
            case 5 -> NODES.numberNode(finite(Double.longBitsToDouble(random.nextLong())));
            case 6 -> NODES.numberNode((random.nextInt(2001) - 1000) / 100.0);
            default ->
                NODES.numberNode(
                        BigDecimal.valueOf(finite(random.nextGaussian() * 1e17)).add(new BigDecimal("1e-30")));
        };
    }

    private static double finite(double value) {
        return Double.isFinite(value) ? value : 0;
    }

    private static JsonNode value(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 8 : 5)) {
            case 0 -> random.nextBoolean() ? NODES.nullNode() : NODES.booleanNode(random.nextBoolean());
            case 1, 2 -> number(random);
            case 3, 4 -> NODES.stringNode(string(random));
            case 5, 6 -> {
                ArrayNode array = NODES.arrayNode();
                for (int i = random.nextInt(4); i > 0; i--) {
                    array.add(value(random, depth - 1));
                }
                yield array;
            }
            default -> {
                ObjectNode object = NODES.objectNode();
                for (int i = random.nextInt(3); i > 0; i--) {
                    object.set(string(random), value(random, depth - 1));
                }
                yield object;
            }
        };
    }

    @Property(tries = 500)
    void of_randomValues_areInTheOrderOfCollation(@ForAll long seed) {
        Random random = new Random(seed);
        List<JsonNode> values = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            values.add(value(random, 3));
        }
        holdAll(values);
    }

    @Property(tries = 500)
    void of_randomNumbersAndStrings_areInTheOrderOfCollation(@ForAll long seed) {
        Random random = new Random(seed);
        List<JsonNode> values = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            values.add(number(random));
            values.add(NODES.stringNode(string(random)));
        }
        holdAll(values);
    }

    @Property(tries = 300)
    void of_parsedValues_areInTheOrderOfCollation(@ForAll long seed) {
        RandomJson random = new RandomJson(seed);
        List<JsonNode> values = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            values.add(json(random.text(random.value(2))));
        }
        holdAll(values);
    }

    @Test
    void of_edges_areInTheOrderOfCollation() {
        List<JsonNode> values = new ArrayList<>();
        for (String edge : EDGES) {
            values.add(NODES.stringNode(edge));
        }
        for (String number : List.of(
                "0",
                "-0.0",
                "1",
                "1.0",
                "-1",
                "99",
                "100",
                "101",
                "0.1",
                "0.01",
                "0.0100000001",
                "9007199254740992",
                "9007199254740993",
                "9007199254740993.5",
                "-9007199254740993",
                "9223372036854775807",
                "-9223372036854775808",
                "9223372036854775808",
                "1e400",
                "-1e400",
                "1e-400",
                "1e22",
                "1e48",
                "1e49",
                "1e50",
                "1e-8",
                "1e-9",
                "1e-10",
                "1e-11",
                "-1e-10",
                "-1e-11",
                "1e10000",
                "-1e10000",
                "1e-10000")) {
            values.add(json(number));
        }
        for (String other : List.of(
                "null",
                "true",
                "false",
                "[]",
                "{}",
                "[[]]",
                "[[],[]]",
                "[{}]",
                "{\"\":null}",
                "{\"a\":{}}",
                "[null]",
                "[null,null]",
                "[1]",
                "[1,2]",
                "[10]",
                "[\"a\"]",
                "[\"aa\"]",
                "[\"a\",1]")) {
            values.add(json(other));
        }
        holdAll(values);
    }

    @Test
    void raw_values_areInTheOrderOfItsOwn() {
        List<String> ascending = List.of(
                "-1e400",
                "-1",
                "0",
                "0.5",
                "12",
                "1e30",
                "false",
                "null",
                "true",
                "{}",
                "{\"B\":1}",
                "{\"a\":1}",
                "{\"a\":false}",
                "{\"a\":false,\"b\":1}",
                "[]",
                "[1]",
                "[1,2]",
                "[2]",
                "[\"a\"]",
                "\"\"",
                "\"\\u0000\"",
                "\"\\u0000a\"",
                "\"\\u0001\"",
                "\"A\"",
                "\"B\"",
                "\"a\"",
                "\"a\\u0000\"",
                "\"aa\"",
                "\"b\"",
                "\"é\"");
        for (int i = 0; i < ascending.size(); i++) {
            byte[] left = SortKey.raw(json(ascending.get(i)));
            for (int j = 0; j < ascending.size(); j++) {
                byte[] right = SortKey.raw(json(ascending.get(j)));
                assertEquals(
                        Integer.compare(i, j),
                        Integer.signum(Arrays.compareUnsigned(left, right)),
                        ascending.get(i) + " and " + ascending.get(j));
            }
        }
    }

    @Property(tries = 300)
    void group_randomArrays_isThePrefixOfTheirFirstElements(@ForAll long seed) {
        Random random = new Random(seed);
        ArrayNode array = NODES.arrayNode();
        for (int i = random.nextInt(5); i > 0; i--) {
            array.add(value(random, 2));
        }
        for (int level = 1; level < 6; level++) {
            List<JsonNode> first = new ArrayList<>();
            for (int i = 0; i < Math.min(level, array.size()); i++) {
                first.add(array.get(i));
            }
            boolean whole = array.size() < level;
            assertArrayEquals(
                    whole ? SortKey.of(array) : SortKey.arrayPrefix(first), SortKey.group(SortKey.of(array), level));
            assertArrayEquals(
                    whole ? SortKey.raw(array) : SortKey.rawArrayPrefix(first),
                    SortKey.group(SortKey.raw(array), level));
        }
        JsonNode scalar = NODES.stringNode(string(random));
        assertArrayEquals(SortKey.of(scalar), SortKey.group(SortKey.of(scalar), 1));
    }

    @Test
    void of_commonValues_isCompact() {
        assertEquals(2, SortKey.of(json("42")).length);
        assertEquals(5, SortKey.of(json("20260101")).length);
        assertEquals(1, SortKey.of(json("0")).length);
        assertTrue(SortKey.of(json("\"hello\"")).length <= 12);
    }
}
