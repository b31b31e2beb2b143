package archipel.view;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Waiter;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.index.IndexRow;
import archipel.index.Reducer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DesignScriptsTest {
    private static Scripts scripts;

    @BeforeAll
    static void open() {
        scripts = new Scripts(ScriptLimits.DEFAULT);
    }

    @AfterAll
    static void close() {
        scripts.close();
    }

    @Test
    void filter_documents_passWhereItsResultIsTrue() throws IOException {
        DesignScripts design =
                design("filters", "f", "function(doc, req){ return doc.n > req.query.least && this._id }");

        assertArrayEquals(
                new boolean[] {false, true, true},
                design.filter(
                        "f",
                        documents("{\"n\":1}", "{\"n\":2}", "{\"n\":3}"),
                        bytes("{\"query\":{\"least\":\"1\"}}"),
                        Waiter.PATIENT));
    }

    @Test
    void filter_thatChangesItsDocument_changesNoOther() throws IOException {
        DesignScripts design =
                design("filters", "f", "function(doc){ doc.n++; doc.t.push(1); return doc.n == 2 && doc.t[1] }");

        assertArrayEquals(
                new boolean[] {true, true},
                design.filter(
                        "f", documents("{\"n\":1,\"t\":[0]}", "{\"n\":1,\"t\":[0]}"), bytes("{}"), Waiter.PATIENT));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "throw new TypeError('x')              | 500 TypeError \"{[]}\"",
                "doc.x.y                               | 500 TypeError \"{[]}\"",
                "throw {error: 'forbidden', reason: 'no'}   | 403 forbidden \"no\"",
                "throw ['error', 'not_found', 'gone']  | 404 not_found \"gone\"",
                "require('lib/bad')                    | 500 compilation_error *",
                "require('none')                       | 500 invalid_require_path *",
                "throw 'text'                          | 500 unknown_error \"text\""
            })
    void filter_thatThrows_isARefusal(String body, String wanted) {
        DesignScripts design = design("filters", "f", "function(doc, req){" + body + "}");

        RequestException refusal = assertThrows(
                RequestException.class, () -> design.filter("f", documents("{}"), bytes("{}"), Waiter.PATIENT));
        assertRefusal(wanted, refusal);
    }

    @Test
    void filter_absentOrNoFunction_isARefusal() {
        DesignScripts design = design("filters", "f", "function(doc {");

        assertRefusal(
                "404 not_found \"missing json key: g\"",
                assertThrows(
                        RequestException.class,
                        () -> design.filter("g", documents("{}"), bytes("{}"), Waiter.PATIENT)));
        assertRefusal(
                "500 compilation_error *",
                assertThrows(
                        RequestException.class,
                        () -> design.filter("f", documents("{}"), bytes("{}"), Waiter.PATIENT)));
    }

    @Test
    void viewFilter_documents_passWhereTheMapEmits() throws IOException {
        DesignScripts design = scripts.design("db", bytes("""
            {"_id":"_design/d","lib":{"least":"exports.n = 2"},"views":{
            "v":{"map":"function(doc){ if (doc.n >= require('lib/least').n) emit() }"},
            "w":{"map":"function(doc){ doc.n.m.o }"}}}\
            """));

        assertArrayEquals(
                new boolean[] {false, true, true},
                design.viewFilter("v", documents("{\"n\":1}", "{\"n\":2}", "{\"n\":3}"), Waiter.PATIENT));
        assertRefusal(
                "500 TypeError \"{[]}\"",
                assertThrows(RequestException.class, () -> design.viewFilter("w", documents("{}"), Waiter.PATIENT)));
        assertRefusal(
                "404 not_found \"missing json key: x\"",
                assertThrows(RequestException.class, () -> design.viewFilter("x", documents("{}"), Waiter.PATIENT)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "throw {forbidden: 'no'}               | 403 forbidden \"no\"",
                "throw {forbidden: {foo: 'is object'}} | 403 forbidden {\"foo\":\"is object\"}",
                "throw {unauthorized: 'who'}           | 401 unauthorized \"who\"",
                "throw {x: [1]}                        | 500 unknown_error [1]",
                "throw {forbidden: 'no', more: 1}      | 500 unknown_error *",
                "throw 'text'                          | 500 unknown_error \"text\"",
                "throw new RangeError('x')             | 500 RangeError \"{[]}\"",
                "throw ['error', 'forbidden', 'x']     | 403 forbidden \"x\"",
                "noSuchThing()                         | 500 ReferenceError \"{[]}\"",
                "(function f(){f()})()                 | 500 InternalError \"too much recursion\"",
                "throw 1                               | accepted",
                "throw true                            | accepted",
                "return false                          | accepted",
                "throw null                            | 500 unknown_error null",
                "throw 2                               | 500 unknown_error 2",
                "if (!(oldDoc === null && user.name === 'u' && newDoc.n === 1 && secObj.a === 1)) throw 'x' | accepted",
                "if (!(this._id === '_design/d' && typeof emit === 'function')) throw 'x' | accepted"
            })
    void validate_function_decides(String body, String wanted) {
        RequestException refusal = validation("function(newDoc, oldDoc, user, secObj){" + body + "}")
                .validate(bytes("{\"n\":1}"), null, bytes("{\"name\":\"u\"}"), bytes("{\"a\":1}"));

        if (wanted.equals("accepted")) {
            assertNull(refusal);
        } else {
            assertRefusal(wanted, refusal);
        }
    }

    @Test
    void validate_noFunctionOrABrokenOne_acceptsOrRefusesAll() {
        assertNull(scripts.design("db", bytes("{\"_id\":\"_design/d\"}"))
                .validate(bytes("{}"), bytes("{}"), bytes("{}"), bytes("{}")));
        assertRefusal(
                "500 compilation_error \"Expression does not eval to a function. (1)\"",
                validation("1").validate(bytes("{}"), bytes("{}"), bytes("{}"), bytes("{}")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "doc.n++; return [doc, 'done']         | [{\"n\":2},{\"body\":\"done\"}]",
                "return [null, {code: 202, json: {a: 1}}] | [null,{\"code\":202,\"json\":{\"a\":1}}]",
                "return ['text', '']                   | [null,{\"body\":\"\"}]",
                "return [undefined, req.body]          | [null,{\"body\":\"b\"}]",
                "return [doc]                          | 500 render_error \"undefined response from update function\"",
                "return [doc, 1]                       | 500 render_error \"undefined response from update function\"",
                "return                                | 500 render_error *",
                "throw new Error('x')                  | 500 render_error *",
                "throw {forbidden: 'x'}                | 500 render_error *",
                "throw {error: 'forbidden', reason: 'no'} | 403 forbidden \"no\""
            })
    void update_function_makesDocumentAndResponse(String body, String wanted) {
        DesignScripts design = design("updates", "u", "function(doc, req){" + body + "}");
        String answer;
        try {
            answer = new String(
                    design.update("u", bytes("{\"n\":1}"), bytes("{\"body\":\"b\"}")), StandardCharsets.UTF_8);
        } catch (RequestException e) {
            assertRefusal(wanted, e);
            return;
        }
        assertEquals(wanted, answer);
    }

    @Test
    void update_noDocument_isNullToTheFunction() {
        assertArrayEquals(
                bytes("[null,{\"body\":\"true\"}]"),
                design("updates", "u", "function(doc, req){ return [null, '' + (doc === null)] }")
                        .update("u", null, bytes("{}")));
    }

    @Test
    void reduce_rowsAndResults_reachTheFunctionAsTheyShould() {
        Reducer reducer =
                reducer("function(keys, values, rereduce){ return [keys, values, rereduce, typeof require] }");

        assertEquals(
                "[[[\"k\",\"id\\\"1\"],[[1],\"b\"]],[1,{\"a\":null}],false,\"undefined\"]",
                text(reducer.reduce(List.of(row("\"k\"", "id\"1", "1"), row("[1]", "b", "{\"a\":null}")))));
        assertEquals("[null,[1,2],true,\"undefined\"]", text(reducer.rereduce(List.of(bytes("1"), bytes("2")))));
    }

    @Test
    void reduce_undefinedOrThrown_isNull() {
        List<IndexRow> rows = List.of(row("1", "a", "1"));
        assertEquals("null", text(reducer("function(keys, values){ }").reduce(rows)));
        assertEquals(
                "null",
                text(reducer("function(keys, values){ throw new Error('x') }").reduce(rows)));
        assertEquals(
                "6",
                text(reducer("function(keys, values){ return sum(values) + 5 }").reduce(rows)));
    }

    @Test
    void reduce_moreThanOneCallHolds_isReducedInPieces() {
        Reducer reducer = reducer("function(keys, values, rereduce){ return rereduce ? sum(values) : values.length }");
        List<IndexRow> rows = new ArrayList<>();
        byte[] value = new JsonBuffer().string("x".repeat(1000)).toByteArray();
        for (int i = 0; i < 5000; i++) {
            rows.add(new IndexRow(0, new byte[0], "id" + i, 0, bytes("1"), value));
        }
        assertEquals("5000", text(reducer.reduce(rows)));
    }

    @Test
    void reduce_endless_isARefusalAndNoResult() {
        try (Scripts strict = new Scripts(new ScriptLimits(Duration.ofMillis(200), 64L << 20, 1, 4))) {
            Reducer reducer = strict.design("db", bytes("{}")).reducer("function(keys, values){ for(;;); }");

            RequestException refusal =
                    assertThrows(RequestException.class, () -> reducer.reduce(List.of(row("1", "a", "1"))));
            assertRefusal("500 os_process_error \"OS process timed out.\"", refusal);
        }
    }

    @Test
    void check_source_isCompiledAndNotCalled() {
        scripts.check("db", "map", "v", "function(doc){ for(;;); }");
        scripts.check("db", "reduce", "v", "(keys, values) => 1");

        RequestException refusal =
                assertThrows(RequestException.class, () -> scripts.check("db", "map", "v", "function(doc){ 1 + }"));
        assertEquals(400, refusal.status());
        assertEquals("compilation_error", refusal.error());
        assertTrue(
                refusal.reason().startsWith("Compilation of the map function in the 'v' view failed: SyntaxError: "));
        assertTrue(refusal.reason().endsWith(" (function(doc){ 1 + })"), refusal.reason());
        assertEquals(
                "Compilation of the reduce function in the 'w' view failed:"
                        + " Expression does not eval to a function. (1)",
                assertThrows(RequestException.class, () -> scripts.check("db", "reduce", "w", "1"))
                        .reason());
    }

    @Test
    void design_equalContent_isTheSame() {
        DesignScripts design = scripts.design("db", bytes("{\"_id\":\"_design/x\"}"));

        assertSame(design, scripts.design("db", bytes("{\"_id\":\"_design/x\"}")));
        assertFalse(design == scripts.design("db", bytes("{\"_id\":\"_design/y\"}")));
        assertFalse(design == scripts.design("other", bytes("{\"_id\":\"_design/x\"}")), "of another database");
    }

    @Test
    void contexts_ofManyDesigns_areBounded() {
        try (Scripts few = new Scripts(new ScriptLimits(Duration.ofSeconds(5), 64L << 20, 2, 3))) {
            assertFalse(few.pool().isEngineLoaded());
            for (int i = 0; i < 6; i++) {
                DesignScripts design = few.design("db", bytes("{\"validate_doc_update\":\"function(){" + i + "}\"}"));
                assertNull(design.validate(bytes("{}"), null, bytes("{}"), bytes("{}")));
            }
            assertEquals(3, few.pool().idle());
            assertTrue(few.pool().isEngineLoaded());
        }
    }

    @Test
    void close_thenACall_isRefused() {
        Scripts closed = new Scripts(ScriptLimits.DEFAULT);
        DesignScripts design = closed.design("db", bytes("{\"validate_doc_update\":\"function(){}\"}"));
        assertNull(design.validate(bytes("{}"), null, bytes("{}"), bytes("{}")));
        closed.close();

        RequestException refusal = design.validate(bytes("{}"), null, bytes("{}"), bytes("{}"));
        assertNotNull(refusal);
        assertEquals(503, refusal.status());
    }

    /** @param wanted status, error and reason as JSON, or * for any */
    private static void assertRefusal(String wanted, RequestException refusal) {
        String[] parts = wanted.split(" ", 3);
        String reason = text(refusal.reasonJson());
        assertEquals(
                wanted, refusal.status() + " " + refusal.error() + " " + (parts[2].equals("*") ? "*" : reason), reason);
    }

    private static Reducer reducer(String source) {
        return scripts.design("db", bytes("{\"_id\":\"_design/d\"}")).reducer(source);
    }

    private static DesignScripts validation(String source) {
        JsonBuffer json = new JsonBuffer();
        json.ascii("{\"_id\":\"_design/d\",\"validate_doc_update\":")
                .string(source)
                .ascii('}');
        return scripts.design("db", json.toByteArray());
    }

    private static DesignScripts design(String section, String name, String source) {
        JsonBuffer json = new JsonBuffer();
        json.ascii("{\"_id\":\"_design/d\",\"lib\":{\"bad\":\"this is bad\"},")
                .string(section)
                .ascii(":{");
        json.string(name).ascii(':').string(source).ascii("}}");
        return scripts.design("db", json.toByteArray());
    }

    private static IndexRow row(String key, String id, String value) {
        return new IndexRow(0, new byte[0], id, 0, bytes(key), bytes(value));
    }

    private static List<byte[]> documents(String... documents) {
        List<byte[]> all = new ArrayList<>();
        for (String document : documents) {
            all.add(bytes(document));
        }
        return all;
    }

    private static String text(byte[] json) {
        return new String(json, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
