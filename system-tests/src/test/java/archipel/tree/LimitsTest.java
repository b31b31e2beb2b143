package archipel.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.cluster.LoopbackPort;
import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.MarshallingErrorException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests and answers that are too large get an error, and the connection stays open. */
@Timeout(60)
final class LimitsTest {
    private static final int MOST_BYTES = 64 << 10;
    private static final int CHILDREN = 900;
    private static final String LONG_NAME = "n".repeat(90);

    @TempDir
    private static Path directory;

    private static int port;
    private static ServerProcess server;

    private final BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
    private ZooKeeper client;

    @BeforeAll
    static void start() throws IOException {
        port = LoopbackPort.free();
        server = ServerProcess.start(ServerOptions.in(directory)
                .with("coordination_port", Integer.toString(port))
                .with("coordination_request_bytes", Integer.toString(MOST_BYTES)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void connect() throws IOException {
        client = new ZooKeeper("127.0.0.1:" + port, 20_000, events::add);
    }

    @AfterEach
    void disconnect() throws InterruptedException {
        client.close();
    }

    private void assertNeverLost() {
        assertEquals(
                List.of(KeeperState.SyncConnected),
                events.stream().map(WatchedEvent::getState).distinct().toList());
    }

    @Test
    void children_tooManyForAnAnswer_areAnErrorAndCanStillBeDeleted() throws Exception {
        client.create("/many", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        for (int from = 0; from < CHILDREN; from += 100) {
            List<Op> ops = new ArrayList<>();
            for (int i = from; i < from + 100; i++) {
                ops.add(Op.create("/many/" + LONG_NAME + i, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
            }
            client.multi(ops);
        }
        assertThrows(MarshallingErrorException.class, () -> client.getChildren("/many", false));
        assertThrows(MarshallingErrorException.class, () -> client.getChildren("/many", false, new Stat()));
        assertEquals(CHILDREN, client.exists("/many", false).getNumChildren());
        List<Op> deletes = new ArrayList<>();
        for (int i = 0; i < CHILDREN / 2; i++) {
            deletes.add(Op.delete("/many/" + LONG_NAME + i, -1));
        }
        client.multi(deletes);
        assertEquals(CHILDREN - CHILDREN / 2, client.getChildren("/many", false).size());
        assertNeverLost();
    }

    @Test
    void request_tooLarge_isAnErrorAndChangesNothing() throws Exception {
        client.create("/a", new byte[1], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        assertThrows(MarshallingErrorException.class, () -> client.setData("/a", new byte[2 * MOST_BYTES], -1));
        assertThrows(
                MarshallingErrorException.class,
                () -> client.create("/b", new byte[40 * MOST_BYTES], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        Stat stat = client.exists("/a", false);
        assertEquals(0, stat.getVersion());
        assertEquals(1, client.setData("/a", new byte[MOST_BYTES / 2], 0).getVersion());
        assertNeverLost();
    }
}
