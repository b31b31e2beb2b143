package archipel.failures;

/**
 * The calling thread was interrupted while it waited; its interrupt status is set. Of a write that was under way the
 * outcome is unknown.
 */
public final class CallInterruptedException extends ArchipelException {
    /** @param what which request, for people */
    public CallInterruptedException(String what) {
        super(what, ErrorAnswer.none("interrupted", "The thread was interrupted while it waited."), null);
    }
}
