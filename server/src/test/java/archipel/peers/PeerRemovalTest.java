package archipel.peers;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.identity.NodeIdentity;
import archipel.identity.NodeTls;
import archipel.remote.DeniedAddresses;
import archipel.remote.RemoteAddress;
import archipel.remote.RemoteAnswer;
import archipel.remote.RemoteClient;
import archipel.remote.RemoteRequest;
import archipel.server.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who was removed from the mesh gets nothing more of it from that moment on, until an admin lets it in again. */
class PeerRemovalTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Far less than until the next sign of life of the feeds below. */
    private static final Duration AT_ONCE = Duration.ofSeconds(3);

    private static final Map<String, String> SECRET = Map.of("ARCHIPEL_PEER_SECRET", "a-secret-of-twenty-characters");

    @TempDir
    private Path directory;

    private MeshNode node;
    private MeshNode other;

    @BeforeEach
    void start() throws IOException {
        node = MeshNode.start(directory.resolve("node"), Map.of(), SECRET);
        other = MeshNode.start(directory.resolve("other"), Map.of(), SECRET);
    }

    @AfterEach
    void stop() throws IOException {
        node.close();
        other.close();
    }

    private static String url(MeshNode of) {
        return "http://127.0.0.1:" + of.proxy().port();
    }

    private RemoteAnswer ask(RemoteClient member, RemoteRequest request) throws IOException, InterruptedException {
        String url = "https://127.0.0.1:" + node.server().server().port() + "/";
        return member.send(RemoteAddress.parse(url, null, Map.of()), request);
    }

    private int status(RemoteClient member, String path) throws IOException, InterruptedException {
        try (RemoteAnswer answer = ask(member, RemoteRequest.get(path))) {
            return answer.status();
        }
    }

    /** Reads a feed to its end, and keeps what it said. */
    private static final class Listener {
        private final StringBuilder heard = new StringBuilder();
        private final Thread thread;

        Listener(RemoteAnswer answer) {
            assertEquals(200, answer.status());
            thread = Thread.ofVirtual().start(() -> {
                try (answer;
                        InputStream body = answer.body()) {
                    byte[] piece = new byte[4096];
                    for (int read = body.read(piece); read >= 0; read = body.read(piece)) {
                        add(new String(piece, 0, read, StandardCharsets.UTF_8));
                    }
                } catch (IOException brokenOff) {
                    // As good as the end.
                }
            });
        }

        private synchronized void add(String text) {
            heard.append(text);
        }

        synchronized String heard() {
            return heard.toString();
        }

        boolean isOver() {
            return !thread.isAlive();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void remove_aMemberWithFeedsOpen_endsThemAtOnce(boolean byAnotherNode) throws Exception {
        other.joined(node);
        NodeIdentity identity;
        try (MeshNode member = MeshNode.start(directory.resolve("member"))) {
            member.joined(node);
            identity = NodeIdentity.open(directory.resolve("member/identity"));
            other.awaitState(identity.fingerprint(), "connected");
        }
        node.put("/islands", "");
        node.put("/islands/molene", "{}");
        RemoteClient.Trust trust =
                new RemoteClient.Trust(NodeTls.asking(identity, node.id()), false, NodeTls.SERVER_NAME);
        try (RemoteClient member = new RemoteClient(new DeniedAddresses(List::of), 4, trust)) {
            RemoteRequest mesh = RemoteRequest.get("_mesh/feed").query("heartbeat", "300000");
            RemoteRequest changes = RemoteRequest.get("islands/_changes")
                    .query("feed", "continuous")
                    .query("heartbeat", "300000");
            Listener news = new Listener(ask(member, mesh.idle(PATIENCE)));
            Listener documents = new Listener(ask(member, changes.idle(PATIENCE)));
            await().atMost(PATIENCE)
                    .until(() -> news.heard().contains("islands")
                            && documents.heard().contains("molene"));
            MeshNode remover = byAnotherNode ? other : node;
            assertEquals(
                    200,
                    remover.server().delete("/_peers/" + identity.fingerprint()).status());
            await().atMost(AT_ONCE).until(() -> news.isOver() && documents.isOver());
            node.put("/later", "");
            node.put("/islands/groix", "{}");
            for (String path : List.of("_mesh/feed", "islands/", "islands/molene", "islands/_changes")) {
                assertEquals(403, status(member, path), path);
            }
            assertFalse(news.heard().contains("later"));
            assertFalse(documents.heard().contains("groix"));
        }
    }

    /** Otherwise the peer would hear of what it may read from now on when it has not heard anything for a while. */
    @Test
    void choose_otherDatabases_isToldAtOnce() throws IOException {
        Map<String, String> slow = Map.of("peer_heartbeat_ms", "20000");
        try (MeshNode one = MeshNode.start(directory.resolve("one"), slow, SECRET);
                MeshNode two = MeshNode.start(directory.resolve("two"), slow, SECRET)) {
            two.joined(one);
            one.awaitState(two.id(), "connected");
            two.awaitState(one.id(), "connected");
            assertEquals(
                    200,
                    one.server()
                            .put("/_peers/" + two.id(), "{\"databases\":[]}")
                            .status());
            one.put("/islands", "");
            one.put("/islands/molene", "{}");
            two.awaitState(one.id(), "connected");
            assertEquals(
                    200,
                    one.server()
                            .put("/_peers/" + two.id(), "{\"databases\":[\"isl*\"]}")
                            .status());
            await().atMost(AT_ONCE)
                    .untilAsserted(() -> assertEquals(
                            200, two.server().get("/islands/molene").status()));
        }
    }

    /** Whoever was removed knows the secret that all have in common. */
    @Test
    void removedNode_thatKnowsTheSecret_staysOut() throws Exception {
        assertEquals(201, other.join(url(node)).status());
        String gone = other.id();
        assertEquals(200, node.server().delete("/_peers/" + gone).status());
        // It has forgotten that it was a member, and joins as on its first day.
        other.stop();
        Files.delete(directory.resolve("other/peers"));
        other.again();
        TestServer.Answer answer = other.join(url(node));
        assertEquals(403, answer.status(), answer.body());
        assertEquals("peer_removed", answer.json().path("error").asString());
        try (MeshNode again = startAgain("other", other, Map.of("peer", url(node)))) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertTrue(
                            again.server()
                                    .get("/_peers")
                                    .json()
                                    .path("joining")
                                    .path(0)
                                    .path("last_error")
                                    .asString("")
                                    .contains("removed from the mesh"),
                            again.server().get("/_peers").body()));
            assertEquals(List.of(), node.peers());
            assertEquals(List.of(), again.peers());
            // An admin of either side lets it in.
            again.joined(node);
            node.awaitState(gone, "connected");
        }
    }

    /** The address of a node that was removed can stand among a node's settings for years. */
    @Test
    void removedNode_whoseAddressIsASetting_staysOut() throws Exception {
        String gone = other.id();
        assertEquals(201, node.join(url(other)).status());
        other.awaitState(node.id(), "connected");
        assertEquals(200, node.server().delete("/_peers/" + gone).status());
        try (MeshNode again = startAgain("node", node, Map.of("peer", url(other)))) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertTrue(
                            again.server().get("/_peers").body().contains("removed from the mesh"),
                            again.server().get("/_peers").body()));
            assertEquals(List.of(), again.peers());
            // Until an admin asks for it.
            assertEquals(201, again.join(url(other)).status());
            again.awaitState(gone, "connected");
        }
    }

    private MeshNode startAgain(String name, MeshNode running, Map<String, String> flags) throws IOException {
        running.stop();
        return MeshNode.start(directory.resolve(name), flags, SECRET);
    }
}
