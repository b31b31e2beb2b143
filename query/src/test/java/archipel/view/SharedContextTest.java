package archipel.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Validation functions of one database, which share contexts and must not notice. */
final class SharedContextTest {
    private static final byte[] NONE = bytes("{}");

    /** Says all that another function could have changed for it. */
    private static final String WITNESS = """
            function (doc, old, user, security) {
              class Own extends Array {}
              var list = [3, 1, 2];
              var seen = [typeof left, typeof emit, typeof log, typeof sum, typeof JSON.parse, isArray([]), isArray({}),
                sum([1, 2]), list.indexOf(1), list.join(), [...list].length, [...new Map([[1, 2]])].length, {}.planted,
                [].planted, 'text'.replace(/t/g, 'x'), Object.keys(doc).length, doc.hasOwnProperty('a'), '' + {},
                new Own(1, 2).length, (function* () { yield 4; })().next().value, Math.max(1, 2), doc instanceof Object,
                new Error('e').message, new TypeError('t').name, JSON.stringify({ a: [1] }), typeof Date.now(),
                'a-b'.split('-').length, [..."ab"].length, parseInt('12'), 'x'.matchAll(/x/g).next().done, user.name];
              throw { forbidden: JSON.stringify(seen) };
            }""";

    private static Scripts scripts;

    @BeforeAll
    static void open() {
        scripts = new Scripts(new ScriptLimits(Duration.ofSeconds(5), 64L << 20, 2, 4));
    }

    @AfterAll
    static void close() {
        scripts.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static DesignScripts design(String database, int number, String source) {
        JsonBuffer json = new JsonBuffer();
        json.ascii("{\"_id\":\"_design/d" + number + "\",\"lib\":{\"m\":\"exports.n=" + number + "\"},")
                .ascii("\"validate_doc_update\":")
                .string(source)
                .ascii('}');
        return scripts.design(database, json.toByteArray());
    }

    /** Among so many others that contexts are shared. */
    private static @Nullable RequestException validate(Scripts scripts, String database, DesignScripts design) {
        DesignScripts other = scripts.design(database, bytes("{\"validate_doc_update\":\"function(){}\"}"));
        List<DesignScripts> all = new ArrayList<>(Collections.nCopies(20, other));
        all.add(design);
        return DesignScripts.validate(all, bytes("{\"a\":1}"), null, bytes("{\"name\":\"jo\"}"), NONE);
    }

    private static String refusal(Scripts scripts, String database, DesignScripts design) {
        return told(validate(scripts, database, design));
    }

    private static String refusal(String database, DesignScripts design) {
        return refusal(scripts, database, design);
    }

    /** With a context of its own. */
    private static String alone(DesignScripts design) {
        return told(design.validate(bytes("{\"a\":1}"), null, bytes("{\"name\":\"jo\"}"), NONE));
    }

    private static String told(@Nullable RequestException refusal) {
        assertNotNull(refusal);
        return refusal.status() + " " + refusal.error() + " "
                + new String(refusal.reasonJson(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "function(doc){ left = 1; }",
                "function(doc){ sum = 0; for (i in doc) sum += doc[i]; "
                        + "log = emit = isArray = function(){ return true; } }",
                "function(doc){ delete sum; delete JSON; JSON = {}; Object = Array = undefined; parseInt = null; }",
                "function(doc){ Array.prototype.indexOf = function(){ return 0; }; }",
                "function(doc){ Object.prototype.planted = 1; Array.prototype.planted = 1; }",
                "function(doc){ doc.__proto__.planted = 1; [].__proto__.planted = 1; }",
                "function(doc){ doc.constructor.keys = function(){ return [1, 2, 3]; }; }",
                "function(doc){ Object.defineProperty(Object.prototype, 'planted', {value: 1}); }",
                "function(doc){ Object.setPrototypeOf(Array.prototype, {planted: 1}); }",
                "function(doc){ Object.setPrototypeOf(Object.prototype, {planted: 1}); }",
                "function(doc){ Object.prototype.toString = function(){ return 'mine'; }; }",
                "function(doc){ Object.prototype.hasOwnProperty = function(){ return false; }; }",
                "function(doc){ Error.prototype.message = 'mine'; TypeError.prototype.name = 'mine'; }",
                "function(doc){ Array.prototype[Symbol.iterator] = function*(){}; }",
                "function(doc){ [][Symbol.iterator]().__proto__.next = function(){ return {done: true}; }; }",
                "function(doc){ new Map().entries().__proto__.next = function(){ return {done: true}; }; }",
                "function(doc){ 'x'[Symbol.iterator]().__proto__.next = function(){ return {done: true}; }; }",
                "function(doc){ 'x'.matchAll(/x/g).__proto__.next = function(){ return {done: true}; }; }",
                "function(doc){ (function*(){}).__proto__.prototype.next = function(){ return {done: true}; }; }",
                "function(doc){ RegExp.prototype[Symbol.replace] = "
                        + "RegExp.prototype.exec = function(){ return null; }; }",
                "function(doc){ Math.max = JSON.stringify = String.prototype.split = function(){ return 0; }; }",
                "function(doc){ Object.assign(Math, {max: null}); Reflect.set(JSON, 'parse', 1); }",
                "function(doc){ Object[Symbol.hasInstance] = Function.prototype[Symbol.hasInstance] = null; }",
                "function(doc){ Date.now = function(){ return 'never'; }; }",
                "function(doc){ Promise.resolve().then(function(){ left = 1; sum = null; }); }",
                "async (doc) => { await 0; left = 1; }",
                "(doc) => { left = 1; }",
                "(function named(doc){ left = 1; })",
                "function(doc){ function left(){}; var sum = 1; }"
            })
    void validate_afterAFunctionThatChangesWhatIsThere_seesNothingOfIt(String hostile) {
        String database = "attacked " + hostile;
        String wanted = alone(design("alone", 0, WITNESS));
        DesignScripts attacker = design(database, 1, hostile);
        DesignScripts witness = design(database, 2, WITNESS);
        assertEquals(wanted, refusal(database, witness), "before");
        validate(scripts, database, attacker);
        validate(scripts, database, attacker);
        assertEquals(wanted, refusal(database, witness));
        assertEquals(1, contexts(database));
    }

    // Those that are idle; nobody else uses the pool.
    private static long contexts(String database) {
        return scripts.pool().idleOf(database);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "function(){ var e = new Error('a'); e.message = 'b'; e.name = 'c'; "
                        + "throw {forbidden: e.name + e.message}; }",
                "function(){ var e = new Error(); e.message = 'b'; throw {forbidden: e.message}; }",
                "function(){ var o = {}; o.toString = function(){ return 'mine'; }; throw {forbidden: '' + o}; }",
                "function(){ var o = {}; o['constructor'] = 1; throw {forbidden: Object.keys(o)}; }",
                "function(){ class A { toString(){ return 'a'; } } throw {forbidden: '' + new A()}; }",
                "function(){ class E extends Error { get name(){ return 'E'; } } throw {forbidden: '' + new E('x')}; }",
                "function(){ total = 0; [1, 2].forEach(function(n){ total += n; }); throw {forbidden: total}; }",
                "function(){ sum = 1; sum += 1; throw {forbidden: sum}; }",
                "function(){ throw {forbidden: typeof undeclared}; }",
                "function(){ 'use strict'; undeclared = 1; }",
                "function(){ throw {forbidden: [2, 1].sort().map(String).concat([[3]]).flat()}; }",
                "function(){ throw {forbidden: [...'ab'].entries().next().value}; }",
                "function(){ throw {unauthorized: Object.prototype.hasOwnProperty.call({a: 1}, 'a')}; }",
                "function(){ log('x'); throw 'text'; }",
                "function(){ null.x; }",
                "function(){"
            })
    void validate_inASharedContext_isAsInOneOfItsOwn(String source) {
        String unshared = alone(design("unshared", 0, source));
        String shared = refusal("shared", design("shared", 0, source));
        assertEquals(withoutPlace(unshared), withoutPlace(shared));
    }

    private static String withoutPlace(String message) {
        return message.replaceAll(":[0-9]+(-[0-9]+)?", "");
    }

    @Test
    void validate_functionsOfManyDesigns_useOneContextAndDecideEachForItself() {
        List<DesignScripts> designs = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            designs.add(design(
                    "many",
                    i,
                    "function(doc){ if (doc.a === " + (i == 299 ? 1 : -1) + ") throw {forbidden: " + i + "}; }"));
        }
        for (int round = 0; round < 2; round++) {
            assertNull(DesignScripts.validate(designs.subList(0, 299), bytes("{\"a\":1}"), null, NONE, NONE));
            assertEquals(
                    "403 forbidden 299", told(DesignScripts.validate(designs, bytes("{\"a\":1}"), null, NONE, NONE)));
        }
        assertEquals(1, contexts("many"));
    }

