package archipel.http;

/** How long a request takes; the one place here that looks at a clock. */
public final class Stopwatch {
    private final long start = System.nanoTime();

    public long nanoseconds() {
        return System.nanoTime() - start;
    }

    public long milliseconds() {
        return nanoseconds() / 1_000_000;
    }
}
