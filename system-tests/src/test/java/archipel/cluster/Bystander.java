package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A client with a task of its own while others attack: it asks {@code /_up}, writes and reads, each time on a new
 * connection, and remembers for how long it was without success.
 */
final class Bystander implements AutoCloseable {
    private static final String LOGIN = ServerProcess.ADMIN + ":" + ServerProcess.PASSWORD;

    private static final long PAUSE_MS = 50;

    private final SmallNode node;
    private final String address;
    private final Thread thread = Thread.ofVirtual().unstarted(this::run);
    private final Map<String, Long> longestMs = new ConcurrentSkipListMap<>();
    private final Map<String, Long> lastNanos = new ConcurrentSkipListMap<>();
    private final AtomicReference<String> lastFailure = new AtomicReference<>("none");
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile int rounds;

    private Bystander(SmallNode node, String address) {
        this.node = node;
        this.address = address;
    }

    static Bystander start(SmallNode node, String address) {
        Bystander client = new Bystander(node, address);
        client.thread.start();
        return client;
    }

    private interface Request {
        int status() throws IOException;
    }

    private void run() {
        while (ended.getCount() > 0) {
            String document = "/calm/bystander-" + rounds;
            attempt(
                    "_up",
                    200,
                    () -> node.send(address, "GET", "/_up", null, "").status());
            attempt(
                    "PUT",
                    201,
                    () -> node.send(address, "PUT", document, LOGIN, "{}").status());
            attempt(
                    "GET",
                    200,
                    () -> node.send(address, "GET", "/calm", LOGIN, "").status());
            rounds++;
            rest();
        }
        lastNanos.keySet().forEach(this::passed);
    }

    private void rest() {
        try {
            boolean _ = ended.await(PAUSE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void attempt(String what, int expected, Request request) {
        lastNanos.putIfAbsent(what, System.nanoTime());
        try {
            int status = request.status();
            if (status == expected) {
                passed(what);
                lastNanos.put(what, System.nanoTime());
            } else {
                lastFailure.set(what + " " + status);
            }
        } catch (IOException e) {
            lastFailure.set(what + " " + e);
        }
    }

    private void passed(String what) {
        long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - lastNanos.get(what));
        longestMs.merge(what, ms, Math::max);
    }

    /** Ends it, and fails where it was without one of the three answers for longer. */
    void assertServed(Duration most) {
        end();
        System.out.println("the bystander's longest waits: " + longestMs + " ms in " + rounds
                + " rounds; last failure: " + lastFailure);
        assertTrue(rounds > 0 && longestMs.size() == 3, () -> "it got no answers: " + lastFailure);
        longestMs.forEach((what, ms) -> assertTrue(
                ms <= most.toMillis(),
                () -> what + " was without an answer for " + ms + " ms; last failure: " + lastFailure
                        + node.process().lastLines()));
    }

    private void end() {
        ended.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        end();
    }
}
