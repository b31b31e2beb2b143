package archipel.auth;

/**
 * A clock for durations: it never goes back, whatever happens to the system's time, and says nothing about the date.
 */
@FunctionalInterface
public interface SteadyClock {
    /** Milliseconds since some moment that stays the same. */
    long millis();

    /** The machine's. */
    static SteadyClock system() {
        long startNanos = System.nanoTime();
        return () -> (System.nanoTime() - startNanos) / 1_000_000;
    }
}
