package archipel.calls;

/** A clock that never goes back and never jumps, whatever becomes of the machine's time. */
@FunctionalInterface
public interface SteadyClock {
    /** Nanoseconds since some moment, which is the same as long as the process runs. */
    long nanos();

    /** That of the machine. */
    static SteadyClock machine() {
        return System::nanoTime;
    }
}
