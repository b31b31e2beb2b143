package archipel.pairs;

import archipel.rawhttp.HttpConnection;
import archipel.rawhttp.HttpTarget;
import archipel.rawhttp.UnexpectedAnswerException;
import archipel.report.Ticks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** When numbered documents come to a server, as one of its continuous feeds tells. */
final class Arrivals implements AutoCloseable {
    private static final Duration MOST_TO_OPEN = Duration.ofSeconds(30);

    private final HttpConnection connection;
    private final AtomicLongArray arrived;
    private final AtomicInteger count = new AtomicInteger();
    private final CountDownLatch open = new CountDownLatch(1);
    private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
    private volatile boolean closing;

    private Arrivals(HttpConnection connection, int documents) {
        this.connection = connection;
        this.arrived = new AtomicLongArray(documents);
    }

    /** Listens from now on. */
    static Arrivals of(HttpTarget target, String database, int documents) throws IOException {
        Arrivals arrivals = new Arrivals(target.connect(), documents);
        byte[] request = target.request("GET", "/" + database + "/_changes?feed=continuous&since=now&heartbeat=1000");
        arrivals.connection.send(ByteBuffer.wrap(request));
        Thread.ofPlatform().daemon().name("arrivals").start(arrivals::listen);
        try {
            if (!arrivals.open.await(MOST_TO_OPEN.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new UnexpectedAnswerException("_changes", "no feed", "");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        arrivals.throwFailure();
        return arrivals;
    }

    private void listen() {
        try {
            int status = connection.readHead();
            if (status != 200) {
                throw new UnexpectedAnswerException("_changes", status + " instead of 200", "");
            }
            RowNumbers rows = new RowNumbers(this::arrived);
            // Some servers find out what "now" is only when they begin to send: the first byte shows that they have.
            while (connection.readSome(rows)) {
                open.countDown();
            }
            throw new UnexpectedAnswerException("_changes", "the feed ended", "");
        } catch (IOException failed) {
            if (!closing) {
                failure.compareAndSet(null, failed);
            }
            open.countDown();
        }
    }

    private void arrived(int number) {
        if (arrived.compareAndSet(number, 0, Ticks.now())) {
            count.incrementAndGet();
        }
    }

    private void throwFailure() throws IOException {
        IOException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }

    /** Waits until so many have come. */
    void await(int documents, Duration atMost) throws IOException {
        long until = Ticks.now() + atMost.toNanos();
        while (count.get() < documents) {
            throwFailure();
            if (Ticks.now() > until) {
                throw new UnexpectedAnswerException(
                        "_changes", count.get() + " of " + documents + " in " + atMost.toSeconds() + " s", "");
            }
            Ticks.pause(Duration.ofMillis(1));
        }
    }

    /** When one came, as of {@link Ticks#now}. */
    long at(int number) {
        return arrived.get(number);
    }

    @Override
    public void close() throws IOException {
        closing = true;
        connection.close();
    }
}
