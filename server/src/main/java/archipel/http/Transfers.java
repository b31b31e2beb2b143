package archipel.http;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.server.Response;

/**
 * The pieces of answers that are on their way. A client that takes a piece drop by drop keeps its connection from ever
 * being idle, and what the answer reads from open: after a while it is closed.
 */
final class Transfers {
    /** A piece may take this many times as long as a client may take nothing at all. */
    private static final int PATIENCE = 4;

    private final HttpSettings settings;
    private final Map<Response, Stopwatch> underWay = new ConcurrentHashMap<>();

    Transfers(HttpSettings settings) {
        this.settings = settings;
    }

    AnswerOutput of(Response response) {
        return new AnswerOutput(response, this, new Pace(settings));
    }

    Stopwatch begin(Response response) {
        Stopwatch stopwatch = new Stopwatch();
        underWay.put(response, stopwatch);
        return stopwatch;
    }

    void end(Response response) {
        underWay.remove(response);
    }

    /** Closes the connections of those that took too long. */
    void closeLate() {
        long allowedMs = settings.transferTimeoutMs() * PATIENCE;
        underWay.forEach((response, stopwatch) -> {
            if (stopwatch.milliseconds() > allowedMs) {
                response.getRequest()
                        .getConnectionMetaData()
                        .getConnection()
                        .getEndPoint()
                        .close(new java.util.concurrent.TimeoutException("an answer was not taken in time"));
            }
        });
    }
}
