package archipel.load;

import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.MarkerCounter;
import archipel.rawhttp.UnexpectedAnswerException;
import archipel.report.Ticks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Open continuous feeds of one database, each read by a virtual thread that counts the changes it gets. */
final class Feeds implements AutoCloseable {
    private static final int BUFFER_BYTES = 4 << 10;
    private static final String ROW = "\"changes\":[{\"rev\":\"";

    private final List<HttpConnection> connections = new ArrayList<>();
    private final AtomicInteger opened = new AtomicInteger();
    /** Changes got by all feeds together: as many as feeds times changes when nobody waits for any. */
    private final AtomicLong delivered = new AtomicLong();

    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile boolean closing;

    private Feeds() {}

    /** Opens them from now on, and returns when the server has answered all. */
    static Feeds open(Subject subject, String database, int count, Duration atMost) throws IOException {
        Feeds feeds = new Feeds();
        byte[] request =
                subject.target().request("GET", "/" + database + "/_changes?feed=continuous&since=now&heartbeat=10000");
        try {
            for (int i = 0; i < count; i++) {
                HttpConnection connection = HttpConnection.open(subject.target().address(), BUFFER_BYTES);
                feeds.connections.add(connection);
                connection.send(ByteBuffer.wrap(request));
                Thread.ofVirtual().name("feed-" + i).start(() -> feeds.follow(connection));
            }
            feeds.await(() -> feeds.opened.get() == count, "an answer", feeds.opened::get, count, atMost);
            return feeds;
        } catch (IOException failed) {
            feeds.close();
            throw failed;
        }
    }

    private void follow(HttpConnection connection) {
        try {
            int status = connection.readHead();
            if (status != 200) {
                throw new UnexpectedAnswerException("continuous feed", status + " instead of 200", "");
            }
            opened.incrementAndGet();
            MarkerCounter rows = new MarkerCounter(ROW);
            long seen = 0;
            while (connection.readSome(rows)) {
                delivered.addAndGet(rows.count() - seen);
                seen = rows.count();
            }
            throw new UnexpectedAnswerException("continuous feed", "it ended", "");
        } catch (IOException failed) {
            if (!closing) {
                failure.compareAndSet(null, failed);
            }
        }
    }

    /** Waits until each feed has got so many changes since it was opened. */
    void awaitChanges(long changes, Duration atMost) throws IOException {
        long all = changes * connections.size();
        await(() -> delivered.get() >= all, "changes", delivered::get, all, atMost);
    }

    private void await(BooleanSupplier done, String what, LongSupplier progress, long all, Duration atMost)
            throws IOException {
        long until = Ticks.now() + atMost.toNanos();
        while (!done.getAsBoolean()) {
            Throwable failed = failure.get();
            if (failed != null) {
                throw new IOException(failed.getMessage(), failed);
            }
            if (Ticks.now() > until) {
                throw new UnexpectedAnswerException(
                        "continuous feeds",
                        what + ": " + progress.getAsLong() + " of " + all + " in " + atMost.toSeconds() + " s",
                        "");
            }
            Ticks.pause(Duration.ofNanos(100_000));
        }
    }

    @Override
    public void close() throws IOException {
        closing = true;
        for (HttpConnection connection : connections) {
            connection.close();
        }
    }
}
