package archipel.peers;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.server.TestServer;
import archipel.testkit.FaultProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A node of a mesh under test, which other nodes reach through a proxy that can be cut, and which can come again. */
final class MeshNode implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path data;
    private final Map<String, String> flags;
    private final Map<String, String> secrets;
    private TestServer server;
    private FaultProxy proxy;

    private MeshNode(Path data, Map<String, String> flags, Map<String, String> secrets) throws IOException {
        this.data = data;
        this.flags = flags;
        this.secrets = secrets;
        begin();
    }

    static MeshNode start(Path data) throws IOException {
        return start(data, Map.of(), Map.of());
    }

    static MeshNode start(Path data, Map<String, String> flags, Map<String, String> secrets) throws IOException {
        return new MeshNode(data, flags, secrets);
    }

    private void begin() throws IOException {
        int port = freePort();
        proxy = FaultProxy.before(port);
        Map<String, String> all = new HashMap<>(Map.of(
                "port",
                Integer.toString(port),
                "peer_url",
                "http://127.0.0.1:" + proxy.port(),
                "peer_heartbeat_ms",
                "300"));
        all.putAll(flags);
        server = TestServer.start(data, all, secrets);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Ends it; {@link #again} starts it with the same data, at another address. */
    void stop() throws IOException {
        server.close();
        proxy.close();
    }

    void again() throws IOException {
        begin();
    }

    TestServer server() {
        return server;
    }

    FaultProxy proxy() {
        return proxy;
    }

    String id() throws IOException {
        return server.get("/").json().path("fingerprint").asString();
    }

    /** Where other nodes reach it. */
    String url() {
        return "http://127.0.0.1:" + proxy.port();
    }

    /** An invitation, as the other node reaches this one. */
    String invitation() throws IOException {
        return invitation(url());
    }

    /** @param address as the other node reaches this one */
    String invitation(String address) throws IOException {
        TestServer.Answer answer = server.post("/_peers/_invite", "{\"address\":\"" + address + "\"}");
        assertEquals(201, answer.status(), answer.body());
        return answer.json().path("url").asString();
    }

    TestServer.Answer join(String url) throws IOException {
        return server.post("/_peers", "{\"url\":\"" + url + "\"}");
    }

    void joined(MeshNode other) throws IOException {
        TestServer.Answer answer = join(other.invitation());
        assertEquals(201, answer.status(), answer.body());
    }

    /** What it says of a peer; missing where it is none. */
    JsonNode peer(String id) throws IOException {
        return server.get("/_peers/" + id).json();
    }

    List<String> peers() throws IOException {
        List<String> ids = new ArrayList<>();
        server.get("/_peers")
                .json()
                .path("peers")
                .forEach(peer -> ids.add(peer.path("id").asString()));
        return ids;
    }

    void awaitState(String peer, String state) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(
                        () -> assertEquals(state, peer(peer).path("state").asString(""), () -> shown(peer)));
    }

    private String shown(String peer) {
        try {
            return peer(peer).toString();
        } catch (IOException e) {
            return e.toString();
        }
    }

    String put(String path, String json) throws IOException {
        TestServer.Answer answer = server.put(path, json);
        assertEquals(2, answer.status() / 100, answer.body());
        return answer.json().path("rev").asString("");
    }

    /** All leaves of a database; null where it is not there. */
    @Nullable
    String contents(String database) throws IOException {
        TestServer.Answer answer =
                server.get("/" + database + "/_changes?style=all_docs&include_docs=true&conflicts=true");
        if (answer.status() != 200) {
            return null;
        }
        List<String> rows = new ArrayList<>();
        for (JsonNode row : answer.json().path("results")) {
            List<String> leaves = new ArrayList<>();
            row.path("changes").forEach(change -> leaves.add(change.path("rev").asString()));
            leaves.sort(null);
            rows.add(row.path("id").asString() + " " + leaves + " " + row.path("doc"));
        }
        rows.sort(null);
        return String.join("\n", rows);
    }

    static void awaitEqual(String database, MeshNode... nodes) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).untilAsserted(() -> {
            String first = nodes[0].contents(database);
            for (MeshNode node : nodes) {
                assertEquals(first, node.contents(database), () -> node.peersShown());
            }
        });
    }

    private String peersShown() {
        try {
            return server.get("/_peers").body();
        } catch (IOException e) {
            return e.toString();
        }
    }

    static void awaitDocument(String path, MeshNode node) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(() -> assertEquals(200, node.server.get(path).status(), node::peersShown));
    }

    @Override
    public void close() throws IOException {
        server.close();
        proxy.close();
    }
}
