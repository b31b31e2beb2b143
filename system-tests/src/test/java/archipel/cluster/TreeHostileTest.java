package archipel.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.tree.TreeBystander;
import archipel.tree.TreeSocket;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs.AddWatchModes;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.proto.AddWatchRequest;
import org.apache.zookeeper.proto.AuthPacket;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.ExistsRequest;
import org.apache.zookeeper.proto.GetDataRequest;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What anybody can do to a small node through the port of ZooKeeper's clients, and through locks and topics over HTTP.
 * Two others go on meanwhile, one on each port, and nothing of it is left afterwards. In every build one node gets all
 * of it in turn, with as much of each as a bound needs to be reached; in the soak each attack has a node of its own.
 */
@Timeout(400)
final class TreeHostileTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration MOST = Duration.ofMinutes(1);
    private static final int MIB = 1 << 20;
    private static final Size LEAST = new Size(600, 1, 200, 300, 2_000);
    private static final Size FULL = new Size(3_000, 5, 900, 3_000, 0);

    @TempDir
    private Path directory;

    private final List<TreeSocket> hostile = new ArrayList<>();
    private int port;
    private SmallNode node;
    private Bystander bystander;
    private TreeBystander treeBystander;

    /**
     * How much of everything.
     *
     * @param garbage connections that send it
     * @param addresses that open as many connections as they can
     * @param unfinished requests that announce more than they send
     * @param sessions that are begun and left
     * @param nodeBytes what each node of a tree that becomes full has; empty ones are the most
     */
    private record Size(int garbage, int addresses, int unfinished, int sessions, int nodeBytes) {}

    @BeforeAll
    static void allowSockets() throws IOException, InterruptedException {
        OpenFiles.allow(20_000);
    }

    @BeforeEach
    void start() throws Exception {
        port = LoopbackPort.free();
        node = SmallNode.start(
                SmallNode.options(directory).withOpenFiles(12_000).with("coordination_port", Integer.toString(port)));
        bystander = Bystander.start(node, "127.0.0.1");
        treeBystander = TreeBystander.start(port);
    }

    @AfterEach
    void stop() {
        leave();
        bystander.close();
        treeBystander.close();
        node.close();
    }

    private void leave() {
        hostile.forEach(TreeSocket::close);
        hostile.clear();
    }

    /** As {@link #leave}, until the node has no connection left but the bystander's. */
    private void leaveNothing() {
        leave();
        Awaitility.await()
                .atMost(MOST)
                .ignoreExceptions()
                .until(() -> node.metric("coordination_connections_open") <= 2
                        && node.metric("coordination_unsent_bytes") == 0);
    }

    private TreeSocket open(int address) throws IOException {
        TreeSocket socket = new TreeSocket(port, "127.0.0." + address);
        hostile.add(socket);
        return socket;
    }

    private void assertNobodyNotices() throws Exception {
        bystander.assertServed(PATIENCE);
        treeBystander.assertServed(PATIENCE);
        leaveNothing();
        node.awaitRecovered(0);
        long lines = node.process().countLines("");
        System.out.println("lines in the log: " + lines);
        assertTrue(lines < 150, node.process()::lastLines);
    }

    @Test
    void node_attackedInEachWay_goesOn() throws Exception {
        // Before wrong passwords, which make logins slow for a while.
        waitForLocksAndReadNoTopics();
        sendGarbage(LEAST);
        leaveNothing();
        openConnections(LEAST);
        leaveNothing();
        takeNoAnswers();
        leaveNothing();
        fillTree(LEAST);
        assertNobodyNotices();
    }

    @Test
    @Tag("soak")
    void connections_silentAndUnfinished_areBoundedAndEnd() throws Exception {
        openConnections(FULL);
        Awaitility.await()
                .atMost(MOST)
                .ignoreExceptions()
                .until(() -> node.metric("coordination_connections_open") <= 1);
        assertNobodyNotices();
    }

    @Test
    @Tag("soak")
    void answers_neverTaken_endTheConnection() throws Exception {
        takeNoAnswers();
        assertNobodyNotices();
    }

    @Test
    @Tag("soak")
    void sessionsWatchesAndNodes_asManyAsThereMayBe_areRefusedThen() throws Exception {
        fillTree(FULL);
        assertNobodyNotices();
    }

    @Test
    @Tag("soak")
    void garbageAndWrongPasswords_withoutEnd_fillNoLog() throws Exception {
        sendGarbage(FULL);
        assertNobodyNotices();
    }

    @Test
    @Tag("soak")
    void locksAndTopics_withManyWhoWaitAndNeverRead_areBounded() throws Exception {
        waitForLocksAndReadNoTopics();
        assertNobodyNotices();
    }

    private void openConnections(Size size) throws Exception {
        for (int address = 2; address < 2 + size.addresses(); address++) {
            for (int i = 0; i < 1_200; i++) {
                try {
                    open(address);
                } catch (IOException refused) {
                    // As it may be.
                }
            }
        }
        assertTrue(node.metric("coordination_connections_refused") > 0);
        leaveNothing();
        // What they announce takes no memory, and what they send no more than a bound.
        for (int i = 0; i < size.unfinished(); i++) {
            open(2).begin().length(MIB);
        }
        byte[] most = new byte[MIB - 1_000];
        for (int i = 0; i < 60; i++) {
            TreeSocket socket = open(3).begin();
            try {
                socket.length(MIB);
                socket.raw(most);
            } catch (IOException closed) {
                // As soon as there is too much.
            }
        }
    }

    private void takeNoAnswers() throws Exception {
        ZooKeeper good = treeBystander.client();
        long dropped = node.metric("coordination_connections_dropped");
        String longName = "/" + "n".repeat(2_000);
        good.create(longName, new byte[1], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        good.create("/large", new byte[900_000], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        for (int i = 0; i < 10; i++) {
            TreeSocket watcher = open(2).begin();
            watcher.request(OpCode.addWatch, new AddWatchRequest("/", AddWatchModes.persistentRecursive));
            assertEquals(0, watcher.error());
        }
        for (int i = 0; i < 40; i++) {
            TreeSocket reader = open(3).begin();
            for (int k = 0; k < 50; k++) {
                reader.request(OpCode.getData, new GetDataRequest("/large", true));
            }
        }
        AtomicInteger answered = new AtomicInteger();
        int changes = 10_000;
        for (int i = 0; i < changes; i++) {
            good.setData(longName, new byte[1], -1, (code, path, context, stat) -> answered.incrementAndGet(), null);
        }
        Awaitility.await().atMost(MOST).until(() -> answered.get() == changes);
        Awaitility.await()
                .atMost(MOST.multipliedBy(3))
                .until(() -> node.metric("coordination_connections_dropped") >= dropped + 50);
    }

    private void fillTree(Size size) throws Exception {
        for (int i = 0; i < size.sessions(); i++) {
            try (TreeSocket socket = new TreeSocket(port, "127.0.0." + (2 + i % 4))) {
                socket.begin();
            } catch (IOException refused) {
                assertTrue(node.metric("coordination_connections_refused") > 0);
                break;
            }
        }
        String longName = "w".repeat(20_000);
        int refusedWatches = 0;
        for (int i = 0; i < 2_000 && refusedWatches == 0; i++) {
            TreeSocket socket = i % 500 == 0 ? open(7).begin() : hostile.getLast();
            socket.request(OpCode.exists, new ExistsRequest("/" + i + longName, true));
            refusedWatches = socket.error() == Code.QUOTAEXCEEDED.intValue() ? 1 : 0;
        }
        assertEquals(1, refusedWatches, "no end of watches");
        TreeSocket maker = open(8).begin();
        byte[] data = new byte[size.nodeBytes()];
        int error = 0;
        int nodes = 0;
        while (error == 0) {
            for (int i = 0; i < 100; i++) {
                maker.request(OpCode.create, new CreateRequest("/e" + nodes++, data, Ids.OPEN_ACL_UNSAFE, 1));
            }
            for (int i = 0; i < 100; i++) {
                error = Math.min(error, maker.error());
            }
        }
        System.out.println("the tree took " + nodes + " nodes");
        assertEquals(Code.QUOTAEXCEEDED.intValue(), error);
    }

    private void sendGarbage(Size size) throws Exception {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < size.garbage(); i++) {
            byte[] bytes = new byte[random.nextInt(1, 400)];
            random.nextBytes(bytes);
            try (TreeSocket socket = new TreeSocket(port, "127.0.0.2")) {
                if (i % 2 == 0) {
                    socket.begin();
                    bytes[0] = 0;
                    bytes[Math.min(1, bytes.length - 1)] = 0;
                }
                socket.raw(bytes);
            }
        }
        for (int i = 0; i < 200; i++) {
            open(3 + i % 4)
                    .begin()
                    .request(
                            OpCode.auth,
                            new AuthPacket(0, "digest", ("somebody" + i + ":wrong").getBytes(StandardCharsets.UTF_8)));
        }
        for (int i = 0; i < 300; i++) {
            try (TreeSocket socket = new TreeSocket(port, "127.0.0.9")) {
                socket.begin();
                socket.request(77, new ExistsRequest("/", false));
                socket.request(OpCode.auth, new AuthPacket(0, "nothing", new byte[100]));
            }
        }
    }

    private void waitForLocksAndReadNoTopics() throws Exception {
        String login = ServerProcess.ADMIN + ":" + ServerProcess.PASSWORD;
        List<Socket> sockets = new ArrayList<>();
        assertEquals(
                200,
                node.asAdmin("POST", "/_locks/l", "{\"owner\":\"first\",\"ttl\":600000}")
                        .status());
        String waits = "{\"owner\":\"o\",\"ttl\":1000,\"wait\":60000}";
        for (int i = 0; i < 1_500; i++) {
            sockets.add(send("127.0.0." + (2 + i % 4), "POST", "/_locks/l", login, waits));
        }
        Awaitility.await().atMost(MOST).ignoreExceptions().until(() -> node.metric("locks_waiting") >= 900);
        for (int i = 0; i < 20; i++) {
            sockets.add(send("127.0.0.7", "GET", "/_topics/t?feed=eventsource&since=0", login, ""));
        }
        String message = "{\"text\":\"" + "m".repeat(200_000) + "\"}";
        for (int i = 0; i < 400; i++) {
            int status = node.asAdmin("POST", "/_topics/t", message).status();
            assertEquals(201, status);
        }
        assertTrue(node.metric("topic_bytes") <= 65L * MIB, () -> "retention");
        System.out.println("topic_bytes " + node.metric("topic_bytes"));
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private Socket send(String from, String method, String path, String login, String body) throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        Socket socket = node.open(from);
        socket.getOutputStream()
                .write((method + " " + path + " HTTP/1.1\r\nHost: a\r\nAuthorization: " + SmallNode.basic(login)
                                + "\r\nContent-Type: application/json\r\nContent-Length: " + content.length + "\r\n\r\n"
                                + body)
                        .getBytes(StandardCharsets.UTF_8));
        return socket;
    }
}
