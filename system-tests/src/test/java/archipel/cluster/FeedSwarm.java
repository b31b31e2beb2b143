package archipel.cluster;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Many clients that each follow one continuous feed, on a virtual thread each. */
final class FeedSwarm implements AutoCloseable {
    /** More at once would overflow the queue of connections not yet accepted, and TCP tries again after a second. */
    private static final int CONNECTING_AT_ONCE = 100;

    private static final Duration MOST = Duration.ofMinutes(2);

    private final ServerProcess server;
    private final String target;
    private final CountDownLatch open;
    private final CountDownLatch told;
    private final Semaphore connecting = new Semaphore(CONNECTING_AT_ONCE);
    private final ConcurrentLinkedQueue<RawConnection> connections = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Exception> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean closing;

    private FeedSwarm(ServerProcess server, String target, int count) {
        this.server = server;
        this.target = target;
        this.open = new CountDownLatch(count);
        this.told = new CountDownLatch(count);
    }

    /** Opens them all; returns when each has been answered, and so follows. */
    static FeedSwarm open(ServerProcess server, String target, int count) throws InterruptedException {
        FeedSwarm swarm = new FeedSwarm(server, target, count);
        for (int i = 0; i < count; i++) {
            Thread.ofVirtual().start(swarm::follow);
        }
        swarm.await(swarm.open, "answered");
        return swarm;
    }

    private void follow() {
        try {
            RawConnection connection = connect();
            open.countDown();
            for (String line = connection.line(); !line.startsWith("{\"seq\""); line = connection.line()) {
                if (line.startsWith("{")) {
                    throw new IOException("the feed says " + line);
                }
            }
            told.countDown();
        } catch (IOException | InterruptedException e) {
            if (!closing) {
                failures.add(e);
            }
        }
    }

    private RawConnection connect() throws IOException, InterruptedException {
        connecting.acquire();
        try {
            RawConnection connection = RawConnection.to(server, MOST);
            connections.add(connection);
            String head = connection.request("GET", target, "").head();
            if (!head.startsWith("HTTP/1.1 200")) {
                throw new IOException(head);
            }
            return connection;
        } finally {
            connecting.release();
        }
    }

    /** Waits until each feed has told of a change. */
    void awaitChange() throws InterruptedException {
        await(told, "told of the change");
    }

    private void await(CountDownLatch latch, String what) throws InterruptedException {
        long polls = MOST.toMillis() / 100;
        while (!latch.await(100, TimeUnit.MILLISECONDS)) {
            if (!failures.isEmpty() || --polls == 0) {
                throw new AssertionError(
                        latch.getCount() + " feeds not " + what + ", " + failures.size() + " failed", failures.peek());
            }
        }
    }

    /** Closes the connections, on which the threads end. */
    @Override
    public void close() throws IOException {
        closing = true;
        for (RawConnection connection : connections) {
            connection.close();
        }
    }
}
