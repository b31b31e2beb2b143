package archipel.view;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Waiter;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.index.IndexRow;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Map and reduce functions see nothing that differs from one node, one time or one run to another. */
@Isolated("Locale and time zone are those of the whole process.")
class DeterminismTest {
    private static final String DESIGN = """
            {"_id":"_design/d",
            "validate_doc_update":"function(doc){ if (!(Date.now() > 1e12 && new Date() > 0)) throw({forbidden:1}) }",
             "views":{"clock":{"map":"function(doc){ emit(Date.now()) }"},
                      "date":{"map":"function(doc){ emit(new Date(doc.at)) }"}},
             "filters":{"clock":"function(doc){ return Date.now() > 1e12 && Math.random() < 1 && new Date() > 1e12 }"},
             "updates":{"clock":"function(doc, req){ return [null, '' + (new Date() > 0) + (Math.random() < 1)] }"}}""";

    private static Scripts scripts;

    @BeforeAll
    static void open() {
        scripts = new Scripts(ScriptLimits.DEFAULT);
    }

    @AfterAll
    static void close() {
        scripts.close();
    }

    private static DesignScripts design() {
        return scripts.design("db", DESIGN.getBytes(UTF_8));
    }

    /** What the body emits for a document, {@code key=value}; what it throws where it does. */
    private static String map(String body) {
        return map(scripts, body);
    }

