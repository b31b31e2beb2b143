package archipel.linearizability;

/**
 * How an operation ended for its client.
 *
 * @param <R> what a call returns
 */
public sealed interface Outcome<R> {
    /** The answer came: the operation took effect once, before it. */
    record Returned<R>(R result) implements Outcome<R> {
        @Override
        public String toString() {
            return result.toString();
        }
    }

    /**
     * Nobody knows: the operation may take effect at any time after its call, even long after the client gave up,
     * once or never.
     *
     * @param reason such as a timeout
     */
    record Unknown<R>(String reason) implements Outcome<R> {
        @Override
        public String toString() {
            return "unknown (" + reason + ")";
        }
    }

    /**
     * It is certain that the operation took no effect and never will. A refusal that tells something about the state,
     * such as a conflict, is a result and not a failure.
     */
    record Failed<R>(String reason) implements Outcome<R> {
        @Override
        public String toString() {
            return "failed (" + reason + ")";
        }
    }
}
