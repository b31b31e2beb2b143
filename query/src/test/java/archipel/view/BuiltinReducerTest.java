package archipel.view;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.document.SortKey;
import archipel.index.IndexRow;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BuiltinReducerTest {
    private static Reduction named(String name) {
        Reduction reduction = BuiltinReducer.of(name);
        assertTrue(reduction != null, name);
        return reduction;
    }

    private static List<IndexRow> rows(String... values) {
        List<IndexRow> rows = new ArrayList<>();
        for (int i = 0; i < values.length; i++) {
            byte[] key = Integer.toString(i).getBytes(UTF_8);
            byte[] value = values[i].getBytes(UTF_8);
            rows.add(new IndexRow(0, SortKey.of(JsonTree.ofValid(key)), "d" + i, 0, key, value));
        }
        return rows;
    }

    private static String reduced(String name, String... values) {
        Reduction reduction = named(name);
        return new String(reduction.show(reduction.reduce(rows(values))), UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "_sum | 1;2;3 | 6",
                "_sum | 1;0.5 | 1.5",
                "_sum | 0.1;0.2 | 0.3",
                "_sum | 9007199254740993;1 | 9007199254740994",
                "_sum | 2;[1,2,3,4];[3,4];1 | [7,6,3,4]",
                "_sum | {\"a\":1,\"b\":{\"c\":2}};{\"a\":3,\"d\":[1,2]} | {\"a\":4,\"b\":{\"c\":2},\"d\":[1,2]}",
                "_count | 1;null;\"x\" | 3",
                "_stats | 1;2;3 | {\"sum\":6,\"count\":3,\"min\":1,\"max\":3,\"sumsqr\":14}",
                "_first | 1;2;3 | 1",
                "_last | 1;2;3 | 3",
                "_top_2 | 1;3;2;3 | [3,2]",
                "_bottom_2 | 1;3;1;2 | [1,2]",
                "_approx_count_distinct | 1;1;1 | 3",
            })
    void reduce_values_giveCouchsResult(String name, String values, String expected) {
        assertEquals(expected, reduced(name, values.split(";")));
    }

    @Test
    void sum_ofWhatIsNoNumber_isAnErrorThatSwallowsTheRest() {
        String sum = reduced("_sum", "1", "null", "2");
        assertTrue(sum.startsWith("{\"error\":\"builtin_reduce_error\",\"reason\":\"The _sum function requires"), sum);
        assertTrue(sum.endsWith("\"caused_by\":null}"), sum);
        Reduction reduction = named("_sum");
        assertEquals(sum, new String(reduction.rereduce(List.of("5".getBytes(UTF_8), sum.getBytes(UTF_8))), UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"x\"", "1;[1]", "[1,2];[1]", "{\"sum\":1}"})
    void stats_ofWhatIsNoNumber_failsWhenShown(String values) {
        Reduction stats = named("_stats");
        byte[] result = stats.reduce(rows(values.split(";")));
        RequestException refused = assertThrows(RequestException.class, () -> stats.show(result));
        assertEquals("invalid_value", refused.error());
    }

    @Test
    void rereduce_ofAnyCuts_isTheReductionOfAll() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
        for (String name : List.of(
                "_sum", "_count", "_stats", "_first", "_last", "_top_3", "_bottom_3", "_approx_count_distinct")) {
            Reduction reduction = named(name);
            for (int round = 0; round < 50; round++) {
                String[] values = random.ints(2 + random.nextInt(40), -50, 50)
                        .mapToObj(i -> i % 7 == 0 ? i + ".25" : Integer.toString(i))
                        .toArray(String[]::new);
                List<IndexRow> rows = rows(values);
                List<byte[]> parts = new ArrayList<>();
                for (int from = 0; from < rows.size(); ) {
                    int to = Math.min(rows.size(), from + 1 + random.nextInt(8));
                    parts.add(reduction.reduce(rows.subList(from, to)));
                    from = to;
                }
                byte[] all = parts.size() == 1 ? parts.getFirst() : reduction.rereduce(parts);
                assertEquals(
                        new String(reduction.show(reduction.reduce(rows)), UTF_8),
                        new String(reduction.show(all), UTF_8),
                        name);
            }
        }
    }

    @Test
    void distinctCount_ofManyKeys_isNearTheTruth() {
        DistinctSketch sketch = new DistinctSketch();
        for (int i = 0; i < 100_000; i++) {
            sketch.add(Integer.toString(i % 50_000).getBytes(UTF_8));
        }
        assertEquals(50_000, sketch.estimate(), 50_000 * 0.06);
        assertEquals(sketch.estimate(), DistinctSketch.read(sketch.bytes()).estimate());
    }

    @ParameterizedTest
    @ValueSource(strings = {"_product", "_top_0", "_top_101", "_bottom_x", "_"})
    void of_unknownName_isRefused(String name) {
        RequestException refused = assertThrows(RequestException.class, () -> BuiltinReducer.of(name));
        assertEquals("invalid_design_doc", refused.error());
    }

    @Test
    void of_functionsAndNamesWithMore_areTold() {
        assertNull(BuiltinReducer.of("function (keys, values) { return 1; }"));
        assertEquals("3", new String(named("_sum\n \r\nandothergarbage").reduce(rows("1", "2")), UTF_8));
    }
}
