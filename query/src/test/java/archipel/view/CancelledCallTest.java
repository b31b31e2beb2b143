package archipel.view;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Waiter;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls of functions that nobody waits for any more. */
@Timeout(120)
final class CancelledCallTest {
    private static final List<byte[]> DOCUMENT = List.of(bytes("{}"));
    private static final byte[] REQUEST = bytes("{}");

    /** A function may take longer than the test. */
    private static Scripts scripts() {
        return new Scripts(new ScriptLimits(Duration.ofHours(1), 64L << 20, 1, 16));
    }

    private static DesignScripts design(Scripts scripts) {
        return scripts.design(
                "db",
                bytes("{\"_id\":\"_design/x\",\"filters\":{\"endless\":\"function(){ for(;;); }\","
                        + "\"quick\":\"function(){ return true; }\"},"
                        + "\"views\":{\"endless\":{\"map\":\"function(){ for(;;); }\"}}}"));
    }

    private static Waiter until(CountDownLatch gone) {
        return () -> {
            if (gone.getCount() == 0) {
                throw new EOFException("gone");
            }
            return 10;
        };
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
                calls.add(callers.submit(() -> design.filter("endless", DOCUMENT, REQUEST, until(gone))));
            }
            Future<?> ofView = callers.submit(() -> design.viewFilter("endless", DOCUMENT, until(gone)));
            calls.add(ofView);

            gone.countDown();

            for (Future<?> call : calls) {
                assertEquals(
                        EOFException.class,
                        assertThrows(ExecutionException.class, call::get)
                                .getCause()
                                .getClass());
            }
            assertTrue(design.filter("quick", DOCUMENT, REQUEST, Waiter.PATIENT)[0], "the threads are free again");
        }
    }

    @Test
    void filter_whoseCallerIsGoneFromTheStart_isNotCalled() {
        try (Scripts scripts = scripts()) {
            DesignScripts design = design(scripts);
            assertThrows(
                    IOException.class, () -> design.filter("endless", DOCUMENT, REQUEST, until(new CountDownLatch(0))));
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
