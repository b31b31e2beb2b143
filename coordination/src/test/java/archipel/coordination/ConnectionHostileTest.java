package archipel.coordination;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.proto.ConnectRequest;
import org.apache.zookeeper.proto.ConnectResponse;
import org.apache.zookeeper.proto.ExistsRequest;
import org.apache.zookeeper.proto.GetDataRequest;
import org.apache.zookeeper.proto.SetDataRequest;
import org.apache.zookeeper.txn.CreateSessionTxn;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that want the server no good, or know no better: they are refused, and others do not notice. */
@Timeout(120)
class ConnectionHostileTest {
    private static final Duration MOST = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void assertServes(RunningTree tree) throws Exception {
        assertTrue(tree.connect().getChildren("/", false).contains("zookeeper"));
    }

    @Test
    void lengths_thatCannotBe_endTheConnection() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory)) {
            for (int length : new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 0, 1, 27, 5_000, 1 << 20}) {
                try (RawClient client = new RawClient(tree.port())) {
                    client.length(length);
                    assertTrue(client.isClosed(), "first " + length);
                }
            }
            for (int length : new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 0, 1, 7}) {
                try (RawClient client = RawClient.begun(tree.port())) {
                    client.length(length);
                    assertTrue(client.isClosed(), "then " + length);
                }
            }
            assertServes(tree);
        }
    }

    /** Of 64 MiB, which is less than the library would refuse, in a frame of 45 bytes. */
    @Test
    void password_saysItIsLongerThanTheFrame_endsTheConnection() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory);
                RawClient client = new RawClient(tree.port())) {
            byte[] connect = RawClient.bytes(new ConnectRequest(0, 0, 20_000, 0, new byte[16], false));
            client.frame(ByteBuffer.wrap(connect).putInt(24, 64 << 20).array());
            assertTrue(client.isClosed());
            assertEquals(1, tree.figures().malformed());
            assertServes(tree);
        }
    }

    @Test
    void request_isTooLong_isRefusedAndTheConnectionGoesOn() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory)) {
            ZooKeeper client = tree.connect();
            client.create("/a", bytes("1"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            long session = client.getSessionId();
            assertThrows(
                    KeeperException.MarshallingErrorException.class,
                    () -> client.setData("/a", new byte[3 * RunningTree.REQUEST_BYTES], -1));
            assertEquals(1, client.setData("/a", bytes("2"), 0).getVersion());
            assertEquals(session, client.getSessionId());
            assertEquals(1, tree.figures().connections());
        }
    }

    @Test
    void request_ofAnUnknownKind_endsTheConnection() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory)) {
            for (int type : new int[] {OpCode.createSession, OpCode.deleteContainer, OpCode.error, 77, -100, 1 << 30}) {
                try (RawClient client = RawClient.begun(tree.port())) {
                    client.request(type, new CreateSessionTxn(Integer.MAX_VALUE));
                    assertTrue(client.isClosed(), "type " + type);
                }
            }
            assertServes(tree);
        }
    }

    @Test
    void request_cannotBeRead_isAnErrorInItsPlace() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory);
                RawClient client = RawClient.begun(tree.port())) {
            int first = client.request(OpCode.create, new CreateSessionTxn(-1));
            int second = client.request(OpCode.getData, new CreateSessionTxn(-1));
            int third = client.request(OpCode.exists, new ExistsRequest("/", false));
            assertEquals(List.of(first, Code.MARSHALLINGERROR.intValue()), reply(client));
            assertEquals(List.of(second, Code.MARSHALLINGERROR.intValue()), reply(client));
            assertEquals(List.of(third, 0), reply(client));
        }
    }

    private static List<Integer> reply(RawClient client) throws Exception {
        var header = client.reply();
        return List.of(header.getXid(), header.getErr());
    }

    @Test
    void session_ofSomebodyElse_isNotTakenOver() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory);
                RawClient owner = new RawClient(tree.port());
                RawClient thief = new RawClient(tree.port())) {
            ConnectResponse own = owner.begin();
            // As ZooKeeper makes it of the session's number.
            byte[] computed = new byte[16];
            new Random(own.getSessionId() ^ 0xB3415C00L).nextBytes(computed);
            ConnectResponse taken = thief.begin(own.getSessionId(), computed);
            assertEquals(0, taken.getSessionId());
            assertTrue(thief.isClosed());
            owner.request(OpCode.exists, new ExistsRequest("/", false));
            assertEquals(0, owner.reply().getErr());
            try (RawClient again = new RawClient(tree.port())) {
                assertEquals(
                        own.getSessionId(),
                        again.begin(own.getSessionId(), own.getPasswd()).getSessionId());
            }
        }
    }

    @Test
    void session_withAbsurdValues_isRefusedOrBounded() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory)) {
            for (ConnectRequest absurd : List.of(
                    new ConnectRequest(-1, Long.MAX_VALUE, 1, 0, new byte[16], false),
                    new ConnectRequest(Integer.MAX_VALUE, 0, 1, Long.MIN_VALUE, new byte[0], true),
                    new ConnectRequest(0, 0, 1, -1, new byte[3_000], false))) {
                try (RawClient client = new RawClient(tree.port())) {
                    client.frame(RawClient.bytes(absurd));
                    assertTrue(client.isClosed(), absurd::toString);
                }
            }
            for (int timeout : new int[] {Integer.MIN_VALUE, -1, 0, Integer.MAX_VALUE}) {
                try (RawClient client = new RawClient(tree.port())) {
                    client.frame(RawClient.bytes(new ConnectRequest(0, -1, timeout, 0, new byte[0], false)));
                    client.request(OpCode.closeSession);
                    assertTrue(client.isClosed());
                }
            }
            assertServes(tree);
        }
    }

    @Test
    void sessions_ofOneAddress_areBoundedAlsoWithoutConnections() throws Exception {
        int most = 20;
        try (RunningTree tree = new RunningTree.Setup().perAddress(most / 4).start(directory)) {
            int begun = 0;
            for (int i = 0; i < 3 * most; i++) {
                try (RawClient _ = RawClient.begun(tree.port())) {
                    begun++;
                } catch (java.io.IOException refused) {
                    assertTrue(tree.figures().refused() > 0);
                }
            }
            assertEquals(most, begun);
            // They have ended once they were silent for too long.
            ZooKeeper late = tree.connect();
            Awaitility.await()
                    .atMost(MOST.multipliedBy(2))
                    .ignoreExceptions()
                    .until(() -> late.exists("/", false) != null);
        }
    }

    @Test
    void connections_thatSayNothingOrTooLittle_areClosed() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory);
                RawClient silent = new RawClient(tree.port());
                RawClient half = RawClient.begun(tree.port());
                RawClient slow = RawClient.begun(tree.port())) {
            half.length(1_000);
            half.raw(new byte[500]);
            slow.length(100_000);
            Thread trickle = Thread.ofVirtual().start(() -> {
                try {
                    while (true) {
                        slow.raw(new byte[1]);
                        Awaitility.await().pollDelay(Duration.ofMillis(500)).until(() -> true);
                    }
                } catch (java.io.IOException closed) {
                    return;
                }
            });
            assertTrue(silent.isClosed());
            assertTrue(half.isClosed());
            assertTrue(slow.isClosed());
            assertTrue(trickle.join(MOST));
            assertTrue(tree.figures().dropped() >= 3);
            assertServes(tree);
        }
    }

    @Test
    void client_neverReads_isNotReadFromEither() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory)) {
            ZooKeeper good = tree.connect();
            byte[] large = new byte[1_000_000];
            good.create("/large", large, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            try (RawClient client = RawClient.begun(tree.port())) {
                int count = 300;
                for (int i = 0; i < count; i++) {
                    client.request(OpCode.getData, new GetDataRequest("/large", false));
                }
                Awaitility.await().atMost(MOST).until(() -> tree.figures().unsentBytes() > large.length / 2);
                assertArrayEquals(large, good.getData("/large", false, new Stat()));
                assertTrue(tree.figures().unsentBytes() < 3L * large.length, () -> "" + tree.figures());
                // It may read later.
                for (int i = 1; i <= count; i++) {
                    assertEquals(i, client.reply().getXid());
                }
            }
            Awaitility.await().atMost(MOST).until(() -> tree.figures().unsentBytes() == 0);
        }
    }

    @Test
    void watches_ofOneConnection_areBounded() throws Exception {
        int most = 100;
        try (RunningTree tree = new RunningTree.Setup().watches(most).start(directory)) {
            ZooKeeper client = tree.connect();
            for (int i = 0; i < most; i++) {
                client.exists("/none" + i, true);
                client.exists("/none" + i / 2, i < most - 1);
            }
            assertEquals(most, tree.figures().watches());
            assertThrows(KeeperException.QuotaExceededException.class, () -> client.exists("/one-more", true));
            assertThrows(KeeperException.QuotaExceededException.class, () -> client.getChildren("/", true));
            assertEquals(null, client.exists("/one-more", false));
            client.create("/none0", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            Awaitility.await().atMost(MOST).until(() -> tree.figures().watches() == most - 1);
            client.exists("/one-more", true);
            client.close();
            Awaitility.await().atMost(MOST).until(() -> tree.figures().watches() == 0);
        }
    }

    @Test
    void answer_wouldBeLongerThanAnyMayBe_isAnError() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory)) {
            ZooKeeper client = tree.connect();
            client.create("/large", new byte[500_000], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            assertEquals(
                    2,
                    client.multi(Collections.nCopies(2, Op.getData("/large"))).size());
            assertThrows(
                    KeeperException.MarshallingErrorException.class,
                    () -> client.multi(Collections.nCopies(10_000, Op.getData("/large"))));
        }
    }

    @Test
    void accessList_isHuge_isRefused() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory)) {
            ZooKeeper client = tree.connect();
            List<ACL> many = new ArrayList<>();
            for (int i = 0; i < 5_000; i++) {
                many.add(new ACL(Perms.READ, new Id("ip", "10.0." + i / 250 + "." + i % 250)));
            }
            assertThrows(
                    KeeperException.InvalidACLException.class,
                    () -> client.create("/a", null, many, CreateMode.PERSISTENT));
            assertThrows(
                    KeeperException.InvalidACLException.class,
                    () -> client.multi(List.of(Op.create("/a", new byte[0], many, CreateMode.PERSISTENT))));
            client.create("/a", null, many.subList(0, 100), CreateMode.PERSISTENT);
        }
    }

    @Test
    void tree_isFullOfSmallNodes_refusesMore() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory)) {
            ZooKeeper client = tree.connect();
            long before = tree.figures().bytes();
            client.create("/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
            assertTrue(tree.figures().bytes() - before > 200, "what a node needs besides its name counts");
        }
    }

    @Test
    void words_areAnsweredAsFarAsTheyAreAllowed() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory)) {
            assertEquals("imok", word(tree, "ruok"));
            assertEquals("rw", word(tree, "isro"));
            assertTrue(word(tree, "srvr").contains("Mode: leader\nNode count: "), () -> "srvr");
            String monitor = word(tree, "mntr");
            assertTrue(monitor.contains("zk_server_state\tleader\n"), monitor);
            assertTrue(monitor.contains("zk_znode_count\t"), monitor);
            for (String word : List.of("stat", "cons", "dump", "conf", "envi", "wchs", "wchc", "wchp", "crst")) {
                assertEquals(word + " is not executed because it is not in the whitelist.\n", word(tree, word));
            }
        }
    }

    @Test
    void words_areAllAllowed_areAnswered() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().commands("*").start(directory)) {
            ZooKeeper client = tree.connect();
            client.create("/e", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
            client.exists("/e", event -> {});
            String session = "0x" + Long.toHexString(client.getSessionId());
            assertTrue(word(tree, "stat").contains("Clients:\n /127.0.0.1:"), () -> "stat");
            assertTrue(word(tree, "cons").contains("sid=" + session), () -> "cons");
            assertTrue(word(tree, "dump").contains(session), () -> "dump");
            assertTrue(word(tree, "dump").contains("/e"), () -> "dump");
            assertTrue(word(tree, "conf").contains("tickTime=2000"), () -> "conf");
            assertTrue(word(tree, "envi").contains("java.version="), () -> "envi");
            assertTrue(word(tree, "wchs").contains("Total watches:1"), () -> "wchs");
            assertTrue(word(tree, "wchc").contains(session), () -> "wchc");
            assertTrue(word(tree, "wchp").contains("/e"), () -> "wchp");
            assertEquals("Connection stats reset.\n", word(tree, "crst"));
            assertEquals("Server stats reset.\n", word(tree, "srst"));
            assertTrue(word(tree, "dirs").contains("datadir_size: "), () -> "dirs");
            client.setData("/e", bytes("1"), 0);
        }
    }

    private static String word(RunningTree tree, String word) throws Exception {
        try (RawClient client = new RawClient(tree.port())) {
            return client.word(word);
        }
    }

    @Test
    void wrongPasswords_oneAfterTheOther_holdUpNobody() throws Exception {
        Accounts slow = (name, password, address) -> {
            if (name.equals("busy")) {
                throw new Accounts.Busy(new IllegalStateException());
            }
            Awaitility.await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
            return null;
        };
        try (RunningTree tree = new RunningTree.Setup().with(slow).start(directory)) {
            ZooKeeper good = tree.connect();
            good.exists("/", false);
            List<ZooKeeper> others = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                ZooKeeper other = tree.connect();
                other.exists("/", false);
                other.addAuthInfo("digest", bytes("somebody:wrong"));
                others.add(other);
            }
            long from = System.currentTimeMillis();
            for (int i = 0; i < 20; i++) {
                good.setData("/zookeeper", bytes("" + i), -1);
            }
            assertTrue(System.currentTimeMillis() - from < 2_000, "others waited for passwords");
            ZooKeeper busy = tree.connect();
            busy.exists("/", false);
            busy.addAuthInfo("digest", bytes("busy:any"));
            assertNotEquals(ZooKeeper.States.AUTH_FAILED, busy.getState());
            assertFalse(others.isEmpty());
        }
    }

    @Test
    void largeRequests_ofManyAtOnce_areAllAnswered() throws Exception {
        try (RunningTree tree = new RunningTree.Setup().start(directory)) {
            List<RawClient> clients = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                clients.add(RawClient.begun(tree.port()));
            }
            SetDataRequest large = new SetDataRequest("/zookeeper", new byte[900_000], -1);
            List<Thread> senders = new ArrayList<>();
            for (RawClient client : clients) {
                senders.add(Thread.ofVirtual().start(() -> {
                    try {
                        client.request(OpCode.setData, large);
                        client.request(OpCode.setData, large);
                    } catch (java.io.IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                }));
            }
            for (RawClient client : clients) {
                assertEquals(0, client.reply().getErr());
                assertEquals(0, client.reply().getErr());
                client.close();
            }
            for (Thread sender : senders) {
                assertTrue(sender.join(MOST));
            }
        }
    }
}
