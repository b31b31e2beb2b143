package archipel.http;

import archipel.connections.Refusals;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/** The piece of one request's body or answer that its thread waits for. */
final class Transfer {
    private final Request request;
    private volatile @Nullable Wait wait;

    Transfer(Request request) {
        this.request = request;
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
        wait = new Wait(since, body);
        return since;
    }

    /** It waits no longer. */
    void end() {
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
        if (now != null && now.since.milliseconds() > (now.body ? bodyMs : answerMs)) {
            Refusals.breakOff(
                    request,
                    new TimeoutException(now.body ? "a body did not come in time" : "an answer was not taken in time"));
        }
    }

    private record Wait(Stopwatch since, boolean body) {}
}
