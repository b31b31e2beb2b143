package archipel.http;

import archipel.connections.Refusals;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** The piece of one request's body or answer that its thread waits for. */
final class Transfer {
    private final Request request;
    private volatile @Nullable Wait wait;
    private volatile long mostMs = Long.MAX_VALUE;
    /** For the request's own thread. */
    private long waitedNanos;

    Transfer(Request request) {
        this.request = request;
    }

    /** From now on the client may be waited for so many milliseconds in all, for its body and the answer together. */
    void limit(long milliseconds) {
        mostMs = milliseconds;
    }

    /** The thread begins to wait for a piece of the body. */
    Stopwatch read() {
        return begin(true);
    }

    /** The thread begins to wait until the client takes a piece of the answer. */
    Stopwatch write() {
        return begin(false);
    }

    private Stopwatch begin(boolean body) {
        Stopwatch since = new Stopwatch();
        wait = new Wait(since, body, waitedNanos / 1_000_000);
        return since;
    }

    /** It waits no longer. */
    void end() {
        Wait ended = wait;
        if (ended != null) {
            waitedNanos += ended.since.nanoseconds();
        }
        wait = null;
    }

    /**
     * Ends the request where it has waited for too long, so that its thread goes on with an error.
     *
     * @param bodyMs how long it may wait for a piece of the body
     * @param answerMs how long for the client to take a piece of the answer
     */
    void breakOffAfter(long bodyMs, long answerMs) {
        Wait now = wait;
        if (now == null) {
            return;
        }
        long waitedMs = now.since.milliseconds();
        if (waitedMs > (now.body ? bodyMs : answerMs) || now.beforeMs + waitedMs > mostMs) {
            Refusals.breakOff(
                    request,
                    new TimeoutException(now.body ? "a body did not come in time" : "an answer was not taken in time"));
        }
    }

    /** @param beforeMs how long the client was waited for before */
    private record Wait(Stopwatch since, boolean body, long beforeMs) {}
}
