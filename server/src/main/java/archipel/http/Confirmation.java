package archipel.http;

/**
 * Whether a request may go on: its sender is asked for again, as is what it may do. For one thread.
 *
 * <p>Nothing is asked of a request that is over as fast as most are.
 */
final class Confirmation {
    /** What was established less than so long ago holds. */
    private static final long FRESH_MS = 100;

    private final Stopwatch age = new Stopwatch();
    private final Runnable check;

    /** @param check throws where the sender is not who it was, or may not do what it asks for any more */
    Confirmation(Runnable check) {
        this.check = check;
    }

    void now() {
        check.run();
    }

    /** Where the request has been under way for a while. */
    void ifLate() {
        if (age.milliseconds() >= FRESH_MS) {
            check.run();
        }
    }
}
