package archipel.coordination;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Warnings that clients can cause: one line in a while, so that nobody fills a disk with them. */
final class SeldomLines {
    private static final System.Logger LOG = System.getLogger(SeldomLines.class.getName());
    private static final long PAUSE_MS = 10_000;

    private final LongSupplier steadyMs;
    private final AtomicLong nextMs = new AtomicLong(Long.MIN_VALUE);
    private final AtomicLong untold = new AtomicLong();

    SeldomLines(LongSupplier steadyMs) {
        this.steadyMs = steadyMs;
    }

    /** @param text of one line */
    void warn(String text) {
        long nowMs = steadyMs.getAsLong();
        long next = nextMs.get();
        if (nowMs < next || !nextMs.compareAndSet(next, nowMs + PAUSE_MS)) {
            untold.incrementAndGet();
            return;
        }
        long others = untold.getAndSet(0);
        LOG.log(System.Logger.Level.WARNING, others == 0 ? text : text + " (" + others + " more such lines)");
    }
}