    @Test
    void validate_functionThatDoesNotEnd_costsNoOtherItsContextForLong() {
        try (Scripts impatient = new Scripts(new ScriptLimits(Duration.ofMillis(100), 64L << 20, 2, 4))) {
            DesignScripts endless =
                    impatient.design("db", bytes("{\"validate_doc_update\":\"function(){ for(;;); }\"}"));
            DesignScripts other =
                    impatient.design("db", bytes("{\"validate_doc_update\":\"function(){ throw {forbidden: 1}; }\"}"));
            DesignScripts broken = impatient.design("db", bytes("{\"validate_doc_update\":\"function(){ ]; }\"}"));
            for (int i = 0; i < 3; i++) {
                assertEquals("403 forbidden 1", refusal(impatient, "db", other));
                assertTrue(refusal(impatient, "db", broken).startsWith("500 compilation_error"));
                assertEquals("403 forbidden 1", refusal(impatient, "db", other));
                assertTrue(refusal(impatient, "db", endless).startsWith("500 os_process_error"));
            }
            assertTrue(refusal(impatient, "db", endless).startsWith("503 function_quarantined"));
            assertEquals("403 forbidden 1", refusal(impatient, "db", other));
        }
    }

    @Test
    void validate_functionsThatSeeTheirDesignDocument_seeTheirOwn() {
        for (int i = 0; i < 3; i++) {
            assertEquals(
                    "403 forbidden " + i,
                    refusal("own", design("own", i, "function(){ throw {forbidden: require('lib/m').n}; }")));
            assertEquals(
                    "403 forbidden \"_design/d" + i + "\"",
                    refusal("own", design("own", i, "function(){ throw {forbidden: this._id}; }")));
        }
    }
}
