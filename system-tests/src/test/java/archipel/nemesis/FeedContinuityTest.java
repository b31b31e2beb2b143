package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.nemesis.NodeClient.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Who follows a feed and goes on at another node when its own dies misses nothing and gets nothing twice. */
@Isolated // Whoever takes the processors for a second makes elections.
final class FeedContinuityTest {
    private static final long SEED = Long.getLong("seed", 1);
    private static final int FAULTS = Integer.getInteger("nemesis.feeds", 2);
    private static final Duration MOST = Duration.ofSeconds(30);
    private static final int WRITERS = 3;

    @TempDir
    private Path directory;

    private final NodeClient client = new NodeClient();
    private final Set<String> acknowledged = new ConcurrentSkipListSet<>();
    private volatile boolean over;

    @Test
    void feed_resumedAtAnotherNode_hasEachChangeOnceAndInOrder() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        try (Network network = new LoopbackNetwork(3);
                EnsembleFleet fleet = new EnsembleFleet(network, client)) {
            fleet.start(directory, 3, options -> options);
            assertEquals(201, client.send(0, "PUT", "/islands", "", MOST).status());
            List<FeedFollower> followers = new ArrayList<>();
            for (int node = 0; node < fleet.size(); node++) {
                followers.add(new FeedFollower(fleet, client, "islands", node, true));
                followers.add(new FeedFollower(fleet, client, "islands", node, false));
            }
            List<Thread> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                int number = i;
                writers.add(Thread.ofVirtual().start(() -> write(number)));
            }
            Nemesis nemesis = new Nemesis(fleet, random, 2_500);
            for (int i = 0; i < FAULTS; i++) {
                nemesis.run(
                        switch (i % 3) {
                            case 0 -> Nemesis.Fault.KILL_LEADER;
                            case 1 -> Nemesis.Fault.FREEZE_LEADER;
                            default -> Nemesis.Fault.STOP_ANY;
                        });
            }
            over = true;
            for (Thread writer : writers) {
                writer.join();
            }
            List<String> changes = changes(0);
            for (int node = 1; node < fleet.size(); node++) {
                assertEquals(changes, changes(node), "the same changes in the same order on all nodes");
            }
            Set<String> missing = new TreeSet<>(acknowledged);
            changes.forEach(row -> missing.remove(row.substring(row.indexOf(' ') + 1)));
            assertEquals(Set.of(), missing, "acknowledged, and not among the changes");
            for (FeedFollower follower : followers) {
                Awaitility.await().atMost(MOST).until(() -> follower.rows().size() >= changes.size());
                assertEquals(changes, follower.rows());
                follower.close();
            }
            int moves = followers.stream().mapToInt(FeedFollower::moves).sum();
            assertTrue(moves > 0, "nobody had to go on at another node");
            System.out.println("nemesis: " + changes.size() + " changes, " + followers.size()
                    + " followers that went on " + moves + " times, nothing missed, nothing twice");
        } finally {
            client.close();
        }
    }

    /** Each document is written once, so that a feed has it once. */
    private void write(int number) {
        for (int i = 0; !over; i++) {
            String id = "w" + number + "-" + i;
            try {
                if (client.send((number + i) % client.nodes(), "PUT", "/islands/" + id, "{}", MOST)
                        .isSuccess()) {
                    acknowledged.add(id);
                }
            } catch (IOException unknown) {
                // It may be there or not; the next one is another.
                continue;
            } finally {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        }
    }

    private List<String> changes(int node) throws IOException {
        Answer answer = client.send(node, "GET", "/islands/_changes", "", MOST);
        List<String> rows = new ArrayList<>();
        answer.json()
                .path("results")
                .forEach(row -> rows.add(
                        row.path("seq").asString() + " " + row.path("id").asString()));
        return rows;
    }
}
