package archipel.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.direct.DirectMap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When the engine is asked, and when not. What functions emit {@link DirectMapFuzz} compares. */
final class DirectMapperTest {
    private static final long ROOM = 1 << 20;

    /** The documents that the engine was asked about. */
    private final List<String> asked = new ArrayList<>();

    private final Mapper.Failures failures = new Mapper.Failures(Map.of());

    private Mapper mapper(String... sources) {
        return DirectMapper.of(List.of(sources), failures, ROOM, () -> documents -> {
            documents.forEach(document -> asked.add(new String(document, StandardCharsets.UTF_8)));
            return Collections.nCopies(documents.size(), List.of());
        });
    }

    private static List<byte[]> documents(String... json) {
        return List.of(json).stream()
                .map(one -> one.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    private static String rows(Mapper mapper, String... json) {
        StringBuilder rows = new StringBuilder();
        for (List<Emission> emissions : mapper.map(documents(json))) {
            for (Emission emission : emissions) {
                rows.append(emission.view())
                        .append(':')
                        .append(new String(emission.key(), StandardCharsets.UTF_8))
                        .append('=')
                        .append(new String(emission.value(), StandardCharsets.UTF_8))
                        .append(' ');
            }
            rows.append("| ");
        }
        return rows.toString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "function(doc){emit(doc._id, 1)}",
                "  \n// c\n/* function( */\nfunction(doc) { emit(doc._id, 1) } // end\n;; /* x */",
                "(function named(doc){emit(doc._id, 1)});",
                "doc => emit(doc._id, 1);",
                "function (doc) { var i\n for (i in doc) if (i === '_id') { emit(doc[i], 1)\n break } }",
                "function(doc) { switch (doc.type) { case 'a': return; default: emit(doc._id, 1) } }"
            })
    void map_simpleFunction_needsNoEngine(String source) {
        assertEquals("0:\"q\"=1 | ", rows(mapper(source), "{\"_id\":\"q\"}"));
        assertEquals(List.of(), asked);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "function(doc){emit(this, 1)}",
                "function(doc){emit(new Date(doc.at), 1)}",
                "function(doc){doc.x = 1; emit(doc.x)}",
                "function(doc){x = 1; emit(x)}",
                "function(doc){emit(x); var x = 1}",
                "function(doc){var emit = 1; emit(1)}",
                "function(emit){emit(1)}",
                "function emit(doc){emit(1)}",
                "function(doc){let x = 1; {let x = 2; emit(x)}}",
                "function(doc){const x = 1; x = 2; emit(x)}",
                "function(doc){emit(doc.a/1/g)}/1/",
                "function(doc){emit(/a/.test(doc.a))}",
                "function(doc){emit(`a`)}",
                "function(doc){emit(010)}",
                "function(doc){emit(1_0)}",
                "function(doc){emit('\\101')}",
                "function(doc){emit({__proto__: doc})}",
                "function(doc){emit({toJSON: doc})}",
                "function(doc){emit(doc?.a)}",
                "function(doc){emit(doc.a ?? 1)}",
                "function(doc){emit(1, 2), emit(3)}",
                "function(doc){try {emit(1)} catch (e) {}}",
                "function(doc){emit\n(1)}(2)",
                "function(doc){emit(doc.a)\n(doc.b)}",
                "function(doc){return function(){}}",
                "function(doc){emit(isArray)}",
                "function(doc){doc.tags.map(function(t){emit(t)})}",
                "function(doc){emit(eval('1'))}",
                "function(doc){emit(arguments[0])}",
                "function(doc){for (;;) {break a}}",
                "function(doc){if (doc.a) let\nx = 1; emit(x)}",
                "function(doc){emit(1) emit(2)}",
                "function(doc){break}",
                "function(doc, x){emit(x)}",
                "async function(doc){emit(1)}",
                "function*(doc){emit(1)}",
                "var f = function(doc){emit(1)}; f",
                "function(doc){<!-- emit(1)\n}",
                "function(doc){",
                "1",
                ""
            })
    void source_inMoreOfTheLanguage_isTheEngines(String source) {
        assertNull(DirectMap.of(source));
    }

    @Test
    void map_oneFunctionOfTwoIsTheEngines_bothAre() {
        try (Mapper mapper = mapper("doc => emit(1)", "doc => emit(new Date(0))")) {
            mapper.map(documents("{\"_id\":\"a\"}"));
        }
        assertEquals(1, asked.size());
    }

