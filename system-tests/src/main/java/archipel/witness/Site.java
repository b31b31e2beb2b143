package archipel.witness;

import archipel.testimony.Recorder;
import archipel.testimony.Seen;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/** What all clients of a run share: the node, the record, and when to end. For any number of threads. */
final class Site {
    private static final long BETWEEN_KNOCKS_MS = 25;

    private final Plan plan;
    private final Endpoint endpoint;
    private final Recorder recorder;
    private final Shelf shelf = new Shelf();
    private final InstantSource clock = InstantSource.system();
    private final long endMs;
    private final Object door = new Object();

    Site(Plan plan, Endpoint endpoint, Recorder recorder) {
        this.plan = plan;
        this.endpoint = endpoint;
        this.recorder = recorder;
        this.endMs = clock.millis() + plan.length().toMillis();
    }

    Plan plan() {
        return plan;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    Recorder recorder() {
        return recorder;
    }

    Shelf shelf() {
        return shelf;
    }

    boolean isOver() {
        return clock.millis() >= endMs || recorder.events() >= plan.requests();
    }

    /** Of the clock that {@link #pause} counts from. */
    long now() {
        return clock.millis();
    }

    /** Lets time pass until the next request is due. */
    void pause(long lastRequestMs) throws InterruptedException {
        long dueMs = lastRequestMs + 1000 / plan.perSecond();
        long leftMs = Math.min(dueMs, endMs) - clock.millis();
        if (leftMs > 0) {
            TimeUnit.MILLISECONDS.sleep(leftMs);
        }
    }

    /**
     * After an answer that never came: returns once the node answers. One client knocks, the others wait for it.
     *
     * @throws IOException when the node stays away
     */
    void awaitNode() throws IOException, InterruptedException {
        synchronized (door) {
            if (endpoint.isUp()) {
                return;
            }
            recorder.mark(Seen.Mark.AWAY);
            Duration most = plan.away();
            for (long leftMs = most.toMillis(); leftMs > 0; leftMs -= BETWEEN_KNOCKS_MS) {
                TimeUnit.MILLISECONDS.sleep(BETWEEN_KNOCKS_MS);
                if (endpoint.isUp()) {
                    recorder.mark(Seen.Mark.BACK);
                    return;
                }
            }
            throw new IOException("the node has not answered for " + most.toSeconds() + " s");
        }
    }
}
