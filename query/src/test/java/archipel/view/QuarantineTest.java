package archipel.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Waiter;
import archipel.document.RequestException;
import archipel.index.Gap;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What functions that do not end cost others, and those that call them. */
final class QuarantineTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final byte[] GOOD = bytes("{\"good\":true}");
    private static final byte[] BAD = bytes("{\"good\":false}");
    private static final byte[] NOBODY = bytes("{}");

    private static Scripts scripts(Duration time, int threads) {
        Scripts scripts = new Scripts(new ScriptLimits(time, 64L << 20, threads, 16, 2, LONG, 3));
        // Loads the engine.
        scripts.check("db", "map", "first", "function(doc){}");
        return scripts;
    }

    private static @Nullable RequestException validate(DesignScripts design, byte[] document) {
        return design.validate(document, null, NOBODY, NOBODY);
    }

    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void run_whileFunctionsOfManyDatabasesDoNotEnd_waitsForNone() throws Exception {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
                Scripts scripts = scripts(LONG, 1)) {
            CountDownLatch begun = new CountDownLatch(6);
            List<Future<?>> endless = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                DesignScripts design = scripts.design(
                        "attacker" + i / 2,
                        bytes("{\"validate_doc_update\":\"function(){ for(;;); }\",\"n\":" + i + "}"));
                endless.add(callers.submit(() -> {
                    begun.countDown();
                    validate(design, BAD);
                }));
            }
            begun.await();
            DesignScripts calm = scripts.design("calm", bytes("{\"validate_doc_update\":\"function(){}\"}"));

            for (int i = 0; i < 10; i++) {
                assertNull(validate(calm, GOOD));
            }

            assertTrue(endless.stream().noneMatch(Future::isDone), "it waited for one of them");
        }
    }

    @Test
    void validate_thatRunsIntoItsLimitsAgain_isNotCalledForAWhile() throws IOException {
        String source = "function(doc){ while (!doc.good); }";
        try (Scripts scripts = scripts(Duration.ofMillis(200), 1)) {
            DesignScripts design = scripts.design(
                    "db",
                    bytes("{\"_id\":\"_design/x\",\"validate_doc_update\":\"" + source
                            + "\",\"filters\":{\"f\":\"function(){return true}\"}}"));
            assertNull(validate(design, GOOD));
            assertEquals("os_process_error", error(validate(design, BAD)));
            assertNull(validate(design, GOOD));
            assertEquals("os_process_error", error(validate(design, BAD)));

            RequestException refusal = assertNotNullAndGet(validate(design, GOOD));
            assertEquals("function_quarantined", refusal.error());
            assertEquals(503, refusal.status());
            String reason = new String(refusal.reasonJson(), StandardCharsets.UTF_8);
            assertTrue(
                    reason.startsWith("\"The function validate_doc_update of _design/x ran into its limits"), reason);

            // Neither another function, nor the same of another database, nor once it was changed.
            assertEquals(1, design.filter("f", List.of(GOOD), NOBODY, Waiter.PATIENT).length);
            byte[] same = bytes("{\"_id\":\"_design/x\",\"validate_doc_update\":\"" + source + "\"}");
            assertNull(validate(scripts.design("other", same), GOOD));
            byte[] changed = bytes("{\"_id\":\"_design/x\",\"validate_doc_update\":\"" + source + " \"}");
            assertNull(validate(scripts.design("db", changed), GOOD));
        }
    }

    @Test
    void reduce_thatRunsIntoItsLimitsAgain_isNotCalledForAWhile() {
        try (Scripts scripts = scripts(Duration.ofMillis(100), 1)) {
            DesignScripts design = scripts.design("db", bytes("{\"_id\":\"_design/x\"}"));
            var reducer = design.reducer("function(k, v, r){ for(;;); }");
            for (int i = 0; i < 2; i++) {
                assertEquals(
                        "os_process_error",
                        assertThrows(RequestException.class, () -> reducer.rereduce(List.of(GOOD)))
                                .error());
            }
            assertEquals(
                    "function_quarantined",
                    assertThrows(RequestException.class, () -> reducer.rereduce(List.of(GOOD)))
                            .error());
        }
    }

    @Test
    void map_thatNeverEnds_failsItsViewAfterAFewDocuments() {
        Mapper.Failures failures = new Mapper.Failures(Map.of());
        List<String> sources = List.of("function(doc){ emit(1) }", "function(doc){ while (!doc.good); emit(2) }");
        try (Scripts scripts = scripts(Duration.ofMillis(200), 1);
                Mapper mapper =
                        scripts.design("db", bytes("{\"_id\":\"_design/x\"}")).mapper(sources, failures)) {
            List<byte[]> documents = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                documents.add(bytes("{\"_id\":\"d" + i + "\",\"good\":" + (i % 2 == 0) + "}"));
            }

            List<List<Emission>> rows = mapper.map(documents);

            assertTrue(
                    rows.stream()
                            .allMatch(row -> !row.isEmpty() && row.getFirst().view() == 0),
                    "the other view");
            assertEquals(2, rows.getFirst().size());
            assertEquals(Map.of(1, "it took too long with 3 documents, the last \"d5\""), failures.failed());
            assertEquals(3, mapper.errors());
            assertEquals(
                    List.of(
                            new Mapper.Ended(1, 1, "it took too long"),
                            new Mapper.Ended(3, 1, "it took too long"),
                            new Mapper.Ended(5, 1, "it took too long")),
                    mapper.ended());
            assertEquals(1, mapper.map(documents).get(1).size());
            assertEquals(List.of(), mapper.ended(), "the last call's alone; what has failed is not called");
        }
    }

    @Test
    void map_thatNeverEnded_countsWhatWasLeftOutBefore() {
        Mapper.Failures failures = new Mapper.Failures(
                Map.of(), List.of(new Gap(0, "a", 1, 2, "slow"), new Gap(0, "b", 1, Long.MAX_VALUE, "slow")));
        try (Scripts scripts = scripts(Duration.ofMillis(200), 1);
                Mapper mapper = scripts.design("db", bytes("{\"_id\":\"_design/x\"}"))
                        .mapper(List.of("function(doc){ for(;;); }"), failures)) {
            mapper.map(List.of(bytes("{\"_id\":\"c\"}")));
            assertTrue(failures.failed().containsKey(0), "with the third");
        }
    }

    private static String error(@Nullable RequestException refusal) {
        return assertNotNullAndGet(refusal).error();
    }

    private static RequestException assertNotNullAndGet(@Nullable RequestException refusal) {
        assertNotNull(refusal);
        return refusal;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
