package archipel.leases;

import archipel.calls.Call;
import archipel.calls.FollowedLines;
import archipel.calls.Permit;
import archipel.calls.StreamedReply;
import archipel.failures.ArchipelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Who has a lock, again whenever that changes. {@link #next} blocks until it does. Where a node goes away, it goes on
 * at another one: changes meanwhile are shown as the last of them. To be read by one thread; any thread may close it.
 */
public final class LockFeed implements Iterator<LockStatus>, AutoCloseable {
    private static final String DATA = "data:";
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);
    private static final int LONGEST_LINE = 1 << 20;

    private final LockCalls calls;
    private final String name;
    private final FollowedLines feed;
    private @Nullable LockStatus next;
    private @Nullable LockStatus shown;

    LockFeed(LockCalls calls, String name) {
        this.calls = calls;
        this.name = name;
        this.feed = new FollowedLines("follow the lock " + name, calls.transport(), LONGEST_LINE, this::open);
    }

    /**
     * Whether there is another one; blocks until there is.
     *
     * @return false once the feed is closed
     * @throws ArchipelException where no node answers for as long as the client is patient, or what comes is no lock;
     *     the feed can be asked again
     */
    @Override
    public boolean hasNext() {
        while (next == null && !feed.isClosed()) {
            feed.step(this::take);
        }
        return next != null;
    }

    @Override
    public LockStatus next() {
        if (!hasNext() || next == null) {
            throw new NoSuchElementException();
        }
        LockStatus status = next;
        shown = status;
        next = null;
        return status;
    }

    private StreamedReply open(Permit permit) {
        return calls.transport()
                .open(Call.read(LockCalls.path(name))
                        .with("feed", "eventsource")
                        .with("heartbeat", Long.toString(HEARTBEAT.toMillis()))
                        .silence(HEARTBEAT.multipliedBy(3))
                        .header("Accept", "text/event-stream")
                        .under(permit));
    }

    private void take(byte[] line) {
        String text = new String(line, StandardCharsets.UTF_8);
        if (text.startsWith(DATA) && !text.substring(DATA.length()).isBlank()) {
            try {
                JsonNode row = calls.read(text.substring(DATA.length()));
                LockStatus status = LockStatus.of(row);
                // Its end is a row as well, which names no lock.
                next = !row.has("name") || status.isAs(shown) ? null : status;
                feed.progressed();
            } catch (JacksonException e) {
                throw feed.noJson(e);
            }
        }
    }

    @Override
    public void close() {
        feed.close();
    }
}
