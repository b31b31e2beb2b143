package archipel.http;

/** How long a request takes; the one place here that looks at a clock. */
final class Stopwatch {
    private final long start = System.nanoTime();

    long nanoseconds() {
        return System.nanoTime() - start;
    }

    long milliseconds() {
        return nanoseconds() / 1_000_000;
    }
}
