package archipel.cli;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;

/**
 * Notices that the process does nothing but collect garbage: its heap is full, and it answers nobody. Whoever
 * supervises the process can then start it anew, which it cannot while the process lives on like that. For one thread.
 */
final class ExhaustedHeap {
    /** Of the time between two checks, percent. */
    private static final int COLLECTING_PERCENT = 90;

    private static final int CHECKS = 4;

    private final LongSupplier uptimeMs;
    private final LongSupplier collectingMs;
    private final Runnable end;
    private long uptimeBefore;
    private long collectingBefore;
    private int exhausted;

    /**
     * @param uptimeMs for how long the process has been running
     * @param collectingMs how much of that it was stopped to collect garbage
     * @param end how the process is ended
     */
    ExhaustedHeap(LongSupplier uptimeMs, LongSupplier collectingMs, Runnable end) {
        this.uptimeMs = uptimeMs;
        this.collectingMs = collectingMs;
        this.end = end;
    }

    /** The JVM's. */
    static ExhaustedHeap ofJvm(Runnable end) {
        return new ExhaustedHeap(
                ManagementFactory.getRuntimeMXBean()::getUptime,
                () -> ManagementFactory.getGarbageCollectorMXBeans().stream()
                        .mapToLong(GarbageCollectorMXBean::getCollectionTime)
                        .sum(),
                end);
    }

    /** To be called at regular times, some seconds apart. */
    void check() {
        long uptime = uptimeMs.getAsLong();
        long collecting = collectingMs.getAsLong();
        long passed = uptime - uptimeBefore;
        exhausted =
                (collecting - collectingBefore) * 100 > passed * COLLECTING_PERCENT && passed > 0 ? exhausted + 1 : 0;
        uptimeBefore = uptime;
        collectingBefore = collecting;
        if (exhausted == CHECKS) {
            end.run();
        }
    }
}
