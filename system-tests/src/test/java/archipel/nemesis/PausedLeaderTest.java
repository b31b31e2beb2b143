package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.RawConnection;
import archipel.cluster.ServerProcess;
import archipel.nemesis.NodeClient.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * A leader that was paused, and does not know that it was replaced, gives no old answers: neither to who asks while it
 * is paused, nor to requests that are read by it already, or wait in its sockets.
 */
@Isolated // Whoever takes the processors for a second makes elections.
final class PausedLeaderTest {
    private static final long SEED = Long.getLong("seed", 1);
    private static final int ROUNDS = Integer.getInteger("nemesis.pauses", 6);
    private static final Duration MOST = Duration.ofSeconds(30);
    private static final int WAITING = 6;

    @TempDir
    private Path directory;

    private final NodeClient client = new NodeClient();

    @Test
    void read_sentToAPausedLeader_isNeverOld() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        try (Network network = new LoopbackNetwork(3);
                EnsembleFleet fleet = new EnsembleFleet(network, client)) {
            fleet.start(directory, 3, options -> options);
            assertEquals(201, client.send(0, "PUT", "/islands", "", MOST).status());
            int group = groupOf(fleet);
            int refused = 0;
            for (int round = 0; round < ROUNDS; round++) {
                refused += round(fleet, group, round, random);
            }
            assertTrue(refused < ROUNDS * WAITING * 2, "no read was answered");
            System.out.println("nemesis: " + ROUNDS + " pauses of a leader, " + refused + " of " + ROUNDS * WAITING * 2
                    + " reads refused, none old");
        } finally {
            client.close();
        }
    }

    /** The only one whose log grows with a write. */
    private int groupOf(EnsembleFleet fleet) throws IOException {
        long[] before = last(fleet);
        for (int i = 0; i < 20; i++) {
            assertEquals(
                    201, client.send(0, "PUT", "/islands/probe" + i, "{}", MOST).status());
        }
        long[] after = last(fleet);
        int most = 0;
        for (int group = 0; group < after.length; group++) {
            most = after[group] - before[group] > after[most] - before[most] ? group : most;
        }
        return most;
    }

    private long[] last(EnsembleFleet fleet) throws IOException {
        int leader = fleet.awaitLeader(0);
        long[] last = new long[EnsembleFleet.GROUPS + 1];
        client.send(leader, "GET", "/_ensemble", "", MOST)
                .json()
                .path("groups")
                .forEach(group -> last[group.path("group").asInt()] =
                        group.path("applied").asLong());
        return last;
    }

    /** @return how many reads were refused */
    private int round(EnsembleFleet fleet, int group, int round, SplittableRandom random) throws Exception {
        int leader = fleet.awaitLeader(group);
        ServerProcess paused = fleet.node(leader);
        String revision = written(leader, "");
        // Each connection has been used: the node waits for its next request.
        List<RawConnection> before = connections(paused);
        List<RawConnection> during = connections(paused);
        try {
            // Those are sent as the leader stops: some are read before, some are under way, some wait in the socket.
            int late = random.nextInt(WAITING);
            for (int i = 0; i < WAITING; i++) {
                if (i == late) {
                    fleet.freeze(leader);
                }
                before.get(i).request("GET", "/islands/doc", "");
            }
            // These may be answered with the old value still, since they were sent before it was replaced.
            write(leader, revision, round);
            for (RawConnection connection : during) {
                connection.request("GET", "/islands/doc", "");
            }
            fleet.thaw(leader);
            for (RawConnection connection : before) {
                answer(connection);
            }
            int refused = 0;
            for (RawConnection connection : during) {
                String answer = answer(connection);
                boolean unavailable = answer.contains("\"service_unavailable\"");
                assertTrue(unavailable || answer.contains("\"value\":" + round + "}"), answer);
                refused += unavailable ? 1 : 0;
            }
            return refused;
        } finally {
            before.forEach(PausedLeaderTest::close);
            during.forEach(PausedLeaderTest::close);
            fleet.mend();
        }
    }

    /** The current revision, by any node but one. */
    private String written(int but, String otherwise) throws IOException {
        Answer answer = client.send((but + 1) % client.nodes(), "GET", "/islands/doc", "", MOST);
        return answer.status() == 200 ? answer.json().path("_rev").asString() : otherwise;
    }

    private void write(int paused, String revision, int value) {
        String body = "{" + (revision.isEmpty() ? "" : "\"_rev\":\"" + revision + "\",") + "\"value\":" + value + "}";
        int[] tries = new int[1];
        Awaitility.await()
                .atMost(MOST)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    int node = (paused + 1 + tries[0]++ % (client.nodes() - 1)) % client.nodes();
                    Answer answer = client.send(node, "PUT", "/islands/doc", body, MOST);
                    // A conflict says that an earlier try is done.
                    return answer.isSuccess() || answer.status() == 409;
                });
    }

    private static List<RawConnection> connections(ServerProcess node) throws IOException {
        List<RawConnection> connections = new ArrayList<>();
        for (int i = 0; i < WAITING; i++) {
            RawConnection connection = RawConnection.to(node, MOST);
            connections.add(connection);
            connection.request("GET", "/islands", "");
            answer(connection);
        }
        return connections;
    }

    private static String answer(RawConnection connection) throws IOException {
        return connection.body(connection.head());
    }

    private static void close(RawConnection connection) {
        try {
            connection.close();
        } catch (IOException e) {
            // It is of no use any more.
            return;
        }
    }
}
