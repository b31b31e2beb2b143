package archipel.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class FatalErrorsTest {
    private final AtomicInteger ends = new AtomicInteger();
    private final FatalErrors errors = new FatalErrors(ends::incrementAndGet);

    @Test
    void uncaught_outOfMemory_endsTheProcess() throws InterruptedException {
        Thread thread = new Thread(() -> {
            throw new OutOfMemoryError("for a test");
        });
        thread.setUncaughtExceptionHandler(errors);
        thread.start();
        thread.join();

        assertEquals(1, ends.get());
    }

    @Test
    void uncaught_errorThatFollows_endsTheProcess() {
        errors.uncaughtException(Thread.currentThread(), new NoClassDefFoundError("for a test"));

        assertEquals(1, ends.get());
    }

    @Test
    void uncaught_anythingElse_endsItsThreadAlone() {
        errors.uncaughtException(Thread.currentThread(), new IllegalStateException("for a test"));

        assertEquals(0, ends.get());
    }
}
