package archipel.leases;

import archipel.calls.Call;
import archipel.calls.Lines;
import archipel.calls.Permit;
import archipel.calls.StreamedReply;
import archipel.failures.ArchipelException;
import archipel.failures.CallInterruptedException;
import archipel.failures.ErrorAnswer;
import archipel.failures.ServerFaultException;
import java.io.IOException;
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
    private @Nullable LockStatus next;
    private @Nullable LockStatus shown;
    private @Nullable Lines lines;
    private int brokenOff;
    private volatile @Nullable StreamedReply reply;
    private volatile boolean closed;

    LockFeed(LockCalls calls, String name) {
        this.calls = calls;
        this.name = name;
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
        while (next == null && !closed) {
            try {
                Lines from = lines;
                if (from == null) {
                    connect();
                } else {
                    take(from.next());
                }
            } catch (IOException lost) {
                disconnect();
                if (Thread.currentThread().isInterrupted()) {
                    throw new CallInterruptedException(what());
                }
                brokenOff++;
            } catch (ArchipelException | IllegalStateException e) {
                disconnect();
                if (!closed) {
                    throw e;
                }
            }
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

    private String what() {
        return "follow the lock " + name;
    }

    private void connect() {
        calls.transport().pause(what(), brokenOff);
        StreamedReply opened = calls.transport()
                .open(Call.read(LockCalls.path(name))
                        .with("feed", "eventsource")
                        .with("heartbeat", Long.toString(HEARTBEAT.toMillis()))
                        .silence(HEARTBEAT.multipliedBy(3))
                        .header("Accept", "text/event-stream")
                        .under(Permit.unless(() -> closed)));
        reply = opened;
        lines = new Lines(what(), opened.body(), LONGEST_LINE);
        if (closed) {
            disconnect();
        }
    }

    private void take(byte @Nullable [] line) throws IOException {
        if (line == null) {
            throw new IOException("The feed broke off.");
        }
        String text = new String(line, StandardCharsets.UTF_8);
        if (text.startsWith(DATA) && !text.substring(DATA.length()).isBlank()) {
            try {
                JsonNode row = calls.read(text.substring(DATA.length()));
                LockStatus status = LockStatus.of(row);
                // Its end is a row as well, which names no lock.
                next = !row.has("name") || status.isAs(shown) ? null : status;
                brokenOff = 0;
            } catch (JacksonException e) {
                throw new ServerFaultException(
                        what(), ErrorAnswer.none("bad_answer", "A line is no JSON: " + e.getOriginalMessage()));
            }
        }
    }

    private void disconnect() {
        lines = null;
        StreamedReply open = reply;
        reply = null;
        close(open);
    }

    private static void close(@Nullable StreamedReply open) {
        if (open != null) {
            try {
                open.close();
            } catch (IOException gone) {
                // It is closed either way.
                return;
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        close(reply);
    }
}
