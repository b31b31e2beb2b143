package archipel.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.EnsembleProcesses;
import archipel.cluster.LoopbackPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * No node outlives its session, though the request that makes it comes to its server before the session ends, and is
 * carried out after: the server is paused in between, or the client closes the session behind its requests.
 */
@Timeout(180)
final class SessionNodesTest {
    private static final Duration MOST = Duration.ofSeconds(40);
    private static final int SESSION_MS = 1_500;
    private static final int REQUESTS = 300;

    @TempDir
    private Path directory;

    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private EnsembleProcesses ensemble;

    @BeforeEach
    void start() throws IOException {
        ensemble = EnsembleProcesses.start(directory, 3, options -> {
            try {
                int port = LoopbackPort.free();
                ports.put(options.data().getParent().getFileName().toString(), port);
                return options.withJvm("-Xmx256m")
                        .with("coordination_port", Integer.toString(port))
                        .with("coordination_tick_ms", "400")
                        .with("coordination_least_timeout_ms", "500");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @AfterEach
    void stop() {
        ensemble.close();
    }

    private ZooKeeper connect(String member, int sessionMs) throws IOException {
        ZooKeeper client = new ZooKeeper("127.0.0.1:" + ports.get(member), sessionMs, event -> {});
        Awaitility.await()
                .atMost(MOST)
                .ignoreException(KeeperException.ConnectionLossException.class)
                .until(() -> client.exists("/", false) != null);
        return client;
    }

    private static void makeMany(ZooKeeper client, String prefix) {
        for (int i = 0; i < REQUESTS; i++) {
            client.create(
                    "/own/" + prefix + i,
                    new byte[64],
                    Ids.OPEN_ACL_UNSAFE,
                    CreateMode.EPHEMERAL,
                    (code, path, context, name) -> {},
                    null);
        }
    }

    private List<String> left(String member) throws Exception {
        ZooKeeper client = connect(member, 20_000);
        try {
            CountDownLatch synced = new CountDownLatch(1);
            client.sync("/own", (code, path, context) -> synced.countDown(), null);
            assertTrue(synced.await(MOST.toSeconds(), TimeUnit.SECONDS));
            return client.getChildren("/own", false);
        } finally {
            client.close();
        }
    }

    private void assertNothingIsLeft() throws Exception {
        for (String member : ensemble.names()) {
            assertEquals(List.of(), left(member), () -> "nodes are left, as " + member + " has it");
        }
    }

    @Test
    void nodes_askedForBeforeTheirServerIsPaused_endWithTheSession() throws Exception {
        for (String paused : ensemble.names().subList(0, 2)) {
            String other = ensemble.names().stream()
                    .filter(name -> !name.equals(paused))
                    .findFirst()
                    .orElseThrow();
            ZooKeeper watcher = connect(other, 20_000);
            Stat there = watcher.exists("/own", false);
            if (there == null) {
                watcher.create("/own", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            }
            ZooKeeper client = connect(paused, SESSION_MS);
            client.create("/own/first", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
            makeMany(client, "early");
            ensemble.member(paused).signal("STOP");
            // These wait in its socket.
            makeMany(client, "late");
            Awaitility.await()
                    .atMost(MOST)
                    .ignoreException(KeeperException.ConnectionLossException.class)
                    .until(() -> watcher.exists("/own/first", false) == null);
            ensemble.member(paused).signal("CONT");
            Awaitility.await().atMost(MOST).untilAsserted(() -> assertEquals(List.of(), left(paused)));
            assertNothingIsLeft();
            client.close(0);
            watcher.close();
        }
    }

    @Test
    void nodes_askedForBeforeTheSessionIsClosed_endWithIt() throws Exception {
        ZooKeeper watcher = connect(ensemble.names().getFirst(), 20_000);
        watcher.create("/own", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        for (int round = 0; round < 2; round++) {
            for (String member : ensemble.names()) {
                ZooKeeper client = connect(member, SESSION_MS);
                makeMany(client, "n" + round);
                client.close();
                assertNothingIsLeft();
            }
        }
        watcher.close();
    }
}
