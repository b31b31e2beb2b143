package archipel.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.LoopbackPort;
import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import archipel.tree.LockHolder.Kind;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process is paused after it has made sure that it holds a lock. Another one takes the lock, and writes. Then the
 * first one goes on, and writes as well: no lock can keep it from that, only the store can.
 */
@Timeout(120)
final class StaleHolderTest {
    private static final int TICK_MS = 300;

    @TempDir
    private Path directory;

    /** Each step of the story. @return what the one that was paused got for its write */
    private static String tell(Kind kind, String locks, String stale, String fresh) throws Exception {
        try (LockHolder first = LockHolder.start(kind, locks, stale, "stale")) {
            first.awaitHolding();
            first.signal("STOP");
            try (LockHolder second = LockHolder.start(kind, locks, fresh, "new")) {
                second.awaitHolding();
                second.tellToWrite();
                assertEquals("201", second.answer().substring(0, 3));
                first.tellToWrite();
                first.signal("CONT");
                return first.answer();
            }
        }
    }

    /** What it is like elsewhere: ZooKeeper itself, Curator's mutex, and a store that knows nothing of either. */
    @Test
    void write_ofAPausedHolderOfZooKeepersLock_replacesTheOneOfTheNewHolder() throws Exception {
        AtomicReference<String> stored = new AtomicReference<>("");
        HttpServer store = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        store.createContext("/", exchange -> {
            stored.set(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.sendResponseHeaders(201, -1);
            exchange.close();
        });
        store.start();
        ZooKeeperServer server = new ZooKeeperServer(directory.toFile(), directory.toFile(), TICK_MS);
        NIOServerCnxnFactory connections = new NIOServerCnxnFactory();
        connections.configure(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        connections.startup(server);
        try {
            String report = "http://127.0.0.1:" + store.getAddress().getPort() + "/report";
            String answer = tell(Kind.MUTEX, "127.0.0.1:" + connections.getLocalPort(), report, report);
            assertTrue(answer.startsWith("201"), answer);
            assertEquals("{\"value\":\"stale\"}", stored.get(), "the stale write was to get through");
        } finally {
            connections.shutdown();
            store.stop(0);
        }
    }

    @Test
    void write_ofAPausedHolderOfTheTreesLock_isFenced() throws Exception {
        int port = LoopbackPort.free();
        try (ServerProcess server = start(ServerOptions.in(directory)
                .with("coordination_port", Integer.toString(port))
                .with("coordination_tick_ms", Integer.toString(TICK_MS))
                .with("coordination_least_timeout_ms", "500"))) {
            assertFenced(tell(
                    Kind.FENCED_MUTEX,
                    "127.0.0.1:" + port,
                    server.url() + "/reports/stale",
                    server.url() + "/reports/new"));
        }
    }

    @Test
    void write_ofAPausedHolderOfALock_isFenced() throws Exception {
        try (ServerProcess server = start(ServerOptions.in(directory))) {
            assertFenced(tell(Kind.LOCK, server.url(), server.url() + "/reports/stale", server.url() + "/reports/new"));
        }
    }

    private static ServerProcess start(ServerOptions options) throws IOException, InterruptedException {
        ServerProcess server = ServerProcess.start(options);
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertEquals(
                    201,
                    client.send(
                                    server.request("/reports")
                                            .PUT(BodyPublishers.noBody())
                                            .build(),
                                    BodyHandlers.discarding())
                            .statusCode());
        }
        return server;
    }

    private static void assertFenced(String answer) {
        assertTrue(answer.startsWith("412 {\"error\":\"fenced\""), answer);
    }
}
