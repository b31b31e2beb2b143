package archipel.http;

/**
 * How fast a client sends or takes bytes, counted over the time that was spent waiting for it alone. A client that is
 * slow now and then is let be; what counts is the average once {@link HttpSettings#transferTimeoutMs} was waited.
 */
final class Pace {
    private final long graceMs;
    private final long bytesPerSecond;
    private long bytes;
    private long waitedNanos;

    Pace(HttpSettings settings) {
        this.graceMs = settings.transferTimeoutMs();
        this.bytesPerSecond = settings.minimumBytesPerSecond();
    }

    /** Counts a step. @return whether it is not worth waiting any longer */
    boolean isTooSlow(int moved, Stopwatch waited) {
        bytes += moved;
        waitedNanos += waited.nanoseconds();
        long waitedMs = waitedNanos / 1_000_000;
        return waitedMs > graceMs && bytes * 1_000 / waitedMs < bytesPerSecond;
    }
}
