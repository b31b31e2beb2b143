package archipel.changes;

/**
 * A clock for durations: it never goes back, whatever happens to the system's time, and says nothing about the date.
 */
@FunctionalInterface
public interface SteadyClock {
    /** Milliseconds since some moment that stays the same. */
    long millis();

    /** The machine's. */
    static SteadyClock system() {
        return Deadline.steadyMs()::getAsLong;
    }
}
