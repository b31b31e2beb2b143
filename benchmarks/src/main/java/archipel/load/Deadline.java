package archipel.load;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Closes connections that are still in use when their time is up, so that a server that hangs ends the run, loudly. */
public final class Deadline implements AutoCloseable {
    private final Queue<Closeable> watched = new ConcurrentLinkedQueue<>();
    private final CountDownLatch over = new CountDownLatch(1);

    private Deadline() {}

    public static Deadline in(Duration duration) {
        Deadline deadline = new Deadline();
        Thread.ofVirtual().name("deadline").start(() -> deadline.watch(duration));
        return deadline;
    }

    private void watch(Duration duration) {
        try {
            if (!over.await(duration.toMillis(), TimeUnit.MILLISECONDS)) {
                System.err.println("no end after " + duration.toSeconds() + " s: closing the connections");
                for (Closeable connection : watched) {
                    connection.close();
                }
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Takes it under watch, and gives it back. */
    public <T extends Closeable> T closes(T connection) {
        watched.add(connection);
        return connection;
    }

    @Override
    public void close() {
        over.countDown();
    }
}
