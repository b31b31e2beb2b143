package archipel.peers;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestNames;
import archipel.server.TestServer;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whoever may replicate, and any other node, can name addresses that a node then connects to. Those that are denied are
 * never connected to, however they are written, whatever name stands for them, and whoever sends the node there.
 */
class ForbiddenAddressTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** All of them lead to 127.0.0.2, or would where somebody reads them as C's {@code inet_aton} does. */
    private static final List<String> HOSTS = List.of(
            "127.0.0.2",
            "[::ffff:127.0.0.2]",
            "[::ffff:7f00:2]",
            "[::127.0.0.2]",
            "[64:ff9b::7f00:2]",
            "2130706434",
            "0x7f000002",
            "0x7f.0.0.2",
            "017700000002",
            "0177.0.0.2",
            "127.2",
            "127.0.0.2.",
            "inner.forbidden.example",
            "both.forbidden.example");

    @TempDir
    private Path directory;

    private MeshNode node;
    private ServerSocket secret;
    private HttpServer honest;
    private final AtomicInteger reached = new AtomicInteger();

    @BeforeEach
    void start() throws IOException {
        TestNames.add("inner.forbidden.example", "127.0.0.2");
        TestNames.add("both.forbidden.example", "127.0.0.2", "127.0.0.3");
        secret = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.2"));
        Thread.ofVirtual().start(this::accept);
        honest = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        honest.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        honest.start();
        Map<String, String> flags = Map.of("denied_networks", "127.0.0.2/32", "replicator_startup_jitter", "0");
        node = MeshNode.start(
                directory.resolve("node"), flags, Map.of("ARCHIPEL_PEER_SECRET", "a-secret-of-twenty-characters"));
        node.put("/here", "");
    }

    @AfterEach
    void stop() throws IOException {
        node.close();
        honest.stop(0);
        secret.close();
    }

    private void accept() {
        while (!secret.isClosed()) {
            try {
                secret.accept().close();
                reached.incrementAndGet();
            } catch (IOException closed) {
                return;
            }
        }
    }

    private String url(String host) {
        return "http://" + host + ":" + secret.getLocalPort() + "/";
    }

    /** That the test would see it: an address that is not denied is connected to. */
    @Test
    void replicate_addressThatIsAllowed_isReached() throws IOException {
        try (MeshNode open = MeshNode.start(directory.resolve("open"))) {
            open.put("/here", "");
            for (String host : List.of("127.0.0.2", "[::ffff:7f00:2]", "inner.forbidden.example")) {
                int before = reached.get();
                replicate(open, url(host) + "db", "here");
                assertTrue(reached.get() > before, host);
            }
        }
    }

    private static TestServer.Answer replicate(MeshNode by, String source, String target) throws IOException {
        TestServer.Answer answer = by.server()
                .post(
                        "/_replicate",
                        "{\"source\":\"" + source + "\",\"target\":\"" + target + "\",\"retries_per_request\":0}");
        assertNotEquals(200, answer.status(), answer.body());
        return answer;
    }

    @Test
    void replicate_formsOfADeniedAddress_areNotReached() throws IOException {
        for (String host : HOSTS) {
            replicate(node, url(host) + "db", "here");
            replicate(node, "here", url(host) + "db");
        }
        for (String host : List.of("127.0.0.2", "[::ffff:7f00:2]", "inner.forbidden.example")) {
            String error = replicate(node, url(host) + "db", "here")
                    .json()
                    .path("error")
                    .asString();
            assertEquals("address_denied", error, host);
        }
        assertEquals(0, reached.get());
    }

    @Test
    void replicatorDocument_formsOfADeniedAddress_areNotReached() throws IOException {
        int asked = 0;
        for (int i = 0; i < HOSTS.size(); i++) {
            String there = url(HOSTS.get(i)) + "db";
            asked += ask("from" + i, there, "here") + ask("to" + i, "here", there);
        }
        assertTrue(asked > 10, "most are URLs");
        awaitFailed(asked);
        assertEquals(0, reached.get());
    }

    /** @return how many documents there are more */
    private int ask(String id, String source, String target) throws IOException {
        String body = "{\"source\":\"" + source + "\",\"target\":\"" + target + "\",\"retries_per_request\":0}";
        int status = node.server().put("/_replicator/" + id, body).status();
        // What is no URL at all is refused.
        assertTrue(status == 201 || status == 403, () -> source + " " + target + " " + status);
        return status == 201 ? 1 : 0;
    }

    /** Waits until each of so many has been tried, or was found malformed. */
    private void awaitFailed(int count) {
        Set<String> failed = Set.of("crashing", "failed", "error");
        await().atMost(PATIENCE).untilAsserted(() -> {
            TestServer.Answer answer = node.server().get("/_scheduler/docs?limit=1000");
            assertEquals(count, answer.json().path("docs").size());
            answer.json()
                    .path("docs")
                    .forEach(one -> assertTrue(failed.contains(one.path("state").asString("")), one::toString));
        });
    }

    /** The source that was asked for is an honest address; it sends whoever asks to another one. */
    @Test
    void redirect_toADeniedAddress_isNotFollowed() throws IOException {
        AtomicInteger asked = new AtomicInteger();
        int[] statuses = {301, 302, 303, 307, 308};
        for (int status : statuses) {
            honest.createContext("/" + status, exchange -> {
                asked.incrementAndGet();
                redirect(exchange, status);
            });
        }
        String base = "http://root:relax@127.0.0.1:" + honest.getAddress().getPort() + "/";
        for (int status : statuses) {
            replicate(node, base + status, "here");
            replicate(node, "here", base + status);
            ask("from" + status, base + status, "here");
            ask("to" + status, "here", base + status);
        }
        awaitFailed(2 * statuses.length);
        assertTrue(asked.get() >= 4 * statuses.length, () -> asked + " requests");
        honest.createContext("/_peers/_invite", exchange -> redirect(exchange, 307));
        TestServer.Answer answer = node.join(base);
        assertEquals(502, answer.status(), answer.body());
        assertEquals(0, reached.get());
    }

    private void redirect(HttpExchange exchange, int status) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Location", url("127.0.0.2"));
            exchange.sendResponseHeaders(status, -1);
        }
    }

    @Test
    void join_formsOfADeniedAddress_areNotReached() throws IOException {
        String invitation = "#5d1ced31612d46c5817f86f79ca360b1.secret";
        for (String host : HOSTS) {
            for (String url : List.of(url("root:relax@" + host), url(host) + invitation)) {
                int status = node.join(url).status();
                assertTrue(status == 400 || status == 502, url + " " + status);
            }
        }
        assertEquals(0, reached.get());
    }

    /** A member says itself where it answers; the others believe it as far as they may. */
    @Test
    void peer_thatSaysItAnswersAtADeniedAddress_isNotAskedThere() throws Exception {
        for (String host : HOSTS) {
            try (HostilePeer peer = new HostilePeer()) {
                int status = peer.tryToJoin(node.invitation(), peer.record(1, List.of(url(host))));
                assertTrue(status == 200 || status == 400, host + " " + status);
                if (status == 200) {
                    node.awaitState(peer.id(), "retrying");
                }
            }
        }
        assertTrue(node.peers().size() > 5, () -> "they count as addresses of nodes");
        for (String host : List.of("127.0.0.2/x", "a@127.0.0.2", "a:b@127.0.0.2")) {
            try (HostilePeer peer = new HostilePeer()) {
                assertEquals(400, peer.tryToJoin(node.invitation(), peer.record(1, List.of(url(host)))), host);
            }
        }
        assertEquals(0, reached.get());
    }
}
