package archipel.report;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** The one place of the benchmarks that reads the clock; load is about real time. */
public final class Ticks {
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private Ticks() {}

    /** Nanoseconds from an arbitrary origin; only differences mean something. */
    public static long now() {
        return System.nanoTime();
    }

    /** Processor time that this process has used, all threads together. */
    public static long ownCpuNs() {
        return SYSTEM.getProcessCpuTime();
    }

    /** Waits at least that long, unless interrupted. */
    public static void pause(Duration duration) {
        long until = now() + duration.toNanos();
        for (long left = duration.toNanos();
                left > 0 && !Thread.currentThread().isInterrupted();
                left = until - now()) {
            LockSupport.parkNanos(left);
        }
    }
}
