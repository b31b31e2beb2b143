package archipel.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.RequestException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ScriptMapperTest {
    private static final String LIBRARY = """
            {"_id":"_design/d","views":{"lib":{
              "a":"exports.v = 1; exports.id = module.id; exports.b = require('./b').v;",
              "b":"module.exports = {v: require('./deep/c').w, p: require('views/lib/deep/c').w};",
              "deep":{"c":"exports.w = 42"},
              "one":"exports.x=1; var o=require('./two'); exports.y=o.z;",
              "two":"exports.z=require('./one').x+1",
              "bad":"this is bad","up":"require('../../../../x')"},
              "m":{"map":""}},"secret":"exports.w = 1"}""";

    private static Scripts scripts;

    @BeforeAll
    static void open() {
        scripts = new Scripts(ScriptLimits.DEFAULT);
    }

    @AfterAll
    static void close() {
        scripts.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "function(doc){emit(doc._id, 1)}",
                "  \n// c\n/* function( */\nfunction(doc) { emit(doc._id, 1) } // end\n;; /* x */",
                "(function(doc){emit(doc._id, 1)})",
                "(function named(doc){emit(doc._id, 1)});",
                "function named(doc) { emit(doc._id, 1) }",
                "(doc) => { emit(doc._id, 1) }",
                "doc => emit(doc._id, 1);",
                "var f = function(doc){emit(doc._id, 1)}; f",
                "var one = 1; function h(y){return y} function(doc) { emit(h(doc._id), one) }",
                "async function(doc){emit(doc._id, 1); await 0; emit('late')}",
                "function(doc){emit(doc._id, 1); Promise.resolve().then(function(){emit('late')})}"
            })
    void map_sourceInAnyForm_isAFunction(String source) {
        assertEquals("0:\"q\"=1 | 0:\"r\"=1", map(source, "{\"_id\":\"q\"}", "{\"_id\":\"r\"}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "emit()                                | 0:null=null",
                "emit(undefined, function(){})         | 0:null=null",
                "emit(NaN, [Infinity, undefined, -0])  | 0:null=[null,null,0]",
                "emit(new Date(0), {a: undefined})     | 0:\"1970-01-01T00:00:00.000Z\"={}",
                "emit(new TypeError('q'), new TypeError('q')) | 0:{}={\"error\":\"TypeError\",\"message\":\"q\"}",
                "emit({toJSON: function(){return 7}}, new Map) | 0:7={}",
                "emit('\\t\\n\\u0001\\u0002', 1)       | 0:\"\\t\\n\\u0001\\u0002\"=1",
                "emit('\\ud83d\\ude00\\ud800', '\\\\ud800') | 0:\"😀\uFFFD\"=\"\\\\ud800\"",
                "var o = {n: 1}; emit(1, o); o.n = 2   | 0:1={\"n\":2}",
                "log('hi'); emit(sum([1,2,3]), [isArray([]), isArray({}), toJSON([1])]) | 0:6=[true,false,\"[1]\"]",
                "emit(1e21, 9007199254740993)          | 0:1e+21=9007199254740992",
                "emit(this === globalThis, typeof require) | 0:true=\"undefined\"",
                "try{x.y}catch(e){emit(1)}finally{emit(2)} emit({catch:1}.catch) | 0:1=null 0:2=null 0:1=null"
            })
    void emit_anything_isJson(String body, String rows) {
        assertEquals(rows, map("function(doc){" + body + "}", "{}"));
    }

    @Test
    void map_severalFunctions_eachEmitForTheirView() {
        assertEquals(
                "0:1={\"_id\":\"a\",\"n\":1} 1:\"other\"=null",
                map(
                        LIBRARY,
                        List.of("var h = 1; function(doc){emit(h, doc)}", "var h = 'other'; function(doc){emit(h)}"),
                        "{\"_id\":\"a\",\"n\":1}"));
    }

    @Test
    void map_assigningFunction_leavesTheDocumentAsItIs() {
        String rogue = "function(doc){doc.a=5; doc.o.p=6; delete doc.a; emit(doc.a,doc.o.p)}";
        assertEquals(
                "0:1=2 1:{\"a\":1,\"o\":{\"p\":2}}=null",
                map(LIBRARY, List.of(rogue, "function(doc){emit(doc)}"), "{\"a\":1,\"o\":{\"p\":2}}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "(function(){'use strict'; doc.n = 5})()",
                "doc.t.sort()",
                "doc.x.y.z",
                "throw null",
                "throw {get name(){throw 1}, get message(){throw 2}}",
                "var o = {}; o.o = o; emit(1, o)",
                "emit(1, {toJSON: function(){throw new Error('no')}})",
                "noSuchThing()"
            })
    void map_functionThatFails_emitsNothingForThatViewAndIsCounted(String body) {
        try (Mapper mapper = scripts.design("db", bytes(LIBRARY))
                .mapper(List.of(
                        "function(doc){emit(1); if (doc.bad) {" + body + "} emit(2)}", "function(doc){emit(3)}"))) {
            List<byte[]> documents = List.of(bytes("{\"bad\":true,\"t\":[2,1]}"), bytes("{}"));

            assertEquals("1:3=null | 0:1=null 0:2=null 1:3=null", show(mapper.map(documents)));
            assertEquals(1, mapper.errors());
        }
    }

    @Test
    void map_functionThatRecursesTooDeeply_costsItsDocumentInAllViews() {
        String deep = "function(doc){ (function f(n){ if (n > 0) f(n - 1) })(doc.n); emit(doc.n) }";
        try (Mapper mapper = scripts.design("db", bytes(LIBRARY)).mapper(List.of(deep, "function(doc){emit(3)}"))) {
            List<byte[]> documents = List.of(bytes("{\"n\":1}"), bytes("{\"n\":100000}"), bytes("{\"n\":900}"));

            assertEquals("0:1=null 1:3=null |  | 0:900=null 1:3=null", show(mapper.map(documents)));
            assertEquals(1, mapper.errors());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "var a = require('views/lib/a'); emit(a.id, [a.v, a.b, require('views/lib/a') === a])"
                        + " | 0:\"views/lib/a\"=[1,42,true]",
                "emit(require('views/lib/b').p)       | 0:42=null",
                "emit(require('views/lib/one').y)     | 0:2=null",
                "try{require('views/lib/bad')}catch(e){emit(e[1])}   | 0:\"compilation_error\"=null",
                "try{require('views/lib/none')}catch(e){emit(e[1], e[2].slice(0, 29))}"
                        + " | 0:\"invalid_require_path\"=\"Object has no property \\\"none\\\"\"",
                "try{require('views/lib')}catch(e){emit(e[2])}"
                        + " | 0:\"Must require a JavaScript string, not: object\"=null",
                "try{require('views/__proto__')}catch(e){emit(e[1])} | 0:\"invalid_require_path\"=null",
                "try{require('views/lib/up')}catch(e){emit(e[1])}    | 0:\"compilation_error\"=null",
                "try{require('secret')}catch(e){emit(e[1])}          | 0:\"invalid_require_path\"=null"
            })
    void require_fromAMap_seesTheLibraryAlone(String body, String rows) {
        assertEquals(rows, map(LIBRARY, List.of("function(doc){" + body + "}"), "{}"));
    }

    @Test
    void map_builtinsReplacedByTheFunction_stillWorks() {
        String body = """
                function(doc){
                  if (!globalThis.done) {
                    done = 1;
                    var bad = function(){throw 'polluted'};
                    JSON.parse = JSON.stringify = Object.freeze = Object.keys = Array.isArray = Reflect.apply = bad;
                    Array.prototype.push = Array.prototype[Symbol.iterator] = Function.prototype.call = bad;
                    Function.prototype.apply = Object.prototype.hasOwnProperty = String.prototype.split = bad;
                    Object.defineProperty(Array.prototype, '0', {set: bad, get: bad, configurable: true});
                    Object.defineProperty(Object.prototype, '1', {set: bad, get: bad, configurable: true});
                    Object.prototype.toJSON = undefined;
                    Object.prototype.get = bad;
                  }
                  emit(doc.a, doc.o);
                  emit('x', require('views/lib/deep/c').w);
                }""";
        assertEquals(
                "0:1={\"p\":[1]} 0:\"x\"=42 | 0:2=3 0:\"x\"=42",
                map(LIBRARY, List.of(body), "{\"a\":1,\"o\":{\"p\":[1]}}", "{\"a\":2,\"o\":3}"));
    }

    @Test
    void map_memberNamedLikeThePrototype_isAnOwnMember() {
        assertEquals(
                "0:[\"__proto__\",\"y\"]=null",
                map("function(doc){emit(Object.keys(doc), doc.x)}", "{\"__proto__\":{\"x\":1},\"y\":2}"));
    }

    @Test
    void mapper_sourceThatIsNoFunction_isRefused() {
        for (String source : List.of("1+1", "function(doc){", "", "emit(doc._id)")) {
            RequestException refusal = assertThrows(RequestException.class, () -> map(source, "{}"));
            assertEquals(500, refusal.status());
            assertEquals("compilation_error", refusal.error());
        }
    }

    @Test
    void mapper_manyThreads_eachGetTheirOwnRows() throws Exception {
        String source =
                "function(doc){ last = doc._id; var n = 0; for (var i = 0; i < 50; i++) n += i; emit(last, n) }";
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Boolean>> tasks = new ArrayList<>();
            for (int thread = 0; thread < 8; thread++) {
                int number = thread;
                tasks.add(() -> {
                    try (Mapper mapper = scripts.design("db", bytes("{\"_id\":\"_design/" + number % 3 + "\"}"))
                            .mapper(List.of(source))) {
                        List<byte[]> documents = IntStream.range(0, 1200)
                                .mapToObj(i -> bytes("{\"_id\":\"" + number + "-" + i + "\"}"))
                                .toList();
                        List<List<Emission>> rows = mapper.map(documents);
                        return IntStream.range(0, 1200)
                                .allMatch(i -> show(rows.get(i)).equals("0:\"" + number + "-" + i + "\"=1225"));
                    }
                });
            }
            for (Future<Boolean> done : executor.invokeAll(tasks)) {
                assertTrue(done.get());
            }
        }
        assertTrue(scripts.pool().idle() <= ScriptLimits.DEFAULT.contexts());
    }

    private static String map(String source, String... documents) {
        return map("{\"_id\":\"_design/d\"}", List.of(source), documents);
    }

    private static String map(String design, List<String> sources, String... documents) {
        try (Mapper mapper = scripts.design("db", bytes(design)).mapper(sources)) {
            return show(mapper.map(
                    Arrays.stream(documents).map(ScriptMapperTest::bytes).toList()));
        }
    }

    private static String show(Iterable<List<Emission>> documents) {
        List<String> all = new ArrayList<>();
        documents.forEach(rows -> all.add(show(rows)));
        return String.join(" | ", all);
    }

    private static String show(List<Emission> rows) {
        return String.join(
                " ",
                rows.stream()
                        .map(row -> row.view() + ":" + new String(row.key(), StandardCharsets.UTF_8) + "="
                                + new String(row.value(), StandardCharsets.UTF_8))
                        .toList());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