    private static String map(Scripts scripts, String body) {
        try (Mapper mapper =
                scripts.design("db", DESIGN.getBytes(UTF_8)).mapper(List.of("function(doc) {" + body + "}"))) {
            StringBuilder found = new StringBuilder();
            byte[] document = "{\"_id\":\"a\",\"at\":\"2026-03-01T12:30:00Z\",\"ms\":1772368200000}".getBytes(UTF_8);
            for (Emission emission : mapper.map(List.of(document)).getFirst()) {
                found.append(new String(emission.key(), UTF_8))
                        .append('=')
                        .append(new String(emission.value(), UTF_8))
                        .append(' ');
            }
            return mapper.errors() == 0 ? found.toString().strip() : String.valueOf(mapper.lastError());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "emit(new Date())",
                "emit(new Date)",
                "emit(Date())",
                "emit(Date.now())",
                "emit(Date(doc.at))",
                "emit(new Date(...[]))",
                "emit(+new Date())",
                "emit(Date.call(null))",
                "emit(Date.apply(new Date(0)))",
                "emit(new (Date.bind(null))())",
                "emit(Reflect.construct(Date, []))",
                "emit(Reflect.construct(Date, [], Object))",
                "emit(new (class extends Date {})())",
                "emit(new (new Date(0).constructor)())",
                "emit(new Date.prototype.constructor())",
                "emit(new (Object.getPrototypeOf(class extends Date {}))())",
                "emit(Reflect.get(globalThis, 'Date').now())",
                "var now = Date['now']; emit(now())",
                "emit(Math.random())",
                "var r = Math.random; emit(r.call(Math))",
                "emit([3, 2, 1].sort(function() { return Math.random() - 0.5 }))"
            })
    void map_clockOrRandomness_throwsAndSaysWhy(String body) {
        String result = map(body);
        assertTrue(
                result.startsWith("\"TypeError") && result.contains("is not available in map and reduce functions"),
                () -> body + ": " + result);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "WeakRef",
                "FinalizationRegistry",
                "performance",
                "console",
                "Intl",
                "Temporal",
                "Atomics",
                "SharedArrayBuffer",
                "WebAssembly",
                "setTimeout",
                "queueMicrotask",
                "crypto",
                "load",
                "print",
                "Java",
                "Polyglot",
                "Graal",
                "process"
            })
    void map_whatDependsOnTheMachine_isNotThere(String name) {
        assertEquals("\"undefined\"=null", map("emit(typeof " + name + ")"));
    }

    /** The names of globals are held by {@link SandboxTest}. */
    @Test
    void map_membersOfDate_areThoseThatWereLookedThrough() {
        assertEquals(
                "[\"UTC\",\"length\",\"name\",\"now\",\"parse\",\"prototype\"]=null",
                map("emit(Object.getOwnPropertyNames(Date).sort())"));
    }

    @Test
    void map_datesOfDocuments_workAsEver() {
        assertEquals("\"2026-03-01T12:30:00.000Z\"=1772368200000", map("emit(new Date(doc.at), +new Date(doc.ms))"));
        assertEquals(
                "[2026,2,1,12,30]=0",
                map("var d = new Date(doc.at);"
                        + " emit([d.getFullYear(), d.getMonth(), d.getDate(), d.getHours(), d.getMinutes()],"
                        + " d.getTimezoneOffset())"));
        assertEquals("1772323200000=1772323200000", map("emit(+new Date(2026, 2, 1), Date.UTC(2026, 2, 1))"));
        assertEquals("1772368200000=true", map("emit(Date.parse(doc.at), new Date(0) instanceof Date)"));
        assertEquals("null=true", map("emit(new Date(undefined), isNaN(new Date(undefined)))"));
        assertEquals(
                "true=[7,\"Date\",\"[object Date]\"]",
                map("emit(new Date(0).constructor === Date,"
                        + " [Date.length, Date.name, Object.prototype.toString.call(new Date(0))])"));
        assertEquals(
                "1970=true",
                map("class Day extends Date { year() { return this.getUTCFullYear() } };"
                        + " emit(new Day(0).year(), new Day(0) instanceof Day)"));
        assertEquals("\"1970-01-01T00:00:00.000Z\"=null", map("emit(new Date(new Date(0)))"));
    }

    @Test
    void map_onMachinesOfOtherLanguagesAndTimeZones_emitsTheSame() {
        String body = "var d = new Date(2026, 6, 1, 3); emit(["
                + "'title'.toLocaleUpperCase(), 'TITLE'.toLocaleLowerCase(), (1234567.891).toLocaleString(),"
                + " d.toString(), d.toLocaleString(), d.toLocaleDateString(), d.toLocaleTimeString(), d.getTime(),"
                + " d.toDateString(), d.toTimeString(), d.getTimezoneOffset(), Date.parse('2026-07-01T03:00:00'),"
                + " Date.parse('1 Jul 2026'), [1234.5, d].toLocaleString(), ['z', 'ä', 'a', 'ch', 'c', 'I', 'ı']"
                + ".sort(function(a, b) { return a.localeCompare(b) })])";
        Locale locale = Locale.getDefault();
        TimeZone zone = TimeZone.getDefault();
        String here = map(body);
        try {
            Locale.setDefault(Locale.of("tr", "TR"));
            TimeZone.setDefault(TimeZone.getTimeZone("Asia/Tokyo"));
            try (Scripts there = new Scripts(ScriptLimits.DEFAULT)) {
                assertEquals(here, map(there, body));
            }
            Locale.setDefault(Locale.of("sv", "SE"));
            TimeZone.setDefault(TimeZone.getTimeZone("America/New_York"));
            try (Scripts there = new Scripts(ScriptLimits.DEFAULT)) {
                assertEquals(here, map(there, body));
            }
        } finally {
            Locale.setDefault(locale);
            TimeZone.setDefault(zone);
        }
        assertTrue(here.contains("\"TITLE\",\"title\""), here);
    }

    @Test
    void reduce_clock_throws() {
        List<IndexRow> rows =
                List.of(new IndexRow(0, new byte[] {1}, "a", 0, "1".getBytes(UTF_8), "1".getBytes(UTF_8)));
        assertEquals("null", reduced("function(keys, values) { return Date.now() }", rows));
        assertEquals("null", reduced("function(keys, values) { return Math.random() }", rows));
        assertEquals("5", reduced("function(keys, values) { return +new Date(5) }", rows));
    }

    /** Rows that are null are all that a client sees of it. */
    @Test
    void reduce_throws_isLoggedOnceForEachFunction() {
        List<IndexRow> rows =
                List.of(new IndexRow(0, new byte[] {1}, "a", 0, "1".getBytes(UTF_8), "1".getBytes(UTF_8)));
        List<String> warnings = new CopyOnWriteArrayList<>();
        Logger log = Logger.getLogger(ScriptReducer.class.getName());
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                if (line.getLevel() == Level.WARNING) {
                    warnings.add(new SimpleFormatter().formatMessage(line));
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        log.addHandler(handler);
        try {
            DesignScripts design = design();
            for (int i = 0; i < 3; i++) {
                design.reducer("function(keys, values) { return Date.now() + 1 }")
                        .reduce(rows);
            }
            assertEquals(1, warnings.size(), warnings::toString);
            assertTrue(warnings.getFirst().contains("Date.now() is not available"), warnings::toString);
            design.reducer("function(keys, values) { return Math.random() + 1 }")
                    .reduce(rows);
            assertEquals(2, warnings.size(), warnings::toString);
        } finally {
            log.removeHandler(handler);
        }
    }

    private static String reduced(String source, List<IndexRow> rows) {
        return new String(design().reducer(source).reduce(rows), UTF_8);
    }

    @Test
    void functions_ofRequests_haveAClock() throws IOException {
        byte[] document = "{\"_id\":\"a\",\"at\":0}".getBytes(UTF_8);
        assertTrue(design().filter("clock", List.of(document), "{}".getBytes(UTF_8), Waiter.PATIENT)[0]);
        assertNull(design().validate(document, null, "{}".getBytes(UTF_8), "{}".getBytes(UTF_8)));
        JsonNode answer = JsonTree.ofValid(design().update("clock", null, "{}".getBytes(UTF_8)));
        assertEquals("truetrue", answer.get(1).path("body").asString());
        // A map that filters is a map.
        assertTrue(design().viewFilter("date", List.of(document), Waiter.PATIENT)[0]);
        assertFalse(clockFilters(document));
    }

    private static boolean clockFilters(byte[] document) throws IOException {
        try {
            return design().viewFilter("clock", List.of(document), Waiter.PATIENT)[0];
        } catch (RequestException refused) {
            return false;
        }
    }
}
