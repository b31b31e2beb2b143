package archipel.log;

/**
 * A command that failed could not be taken back by itself: what the round has is no state, and must not be written. The
 * round is to be rolled back as a whole, with all of its batch. No fault of a command, which a log may go on after.
 */
public final class BrokenRoundError extends Error {
    private static final long serialVersionUID = 1L;

    public BrokenRoundError(Throwable cause) {
        super("a command could not be taken back", cause);
    }
}
