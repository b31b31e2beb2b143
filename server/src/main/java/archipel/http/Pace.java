package archipel.http;

import java.util.function.BooleanSupplier;

/**
 * How fast a client sends or takes bytes, counted over the time that was spent waiting for it alone. A client that is
 * slow now and then is let be; what counts is the average once {@link HttpSettings#transferTimeoutMs} was waited, or a
 * quarter of that, and four times the rate, where it has to hurry.
 */
final class Pace {
    private final long graceMs;
    private final long bytesPerSecond;
    private final BooleanSupplier hurry;
    private long bytes;
    private long waitedNanos;

    /** @param hurry asked at each step */
    Pace(HttpSettings settings, BooleanSupplier hurry) {
        this.hurry = hurry;
        this.graceMs = settings.transferTimeoutMs();
        this.bytesPerSecond = settings.minimumBytesPerSecond();
    }

    /** Counts a step. @return whether it is not worth waiting any longer */
    boolean isTooSlow(int moved, Stopwatch waited) {
        bytes += moved;
        waitedNanos += waited.nanoseconds();
        long waitedMs = waitedNanos / 1_000_000;
        int factor = hurry.getAsBoolean() ? Transfers.HURRY : 1;
        return waitedMs > graceMs / factor && bytes * 1_000 / waitedMs < bytesPerSecond * factor;
    }
}
