package archipel.http;

/** Hears of every request that was answered. Called on the request's own thread: has to be cheap and never to throw. */
@FunctionalInterface
public interface RequestMetrics {
    RequestMetrics NONE = (verb, status, nanoseconds) -> {};

    /**
     * @param status of the answer; 0 where none could be sent
     * @param nanoseconds from the request's head to the end of its answer
     */
    void answered(Verb verb, int status, long nanoseconds);
}
