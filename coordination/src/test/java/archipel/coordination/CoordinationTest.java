package archipel.coordination;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node on its own, as ZooKeeper's client sees it. */
@Timeout(60)
class CoordinationTest {
    @TempDir
    private Path directory;

    private final List<AutoCloseable> open = new ArrayList<>();
    private RunningTree running;

    @BeforeEach
    void begin() throws Exception {
        running = start();
    }

    @AfterEach
    void end() throws Exception {
        for (AutoCloseable client : open) {
            client.close();
        }
        running.close();
    }

    private RunningTree start() throws Exception {
        return new RunningTree.Setup().tick(Duration.ofMillis(200)).start(directory);
    }

    private ZooKeeper connect(int timeoutMs, BlockingQueue<WatchedEvent> events) throws Exception {
        ZooKeeper client = new ZooKeeper("127.0.0.1:" + running.port(), timeoutMs, events::add);
        open.add(client);
        return client;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void requests_ofEachKind_areAnsweredAsZooKeeperDoes() throws Exception {
        BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
        ZooKeeper client = connect(10_000, events);
        assertEquals("/a", client.create("/a", bytes("1"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        assertThrows(
                KeeperException.NodeExistsException.class,
                () -> client.create("/a", bytes("1"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        Stat stat = new Stat();
        assertArrayEquals(bytes("1"), client.getData("/a", true, stat));
        assertEquals(0, stat.getVersion());
        assertEquals(1, client.setData("/a", bytes("2"), 0).getVersion());
        assertThrows(KeeperException.BadVersionException.class, () -> client.setData("/a", bytes("3"), 0));
        assertEquals(
                "/a/n0000000000", client.create("/a/n", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL));
        assertEquals(
                "/a/n0000000001", client.create("/a/n", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL));
        assertEquals(
                2,
                client.multi(List.of(Op.check("/a", 1), Op.delete("/a/n0000000001", 0)))
                        .size());
        assertThrows(
                KeeperException.class, () -> client.multi(List.of(Op.delete("/a/n0000000000", 0), Op.check("/a", 7))));
        assertEquals(List.of("n0000000000"), client.getChildren("/a", false));
        WatchedEvent connected = events.poll(10, TimeUnit.SECONDS);
        assertEquals(EventType.None, connected.getType());
        assertEquals(
                EventType.NodeDataChanged, events.poll(10, TimeUnit.SECONDS).getType());
    }

    @Test
    void tree_afterARestart_isAsItWas() throws Exception {
        ZooKeeper client = connect(10_000, new LinkedBlockingQueue<>());
        client.create("/a", bytes("1"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/a/b", bytes(""), Ids.READ_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/a-b", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/a/c", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.setData("/a", bytes("22"), -1);
        client.delete("/a/c", -1);
        Stat before = client.exists("/a", false);
        client.close();
        running.close();
        running = start();
        ZooKeeper again = connect(10_000, new LinkedBlockingQueue<>());
        Stat after = new Stat();
        assertArrayEquals(bytes("22"), again.getData("/a", false, after));
        assertEquals(before, after);
        assertEquals(Ids.READ_ACL_UNSAFE, again.getACL("/a/b", new Stat()));
        assertEquals(List.of("b"), again.getChildren("/a", false));
        assertEquals(
                2,
                again.getChildren("/", false).stream()
                        .filter(name -> name.startsWith("a"))
                        .count());
    }

    @Test
    void session_isSilent_endsWithItsNodes() throws Exception {
        ZooKeeper client = connect(10_000, new LinkedBlockingQueue<>());
        BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
        try (SilentClient silent = SilentClient.connect(running.port(), 400)) {
            silent.createEphemeral("/e");
            assertEquals(silent.session(), client.exists("/e", events::add).getEphemeralOwner());
            assertEquals(
                    EventType.NodeDeleted, events.poll(10, TimeUnit.SECONDS).getType());
            assertNull(client.exists("/e", false));
        }
    }

    /** As ZooKeeper does, also without a colon. */
    @Test
    void addAuthInfo_ofNoAccountInAnOpenTree_isWhoeverKnowsIt() throws Exception {
        ZooKeeper client = connect(10_000, new LinkedBlockingQueue<>());
        client.addAuthInfo("digest", bytes("pirate"));
        client.create("/chest", null, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        ZooKeeper other = connect(10_000, new LinkedBlockingQueue<>());
        assertThrows(KeeperException.NoAuthException.class, () -> other.setData("/chest", bytes("1"), -1));
        other.addAuthInfo("digest", bytes("pirate"));
        assertEquals(1, other.setData("/chest", bytes("1"), -1).getVersion());
    }

    /** A check of a password is slow, and a failed one counts towards a lock. */
    @Test
    void addAuthInfo_ofNoAccountInAnOpenTree_isNotCheckedAsAnAccounts() throws Exception {
        Queue<String> checked = new ConcurrentLinkedQueue<>();
        running.coordination().use(new Accounts() {
            @Override
            public @Nullable Standing login(String name, String password, String address) {
                checked.add(name);
                return password.equals("right") ? Standing.USER : null;
            }

            @Override
            public boolean isAccount(String name) {
                return name.equals("ada");
            }
        });
        ZooKeeper client = connect(10_000, new LinkedBlockingQueue<>());
        client.addAuthInfo("digest", bytes("pirate:secret"));
        client.addAuthInfo("digest", bytes("ada:right"));
        client.create("/chest", null, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        assertEquals(2, client.getACL("/chest", null).size());
        // The client may say it twice.
        assertEquals(Set.of("ada"), Set.copyOf(checked));
    }

    /** A server without sessions says nothing, for however long. */
    @Test
    void session_isTheFirstOfAnotherServer_endsWhenThatServerIsSilentAndNotBefore() throws Exception {
        int timeoutMs = 2_000;
        // Longer than the session may be silent.
        Awaitility.await().pollDelay(Duration.ofMillis(timeoutMs + 500)).until(() -> true);
        long begunNs = System.nanoTime();
        running.node()
                .extend(TreeCommand.encode(newSession("other", timeoutMs)), 0)
                .get();
        assertEquals(1, running.figures().sessions());
        Awaitility.await().until(() -> running.figures().sessions() == 0);
        long livedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begunNs);
        assertTrue(livedMs >= timeoutMs, livedMs + " ms");
    }

    private static TreeCommand newSession(String server, int timeoutMs) {
        byte[] body = ByteBuffer.allocate(Integer.BYTES).putInt(timeoutMs).array();
        return new TreeCommand.Submit(server, 1, 17, 0, OpCode.createSession, body, List.of(), List.of());
    }
}
