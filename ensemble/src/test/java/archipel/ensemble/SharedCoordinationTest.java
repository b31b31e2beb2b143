package archipel.ensemble;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.Fence;
import archipel.command.LockAnswer;
import archipel.command.LockAnswer.Outcome;
import archipel.command.LockBounds;
import archipel.command.PublishedMessage;
import archipel.command.Retention;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.Node;
import archipel.lock.Lock;
import archipel.lock.Locks;
import archipel.storage.FormatVersion;
import archipel.topic.Message;
import archipel.topic.Topic;
import archipel.topic.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Locks and topics of an ensemble whose members go and come. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedCoordinationTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final LockBounds BOUNDS = new LockBounds(100, 100, 100);
    private static final Retention RETENTION = new Retention(1_000, 1 << 20, 1_000_000);

    @TempDir
    private Path directory;

    private Cluster begin() {
        Cluster cluster = new Cluster(directory, 2, options -> options, "a", "b", "c").start();
        cluster.leader(0);
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> cluster.names().stream()
                        .allMatch(name -> cluster.node(name).format().isAtLeast(FormatVersion.V7)));
        return cluster;
    }

    private static LockAnswer take(Node node, String owner, long ttlMs, long waitMs) {
        return node.locks().acquire("lock", owner, "", owner, ttlMs, waitMs, BOUNDS);
    }

    private static Lock seen(Node node) {
        node.locks().refresh();
        return node.locks().find("lock");
    }

    /** What a member other than that one is called. */
    private static String other(Cluster cluster, String name) {
        return cluster.names().stream()
                .filter(one -> !one.equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static LockAnswer await(Locks locks, long place) throws InterruptedException {
        assertTrue(locks.awaitTurn("lock", place, PATIENCE));
        return locks.withdraw("lock", place, false);
    }

    @Test
    void lock_leaderIsStopped_isHeldStillAndWaitersAreServedInOrder() throws InterruptedException {
        try (Cluster cluster = begin()) {
            String leader = cluster.leader(0);
            String first = other(cluster, leader);
            LockAnswer held = take(cluster.node(first), "first", 600_000, 0);
            assertEquals(Outcome.GRANTED, held.outcome());
            for (String name : cluster.names()) {
                assertEquals("first", seen(cluster.node(name)).holder().owner());
            }
            List<Long> places = new ArrayList<>();
            for (String owner : List.of("second", "third", "fourth")) {
                places.add(take(cluster.node(first), owner, 600_000, 600_000).place());
            }

            cluster.stop(leader);
            cluster.leader(0);

            Locks locks = cluster.node(first).locks();
            assertEquals(held.token(), seen(cluster.node(first)).holder().token());
            assertEquals(
                    places,
                    seen(cluster.node(first)).queue().stream()
                            .map(waiter -> waiter.attempts().getFirst().place())
                            .toList());
            long token = held.token();
            for (int i = 0; i < 3; i++) {
                locks.release("lock", token, null);
                LockAnswer next = await(locks, places.get(i));
                assertEquals(Outcome.GRANTED, next.outcome());
                assertEquals(List.of("second", "third", "fourth").get(i), next.owner());
                assertTrue(next.token() > token);
                token = next.token();
            }
            cluster.start(leader);
            Awaitility.await()
                    .atMost(PATIENCE)
                    .ignoreExceptions()
                    .until(() -> seen(cluster.node(leader)).holder().owner().equals("fourth"));
        }
    }

    @Test
    void lock_holdersNodeAndLeaderAreGone_endsByItsTimeAndTheStaleTokenIsRefused() throws InterruptedException {
        try (Cluster cluster = begin()) {
            String leader = cluster.leader(0);
            String waiting = other(cluster, leader);
            cluster.node(leader).create("db");
            LockAnswer held = take(cluster.node(leader), "first", 1_500, 0);
            long place = take(cluster.node(waiting), "second", 600_000, 600_000).place();

            cluster.stop(leader);

            LockAnswer next = await(cluster.node(waiting).locks(), place);
            assertEquals(Outcome.GRANTED, next.outcome());
            Fence.with(List.of(new Fence("lock", next.token())))
                    .run(() -> cluster.node(waiting).database("db").putLocal("x", new byte[] {'{', '}'}));
            Node restarted = cluster.start(leader);
            cluster.leader(1);
            Awaitility.await().atMost(PATIENCE).until(() -> refusal(restarted, held.token()) == ErrorCode.FENCED);
        }
    }

    private static @Nullable ErrorCode refusal(Node node, long token) {
        return Fence.with(List.of(new Fence("lock", token))).call(() -> {
            try {
                node.database("db").putLocal("x", new byte[] {'1'});
                return null;
            } catch (RequestException e) {
                return e.code();
            }
        });
    }

    @Test
    void fence_shownToAMemberThatLags_isRefusedOnlyWhereItWasNeverGiven() {
        try (Cluster cluster = begin()) {
            String leader = cluster.leader(0);
            Locks giving = cluster.node(leader).locks();
            Locks lagging = cluster.node(other(cluster, leader)).locks();
            long token = take(cluster.node(leader), "first", 600_000, 0).token();
            for (int i = 0; i < 50; i++) {
                giving.release("lock", token, null);
                token = take(cluster.node(leader), "first", 600_000, 0).token();
                lagging.requireGiven(List.of(new Fence("lock", token), new Fence("other", token + 1)));
            }
            // Of a lock that it takes for free it refuses none.
            lagging.refresh();
            List<Fence> tooGreat = List.of(new Fence("lock", token + 1));
            RequestException refused = assertThrows(RequestException.class, () -> lagging.requireGiven(tooGreat));
            assertEquals(ErrorCode.FENCE_NOT_GIVEN, refused.code());
            lagging.requireGiven(List.of(new Fence("lock", Fence.FIRST_OF_NODES)));
        }
    }

    @Test
    void lock_nodeOfAWaiterIsGone_itsPlaceIsGivenUp() {
        try (Cluster cluster = begin()) {
            String leader = cluster.leader(0);
            String gone = other(cluster, leader);
            take(cluster.node(leader), "first", 600_000, 0);
            take(cluster.node(gone), "second", 600_000, 1);
            cluster.stop(gone);
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> seen(cluster.node(leader)).queue().isEmpty());
        }
    }

    private static PublishedMessage publish(Node node, int number) {
        byte[] json = Integer.toString(number).getBytes(StandardCharsets.UTF_8);
        while (true) {
            try {
                return node.topics().publish("news", "key" + number, json, RETENTION, 10);
            } catch (RequestException e) {
                // The key has it published once however often it is tried.
                assertEquals(503, e.status(), e.reason());
            }
        }
    }

    @Test
    void topic_membersStopWhilePublishing_subscribersGetAllOnceInOneOrder() throws Exception {
        try (Cluster cluster = begin()) {
            publish(cluster.node("a"), 0);
            Topic topic = cluster.node("a").topics().topic("news");
            FutureTask<Boolean> publishing = new FutureTask<>(() -> {
                for (int i = 1; i < 120; i++) {
                    publish(cluster.node("a"), i);
                }
                return true;
            });
            Thread.ofVirtual().start(publishing);
            List<String> received = new ArrayList<>();
            long last = 0;
            String from = "b";
            while (received.size() < 120) {
                if (received.size() >= 30 && from.equals("b")) {
                    cluster.stop("b");
                    from = "c";
                    cluster.node("c").topics().refresh(topic);
                }
                Topics topics = cluster.node(from).topics();
                if (topics.await(topic, last, PATIENCE)) {
                    for (Message message : topics.read(topic, last, 7, 1 << 20).messages()) {
                        assertEquals(last + 1, message.number());
                        received.add(new String(message.json(), StandardCharsets.UTF_8));
                        last = message.number();
                    }
                }
            }
            assertTrue(publishing.get());
            for (int i = 0; i < 120; i++) {
                assertEquals(Integer.toString(i), received.get(i));
            }
            cluster.node("c").topics().drop(topic);
            cluster.node("a").topics().refresh();
            assertNull(cluster.node("a").topics().all().get("news"));
        }
    }
}