    @Test
    void map_aDocumentThatOnlyTheEngineKnows_asksForItAlone() {
        Mapper mapper = mapper("doc => emit(doc.n * 2)");
        assertEquals(
                "0:2=null | | 0:6=null | ",
                rows(mapper, "{\"_id\":\"a\",\"n\":1}", "{\"_id\":\"b\",\"n\":\"2\"}", "{\"_id\":\"c\",\"n\":3}"));
        assertEquals(List.of("{\"_id\":\"b\",\"n\":\"2\"}"), asked);
    }

    @Test
    void map_manyDocumentsThatOnlyTheEngineKnows_leavesItAll() {
        Mapper mapper = mapper("doc => emit(doc.n * 2)");
        for (int i = 0; i < 100; i++) {
            mapper.map(documents("{\"_id\":\"a\",\"n\":\"2\"}"));
        }
        mapper.map(documents("{\"_id\":\"b\",\"n\":1}"));
        assertEquals(101, asked.size());
    }

    @Test
    void map_loopThatDoesNotEnd_isLeftToTheEngine() {
        assertEquals("| ", rows(mapper("doc => { while (true) { emit(1) } }"), "{\"_id\":\"a\"}"));
        assertEquals("| ", rows(mapper("doc => { var s = 'a'; while (true) s += s }"), "{\"_id\":\"a\"}"));
        assertEquals(
                "| ",
                rows(
                        mapper("doc => { var a = []; for (var i = 0; i < 40; i++) a = [a, a]; emit(a) }"),
                        "{\"_id\":\"a\"}"));
        assertEquals(
                "| ",
                rows(
                        mapper("doc => { var a = []; for (var i = 0; i < 9000; i++) a = [a]; emit(a) }"),
                        "{\"_id\":\"a\"}"));
        assertEquals(4, asked.size());
    }

    @Test
    void map_functionThatThrows_emitsNothingInItsViewAndCounts() {
        Mapper mapper = mapper("doc => { emit(1); emit(doc.a.b) }", "doc => emit(2)");
        assertEquals("1:2=null | ", rows(mapper, "{\"_id\":\"a\"}"));
        assertEquals(1, mapper.errors());
        assertEquals("\"TypeError: Cannot read property 'b' of undefined\"", mapper.lastError());
        assertEquals(List.of(), asked);
    }

    @Test
    void map_viewThatFailedBefore_isNotCalled() {
        failures.add(0, 1, "it took long");
        assertEquals("1:2=null | ", rows(mapper("doc => emit(1)", "doc => emit(2)"), "{\"_id\":\"a\"}"));
    }

    @Test
    void mapSome_littleRoom_givesTheFirstDocumentsOrNone() {
        Mapper mapper = mapper("doc => { for (var i = 0; i < doc.n; i++) emit(i) }");
        List<byte[]> documents =
                documents("{\"_id\":\"a\",\"n\":1}", "{\"_id\":\"b\",\"n\":90}", "{\"_id\":\"c\",\"n\":1}");

        assertEquals(1, mapper.mapSome(documents, 10_000).size());
        assertEquals(0, mapper.mapSome(documents.subList(1, 3), 10_000).size());
        assertEquals(2, mapper.mapSome(documents.subList(1, 3), 100_000).size());
        assertTrue(asked.isEmpty());
        // More rows than any document may have.
        assertEquals(
                1, mapper.mapSome(documents("{\"_id\":\"d\",\"n\":9000}"), ROOM).size());
        assertFalse(asked.isEmpty());
    }

    @Test
    void map_innerFunctionsVariables_areNewInEachCall() {
        assertEquals(
                "0:1=null 0:null=null | ",
                rows(
                        mapper("doc => doc.t.forEach(function (t) { var x; if (t) x = 1; emit(x) })"),
                        "{\"_id\":\"a\",\"t\":[true,false]}"));
    }

    @Test
    void map_smallestNumbers_areWrittenWithOneDigit() {
        Mapper mapper = mapper("doc => emit(doc.n)");
        for (String number : List.of("5e-324", "1e-323", "1.5e-323", "2e-323", "-5e-324", "1e+23", "2.5e-7")) {
            assertEquals("0:" + number + "=null | ", rows(mapper, "{\"_id\":\"a\",\"n\":" + number + "}"));
        }
        assertEquals(List.of(), asked);
    }
}
