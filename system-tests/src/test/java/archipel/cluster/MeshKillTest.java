package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Five nodes in processes of their own that know one address each, written to on all sides while some are killed. */
final class MeshKillTest {
    private static final Duration MOST = Duration.ofSeconds(120);
    private static final int NODES = 5;
    private static final int ROUNDS = 40;

    private final List<ServerProcess> nodes = new ArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private final JsonMapper json = new JsonMapper();

    @TempDir
    private Path directory;

    @AfterEach
    void stop() {
        nodes.forEach(ServerProcess::close);
        client.close();
    }

    private void start() throws IOException {
        for (int i = 0; i < NODES; i++) {
            ServerOptions options = ServerOptions.in(directory.resolve("node" + i))
                    .withJvm("-Xmx256m")
                    .with("peer_secret", "a-secret-of-twenty-characters");
            nodes.add(ServerProcess.start(
                    i == 0 ? options : options.with("peer", nodes.getLast().url())));
        }
    }

    private HttpResponse<String> send(ServerProcess node, String method, String path, String body)
            throws IOException, InterruptedException {
        return client.send(
                node.request(path)
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private void awaitPeers() {
        Awaitility.await().atMost(MOST).untilAsserted(() -> {
            for (ServerProcess node : nodes) {
                JsonNode peers =
                        json.readTree(send(node, "GET", "/_peers", "").body()).path("peers");
                assertEquals(NODES - 1, peers.size());
                for (JsonNode peer : peers) {
                    assertEquals("connected", peer.path("state").asString(), peers::toString);
                }
            }
        });
    }

    /** Every leaf of every document. */
    private TreeSet<String> leaves(ServerProcess node) throws IOException, InterruptedException {
        HttpResponse<String> answer = send(node, "GET", "/islands/_changes?style=all_docs", "");
        TreeSet<String> leaves = new TreeSet<>();
        for (JsonNode row : json.readTree(answer.body()).path("results")) {
            for (JsonNode change : row.path("changes")) {
                leaves.add(row.path("id").asString() + " " + change.path("rev").asString());
            }
        }
        return leaves;
    }

    private void awaitEqual(int documents) {
        Awaitility.await().atMost(MOST).pollInterval(Duration.ofMillis(100)).untilAsserted(() -> {
            TreeSet<String> first = leaves(nodes.getFirst());
            assertTrue(first.size() >= documents, () -> first.size() + " of " + documents);
            for (ServerProcess node : nodes) {
                assertEquals(first, leaves(node));
            }
        });
    }

    // Where nodes can have networks of their own, FleetTest does all this and more.
    @Test
    @Tag("soak")
    void kill_someWhileAllAreWrittenTo_allAreEqualInTheEnd() throws Exception {
        start();
        awaitPeers();
        assertEquals(201, send(nodes.getFirst(), "PUT", "/islands", "").statusCode());
        awaitEqual(0);
        int acknowledged = 0;
        for (int round = 0; round < ROUNDS; round++) {
            for (int i = 0; i < NODES; i++) {
                boolean down = i == 1 && round >= 10 && round < 30 || i == 3 && round >= 20;
                if (!down) {
                    // One document that all nodes edit, and one of this node's own.
                    send(nodes.get(i), "PUT", "/islands/shared-" + round, "{\"node\":" + i + "}");
                    acknowledged += send(nodes.get(i), "PUT", "/islands/d" + round + "-" + i, "{}")
                                            .statusCode()
                                    == 201
                            ? 1
                            : 0;
                }
            }
            switch (round) {
                case 9 -> nodes.get(1).kill();
                case 19 -> nodes.get(3).kill();
                case 29 -> nodes.get(1).restart();
                default -> {
                    // All go on as they are.
                }
            }
        }
        nodes.get(3).restart();
        awaitEqual(acknowledged);
        awaitPeers();
    }
}
