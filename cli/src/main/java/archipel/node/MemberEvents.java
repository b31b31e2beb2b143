package archipel.node;

import archipel.json.JsonSlice;
import archipel.node.NodeConnection.Answer;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a member of an ensemble has seen of elections. Each connection begins with all that the member still knows:
 * another one, or the same after a restart, counts from 1 again. So what was told before is told apart by its time.
 */
public final class MemberEvents {
    private static final String PATH = "/_ensemble/events";

    private final NodeConnection node;
    private final Listener listener;
    private Instant newest = Instant.MIN;
    // What was told on earlier connections is not later than that.
    private Instant before = Instant.MIN;

    public MemberEvents(NodeConnection node, Listener listener) {
        this.node = node;
        this.listener = listener;
    }

    /** Who is told. */
    public interface Listener extends FeedListener {
        /** An event, after all that came before it; returns whether to go on. */
        boolean happened(JsonSlice event);
    }

    /** Tells what there is. @throws NodeFailure where the node cannot be asked, or is in no ensemble */
    public void list() {
        try (Answer answer = checked(node.send("GET", PATH, null, FeedLoop.PATIENCE))) {
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
        new FeedLoop(node, new Events(), listener).run();
    }

    private final class Events implements FeedLoop.Feed {
        @Override
        public Answer connect() {
            before = newest;
            return checked(node.send(
                    "GET",
                    PATH + "?feed=continuous&since=0&heartbeat=" + FeedLoop.HEARTBEAT.toMillis(),
                    null,
                    FeedLoop.PATIENCE));
        }

        @Override
        public FeedLoop.Next take(JsonSlice event) throws IOException {
            if (event.member("last_seq") != null) {
                return FeedLoop.Next.CONNECTION;
            }
            Instant time = time(event);
            if (time == null) {
                throw new IOException(event.text("reason"));
            }
            if (!time.isAfter(before)) {
                return FeedLoop.Next.LINE;
            }
            newest = time;
            return listener.happened(event) ? FeedLoop.Next.LINE : FeedLoop.Next.NOTHING;
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
