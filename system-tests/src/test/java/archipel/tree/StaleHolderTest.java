package archipel.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.LoopbackPort;
import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import archipel.tree.LockHolder.Kind;
import com.sun.net.httpserver.HttpServer;
import java.io.File;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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
    private static Path directory;

    private static ServerProcess server;
    private static String tree;

    @BeforeAll
    static void start() throws IOException {
        int port = LoopbackPort.free();
        tree = "127.0.0.1:" + port;
        server = ServerProcess.start(ServerOptions.in(directory.resolve("node"))
                .with("coordination_port", Integer.toString(port))
                .with("coordination_tick_ms", Integer.toString(TICK_MS))
                .with("coordination_least_timeout_ms", "500"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** Runs the scenario. @return the answer to the write of the process that was paused */
    private static String tell(Kind kind, String locks, String stale, String fresh) throws Exception {
        try (LockHolder first = LockHolder.start(kind, locks, stale, "stale");
                LockHolder second = LockHolder.start(kind, locks, fresh, "new")) {
            first.tellToTake();
            first.awaitHolding();
            first.signal("STOP");
            second.tellToTake();
            second.awaitHolding();
            second.tellToWrite();
            assertEquals("201", second.answer().substring(0, 3));
            first.tellToWrite();
            first.signal("CONT");
            return first.answer();
        }
    }

    /** Without fences: ZooKeeper's own server, Curator's mutex, and a store that checks no token. */
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
        File data = directory.resolve("zookeeper").toFile();
        ZooKeeperServer theirs = new ZooKeeperServer(data, data, TICK_MS);
        NIOServerCnxnFactory connections = new NIOServerCnxnFactory();
        connections.configure(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        connections.startup(theirs);
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
        String database = create("/trees");
        assertFenced(tell(Kind.FENCED_MUTEX, tree, database + "/stale", database + "/new"));
    }

    @Test
    void write_ofAPausedHolderOfALock_isFenced() throws Exception {
        String database = create("/locks");
        assertFenced(tell(Kind.LOCK, server.url(), database + "/stale", database + "/new"));
    }

    /** A database for each: tokens of the two kinds of locks have nothing to do with each other. */
    private static String create(String path) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            assertEquals(
                    201,
                    client.send(
                                    server.request(path)
                                            .PUT(BodyPublishers.noBody())
                                            .build(),
                                    BodyHandlers.discarding())
                            .statusCode());
        }
        return server.url() + path;
    }

    private static void assertFenced(String answer) {
        assertTrue(answer.startsWith("412 {\"error\":\"fenced\""), answer);
    }
}
