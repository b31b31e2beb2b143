package archipel.changes;

import java.time.Duration;
import java.util.function.LongSupplier;

/** A moment on the monotonic clock; the one place here that reads it. Never part of what is stored. */
public record Deadline(long nanos) {
    public static Deadline after(Duration delay) {
        long now = System.nanoTime();
        // Durations too long for nanoseconds (292 years) mean: never.
        long length = delay.compareTo(Duration.ofDays(36_500)) > 0 ? Long.MAX_VALUE / 2 : delay.toNanos();
        return new Deadline(now + length);
    }

    /** A clock for durations, in milliseconds from now on; never jumps, whatever happens to the system's time. */
    public static LongSupplier steadyMs() {
        long startNanos = System.nanoTime();
        return () -> (System.nanoTime() - startNanos) / 1_000_000;
    }

    public boolean hasPassed() {
        return remainingNanos() <= 0;
    }

    public long remainingNanos() {
        return nanos - System.nanoTime();
    }
}
