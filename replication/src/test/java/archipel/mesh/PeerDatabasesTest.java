package archipel.mesh;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.ends.ReplicationException;
import archipel.ends.ReplicationStatistics;
import archipel.remote.RemoteAddress;
import archipel.replication.ReplicationEnvironment;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PeerDatabasesTest {
    private static final RemoteAddress AT = RemoteAddress.parse("http://10.0.0.1:5984/", null, Map.of());
    private static final int MANY = 1_000;

    private final AtomicLong nowMs = new AtomicLong(1_000);
    private final Pulls pulls = new Pulls();
    private final PeerDatabases databases = new PeerDatabases(
            "peer",
            pulls,
            new ReplicationEnvironment(
                    (name, work) -> Thread.ofVirtual().name(name).unstarted(work),
                    InstantSource.system(),
                    nowMs::get,
                    ms -> {},
                    () -> "",
                    () -> 0),
            4,
            what -> {});
    private final Thread running = Thread.ofVirtual().unstarted(this::run);

    private void run() {
        try {
            databases.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @BeforeEach
    void start() {
        running.start();
        databases.connected(AT);
    }

    @AfterEach
    void stop() {
        databases.close();
    }

    /** Pulls that end as the test says. */
    private static final class Pulls implements PeerDatabases.Pull {
        private final BlockingQueue<String> begun = new LinkedBlockingQueue<>();
        private final BlockingQueue<ReplicationStatistics> ends = new LinkedBlockingQueue<>();

        @Override
        public ReplicationStatistics copy(RemoteAddress at, String name, String position)
                throws ReplicationException, InterruptedException {
            begun.add(name + " " + position);
            ReplicationStatistics done = ends.take();
            if (done.writeFailures() > 0) {
                throw new ReplicationException("stopped", "it was broken off", true, null);
            }
            return done;
        }

        @Override
        public boolean isDeletedHere(String name) {
            return false;
        }

        @Override
        public void breakOff() {
            ends.add(ReplicationStatistics.written(0, 1));
        }

        @Override
        public void close() {}
    }

    private String begun() throws InterruptedException {
        return requireNonNull(pulls.begun.poll(20, SECONDS), "no pull began");
    }

    private void ends(long checked, long found) {
        pulls.ends.add(ReplicationStatistics.compared(checked, found));
        await().until(pulls.ends::isEmpty);
    }

    private void told(String position) {
        assertTrue(databases.told("kv", position, 10));
    }

    private void assertNothingBegins() throws InterruptedException {
        assertNull(pulls.begun.poll(50, MILLISECONDS));
    }

    @Test
    void told_whatWasComparedInVain_restsForAMillisecondEach() throws Exception {
        told("1-00000000");
        assertEquals("kv 1-00000000", begun());
        ends(300, 0);
        awaitIdle();
        told("2-00000000");
        assertNothingBegins();
        nowMs.addAndGet(299);
        told("3-00000000");
        assertNothingBegins();
        nowMs.addAndGet(1);
        told("4-00000000");
        assertEquals("kv 4-00000000", begun());
        // However much it was, no longer than a second.
        ends(100 * MANY, 0);
        awaitIdle();
        nowMs.addAndGet(MANY);
        told("5-00000000");
        assertEquals("kv 5-00000000", begun());
        // Something was found: nothing to wait for.
        ends(MANY, 1);
        awaitIdle();
        told("6-00000000");
        assertEquals("kv 6-00000000", begun());
    }

    /** Until the end of the last pull is taken in, which lag tells. */
    private void awaitIdle() {
        await().until(() -> databases.progress().lag().isEmpty());
    }

    @Test
    void changedHere_whileItIsPulled_isPulledOnceMore() throws Exception {
        told("7-00000000");
        assertEquals("kv 7-00000000", begun());
        databases.changedHere("kv");
        ends(1, 1);
        assertEquals("kv 7-00000000", begun());
        ends(1, 1);
        assertNothingBegins();
    }

    @Test
    void gone_andToldAnewWhileItIsPulled_isPulledOnceAtATime() throws Exception {
        told("7-00000000");
        assertEquals("kv 7-00000000", begun());
        databases.gone("kv");
        told("9-00000000");
        assertNothingBegins();
        ends(1, 1);
        assertEquals("kv 9-00000000", begun());
        databases.connected(AT);
        told("9-00000000");
        assertNothingBegins();
        ends(1, 1);
    }

    @Test
    void breakOff_aPull_isBegunAgainAfterAPause() throws Exception {
        told("7-00000000");
        begun();
        databases.breakOff();
        assertNothingBegins();
        assertEquals(Map.of("kv", 7L), databases.progress().lag());
        databases.connected(AT);
        told("7-00000000");
        assertEquals("kv 7-00000000", begun());
    }
}
