package archipel.node;

import archipel.document.RequestException;
import archipel.json.JsonSlice;
import archipel.node.NodeConnection.Answer;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a member of an ensemble has seen of elections. Each connection begins with all that the member still knows:
 * another one, or the same after a restart, counts from 1 again. So what was told before is told apart by its time.
 */
public final class MemberEvents {
    private static final Duration HEARTBEAT = Duration.ofSeconds(10);
    private static final Duration PATIENCE = HEARTBEAT.multipliedBy(3);
    private static final long LEAST_PAUSE_MS = 100;
    private static final long LONGEST_PAUSE_MS = 3_000;
    private static final String PATH = "/_ensemble/events";

    private final NodeConnection node;
    private final Listener listener;
    private Instant newest = Instant.MIN;
    private long pauseMs = LEAST_PAUSE_MS;

    public MemberEvents(NodeConnection node, Listener listener) {
        this.node = node;
        this.listener = listener;
    }

    /** Who is told. */
    public interface Listener {
        /** An event, after all that came before it; returns whether to go on. */
        boolean happened(JsonSlice event);

        /** There are no events for now, for this reason. */
        void interrupted(String reason);

        /** They come again. */
        void resumed();
    }

    /** Tells what there is. @throws NodeFailure where the node cannot be asked, or is in no ensemble */
    public void list() {
        try (Answer answer = checked(node.send("GET", PATH, null, PATIENCE))) {
            for (JsonSlice event : KeyValueStore.elements(answer.json(), "results")) {
                if (!listener.happened(event)) {
                    return;
                }
            }
        }
    }

    private Answer checked(Answer answer) {
        if (answer.status() / 100 == 2) {
            return answer;
        }
        try (answer) {
            throw Members.refused(node, answer, answer.json());
        }
    }

    /**
     * Tells what there is, and what happens from then on, until the listener has enough.
     *
     * @throws NodeFailure where the node cannot be reached at first, or refuses at any time
     */
    public void follow() throws InterruptedException {
        boolean reached = false;
        boolean told = false;
        while (true) {
            String why;
            try (Answer answer = checked(node.send("GET", path(), null, PATIENCE))) {
                if (told) {
                    listener.resumed();
                }
                reached = true;
                told = false;
                if (!follow(answer)) {
                    return;
                }
                why = "The node ended the feed";
            } catch (IOException e) {
                why = "The connection to " + node.url() + " was lost (" + e.getMessage() + ")";
            } catch (NodeFailure failure) {
                if ((failure.status() != 0 || !reached) && failure.status() / 100 != 5) {
                    throw failure;
                }
                why = String.valueOf(failure.getMessage());
            }
            if (!told) {
                listener.interrupted(why);
                told = true;
            }
            if (new CountDownLatch(1).await(pauseMs, TimeUnit.MILLISECONDS)) {
                return;
            }
            pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
        }
    }

    private static String path() {
        return PATH + "?feed=continuous&since=0&heartbeat=" + HEARTBEAT.toMillis();
    }

    /** Tells the events of one connection; returns whether to go on with another. */
    private boolean follow(Answer answer) throws IOException {
        Instant before = newest;
        for (byte[] line = answer.line(); line != null; line = answer.line()) {
            pauseMs = LEAST_PAUSE_MS;
            if (line.length == 0) {
                continue;
            }
            JsonSlice event = parsed(line);
            if (event.member("last_seq") != null) {
                return true;
            }
            Instant time = time(event);
            if (time == null) {
                throw new IOException(event.text("reason"));
            }
            if (time.isAfter(before)) {
                newest = time;
                if (!listener.happened(event)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static JsonSlice parsed(byte[] line) throws IOException {
        try {
            return JsonSlice.of(line);
        } catch (RequestException e) {
            throw new IOException("a line was cut off", e);
        }
    }

    private static @Nullable Instant time(JsonSlice event) {
        try {
            return Instant.parse(event.text("time"));
        } catch (DateTimeException e) {
            return null;
        }
    }
}
