package archipel.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What hostile functions cannot do: reach anything, or take more than their share. */
final class SandboxTest {
    private static final Duration TIME = Duration.ofMillis(300);
    private static final String GLOBALS = """
        AggregateError Array ArrayBuffer Boolean DataView Date Error EvalError
        Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array
        Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set
        String Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray
        WeakMap WeakSet decodeURI decodeURIComponent emit encodeURI encodeURIComponent escape eval
        globalThis isArray isFinite isNaN log parseFloat parseInt sum toJSON undefined unescape\
        """;
    private static final byte[] GOOD = bytes("{\"good\":true}");
    private static final byte[] BAD = bytes("{\"good\":false}");

    private static Scripts scripts;

    @BeforeAll
    static void open() {
        scripts = new Scripts(new ScriptLimits(TIME, 32L << 20, 2, 4));
        // Loads the engine, which is not for the first attack to wait for.
        scripts.check("db", "map", "first", "function(doc){}");
    }

    @AfterAll
    static void close() {
        scripts.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "for(;;);",
                "for(;;){try{for(;;);}finally{continue}}",
                "new Proxy({},{get(){for(;;);}}).x",
                "emit({toJSON(){for(;;);}})",
                "[3,1,2].sort(function(){for(;;);})",
                "return new RegExp('((a{1,100}){1,100}){1,100}$').test('a'.repeat(200)+'!')",
                "return /^(a+)+\\1$/.test('a'.repeat(60)+'!')",
                "function f(){try{return f()}catch(e){return f()}} return f()",
                "function f(){try{f()}finally{f()}} f()",
                "function f(){try{f()}finally{try{f()}finally{f()}}} f()",
                "function f(){new Promise(f)} f()",
                "var f=async function(){try{await f()}finally{await f()}};f()",
                "var o={toString(){try{return ''+o}finally{''+o}}};''+o",
                "var p=new Proxy({},{get(){try{return p.x}finally{p.x}}});p.x",
                "function f(){try{[1].forEach(f)}finally{[1].forEach(f)}} f()",
                "class A{constructor(){try{new A()}finally{new A()}}} new A()",
                "function* g(){try{yield* g()}finally{yield* g()}} [...g()]",
                "(async function(){for(;;)await 0})()",
                "function p(){Promise.resolve().then(p)}p()",
                "[...{[Symbol.iterator](){return {next(){return {done:false,value:1}}}}}]",
                "var r=[];for(;;)r.push({a:1})",
                "var r=[];for(;;)r.push(new Uint8Array(1048576))",
                "var s='x';for(;;){try{s+=s}catch(e){s='x'+s.length}}",
                "var a=[1,2,3,4];for(;;)a=a.concat(a)",
                "new Array(1e8).fill(0)",
                "Array.from({length:1e9})",
                "Array.prototype.indexOf.call({length:2**53-1},1)",
                "new Array(1e9).join('x')",
                "'a'.repeat(4e6).replaceAll('a','b'.repeat(1000))"
            })
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void map_attack_ends(String body) {
        String source = "function(doc){ if (doc.good) { emit(1); return } " + body + "\nemit(2) }";
        try (Mapper mapper =
                scripts.design("db", bytes("{\"_id\":\"_design/attack\"}")).mapper(List.of(source))) {
            List<Emission> bad = mapper.map(List.of(BAD)).getFirst();

            assertTrue(mapper.errors() == 1 && bad.isEmpty() || bad.size() == 1, "it fails, or it ends");
            assertEquals(0, scripts.pool().stuck());
        }
    }

    @Test
    void map_attackAmongOthers_costsItsDocumentAlone() {
        try (Scripts ample = new Scripts(new ScriptLimits(Duration.ofSeconds(1), 32L << 20, 1, 4));
                Mapper mapper = ample.design("db", bytes("{}"))
                        .mapper(List.of("function(doc){ while (!doc.good); emit(1) }"))) {
            List<List<Emission>> rows = mapper.map(List.of(GOOD, BAD, GOOD));

            assertEquals(List.of(1, 0, 1), rows.stream().map(List::size).toList());
            assertEquals(1, mapper.errors());
        }
    }

    @Test
    void map_outOfTimeAgainAndAgain_isWaitedForLessAndLess() {
        // With a word that only the engine knows.
        String source = "function(doc){ while (!doc.good); void emit(1) }";
        Scripts patient =
                new Scripts(new ScriptLimits(Duration.ofSeconds(1), 32L << 20, 1, 4, 3, Duration.ofMinutes(1), 100));
        try (patient;
                ScriptMapper mapper =
                        (ScriptMapper) patient.design("db", bytes("{}")).mapper(List.of(source))) {
            List<Long> waited = new ArrayList<>();
            for (byte[] document : List.of(BAD, GOOD, BAD, BAD, BAD, BAD, BAD, BAD)) {
                waited.add(mapper.patience().toMillis());
                assertEquals(
                        document == GOOD ? 1 : 0,
                        mapper.map(List.of(document)).getFirst().size());
            }
            // All of it again once a document got through.
            assertEquals(List.of(1000L, 500L, 1000L, 500L, 250L, 125L, 100L, 100L), waited);
            assertEquals(7, mapper.errors());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "eval('1')",
                "(0,eval)('1')",
                "Function('return 1')()",
                "new Function('a','return a')(1)",
                "(function(){}).constructor('return 1')()",
                "(function*(){}).constructor('yield 1')()",
                "(async function(){}).constructor('1')()",
                "Reflect.construct(Function,['return 1'])()",
                "emit.constructor('return 1')()",
                "log.constructor.constructor('return 1')()",
                "setTimeout('1')"
            })
    void map_codeFromText_isRefused(String expression) {
        String source = "function(doc){ emit(" + expression + ") }";
        try (Mapper mapper =
                scripts.design("db", bytes("{\"_id\":\"_design/attack\"}")).mapper(List.of(source))) {
            assertEquals(List.of(List.of()), mapper.map(List.of(GOOD)));
            assertEquals(1, mapper.errors());
        }
    }

    @Test
    void globals_all_areOfTheLanguageOrOurs() {
        String source = "function(doc){ emit(Object.getOwnPropertyNames(globalThis).sort()) }";
        try (Mapper mapper =
                scripts.design("db", bytes("{\"_id\":\"_design/attack\"}")).mapper(List.of(source))) {
            String names =
                    new String(mapper.map(List.of(GOOD)).getFirst().getFirst().key(), StandardCharsets.UTF_8);

            assertEquals(
                    GLOBALS.replaceAll("\\s+", " "),
                    names.replaceAll("[\\[\\]\"]", "").replace(",", " "),
                    "a new name has to be looked at: may it reach anything, tell nodes apart, or run without end?");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
