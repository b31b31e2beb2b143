package archipel.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Waiter;
import archipel.index.IndexRow;
import java.io.EOFException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls of functions that nobody waits for any more. */
@Timeout(120)
final class CancelledCallTest {
    private static final List<byte[]> QUICK = List.of(bytes("{}"));
    private static final List<byte[]> ENDLESS = List.of(bytes("{\"endless\":true}"));
    private static final byte[] REQUEST = bytes("{}");

    /** A function may take longer than the test. */
    private static Scripts scripts() {
        return new Scripts(new ScriptLimits(Duration.ofHours(1), 64L << 20, 1, 16));
    }

    private static DesignScripts design(Scripts scripts) {
        return scripts.design("db", bytes("""
                {"_id":"_design/x",
                 "filters":{"f":"function(doc){ while (doc.endless); return true; }"},
                 "views":{"v":{"map":"function(doc){ while (doc.endless); emit(1); }"}}}"""));
    }

    private static void awaitEntered(Scripts scripts) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> scripts.pool().entered() > 0);
    }

    private static Waiter until(CountDownLatch gone) {
        return () -> {
            if (gone.getCount() == 0) {
                throw new EOFException("gone");
            }
            return 10;
        };
    }

    private static void assertGone(Future<?> call) {
        assertEquals(
                EOFException.class,
                assertThrows(ExecutionException.class, call::get).getCause().getClass());
    }

    @Test
    void call_whoseCallerIsGone_endsWhileItRuns() throws Exception {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
                Scripts scripts = scripts()) {
            DesignScripts design = design(scripts);
            Reduction reducer =
                    new LimitedReducer(design.reducer("function(k, values){ while (values[0] > 0); return 1; }"));
            // What runs below is the function then, and not the making of its sandbox.
            assertTrue(design.filter("f", QUICK, REQUEST, Waiter.PATIENT)[0]);
            assertTrue(design.viewFilter("v", QUICK, Waiter.PATIENT)[0]);
            assertEquals("1", new String(reducer.reduce(rows("0")), StandardCharsets.UTF_8));
            for (int kind = 0; kind < 3; kind++) {
                CountDownLatch gone = new CountDownLatch(1);
                Waiter caller = until(gone);
                Future<?> call = switch (kind) {
                    case 0 -> callers.submit(() -> design.filter("f", ENDLESS, REQUEST, caller));
                    case 1 -> callers.submit(() -> design.viewFilter("v", ENDLESS, caller));
                    default ->
                        callers.submit(() -> {
                            try {
                                return reducer.awaitedBy(caller).reduce(rows("1"));
                            } catch (ScriptReducer.GivenUp e) {
                                throw e.getCause();
                            }
                        });
                };
                awaitEntered(scripts);
                gone.countDown();
                assertGone(call);
                Awaitility.await()
                        .atMost(Duration.ofMinutes(1))
                        .until(() -> scripts.pool().entered() == 0);
            }
            assertTrue(design.filter("f", QUICK, REQUEST, Waiter.PATIENT)[0], "the thread is free again");
        }
    }

    @Test
    void filter_whoseCallersAreGone_endsWhetherItRunsOrWaits() throws Exception {
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
                Scripts scripts = scripts()) {
            DesignScripts design = design(scripts);
            CountDownLatch gone = new CountDownLatch(1);
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                // Of these one runs, or two, since one that is slow makes way; the others wait for their turn.
                calls.add(callers.submit(() -> design.filter("f", ENDLESS, REQUEST, until(gone))));
            }
            calls.add(callers.submit(() -> design.viewFilter("v", ENDLESS, until(gone))));
            awaitEntered(scripts);

            gone.countDown();

            calls.forEach(CancelledCallTest::assertGone);
            assertTrue(design.filter("f", QUICK, REQUEST, Waiter.PATIENT)[0], "the threads are free again");
        }
    }

    @Test
    void run_callerGoneFromTheStart_isNotCalled() throws Exception {
        AtomicInteger called = new AtomicInteger();
        try (ScriptThreads threads = new ScriptThreads("cancelled", 1, new ScriptThreads.HeapShare(64L << 20))) {
            threads.run("db", () -> "a thread is there, and idle");
            for (int i = 0; i < 1_000; i++) {
                assertThrows(
                        EOFException.class,
                        () -> threads.run("db", called::incrementAndGet, until(new CountDownLatch(0))));
            }
            threads.run("db", () -> "what came before it was passed over");
        }
        assertEquals(0, called.get());
    }

    @Test
    void run_callerGoneWhileItWaits_isNotCalled() throws Exception {
        AtomicInteger called = new AtomicInteger();
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        // The first look is before it is in the queue.
        CountDownLatch waits = new CountDownLatch(2);
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
                ScriptThreads threads = new ScriptThreads("cancelled", 1, new ScriptThreads.HeapShare(64L << 20))) {
            CountDownLatch runs = new CountDownLatch(1);
            Future<?> first = callers.submit(() -> threads.run("db", () -> {
                runs.countDown();
                return busy.await(1, TimeUnit.MINUTES);
            }));
            assertTrue(runs.await(1, TimeUnit.MINUTES));
            Future<?> second = callers.submit(() -> threads.run("db", called::incrementAndGet, () -> {
                waits.countDown();
                return until(gone).check();
            }));
            assertTrue(waits.await(1, TimeUnit.MINUTES), "it waits");
            gone.countDown();
            assertGone(second);
            busy.countDown();
            first.get();
            threads.run("db", () -> "what came before it was passed over");
        }
        assertEquals(0, called.get());
    }

    private static List<IndexRow> rows(String value) {
        return List.of(new IndexRow(0, new byte[] {1}, "a", 0, bytes("null"), bytes(value)));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
