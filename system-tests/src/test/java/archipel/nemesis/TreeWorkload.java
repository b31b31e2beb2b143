package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.linearizability.DocumentCall;
import archipel.linearizability.DocumentModel;
import archipel.linearizability.DocumentResult;
import archipel.linearizability.HistoryRecorder;
import archipel.linearizability.LinearizabilityChecker;
import archipel.linearizability.RegisterCall;
import archipel.linearizability.RegisterModel;
import archipel.linearizability.RegisterResult;
import archipel.linearizability.Verdict;
import archipel.nemesis.TreeHistory.Ephemeral;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.NodeExistsException;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.data.Stat;
import org.awaitility.Awaitility;

/** Clients of ZooKeeper, some at one node and some at all of them, and others that watch what they do. */
final class TreeWorkload implements Workload {
    /** How many nodes are changed under watches. */
    static final int WATCHED = 3;

    private static final Duration MOST = Duration.ofSeconds(60);
    private static final int PATIENT_MS = 20_000;

    private final List<String> servers;
    private final ClientThreads clients = new ClientThreads();
    private final TreeHistory history = new TreeHistory();
    private final HistoryRecorder<DocumentCall, DocumentResult> registers = new HistoryRecorder<>();
    private final HistoryRecorder<RegisterCall, RegisterResult> pairs = new HistoryRecorder<>();
    private final Queue<WatchFollower.Change> changes = new ConcurrentLinkedQueue<>();
    private final Map<String, Ephemeral> made = new ConcurrentHashMap<>();
    private final List<TreeClient> all = new ArrayList<>();
    private final List<WatchFollower> followers = new ArrayList<>();
    private volatile int round;

    /** @param servers where each node is for clients of ZooKeeper */
    TreeWorkload(List<String> servers) {
        this.servers = List.copyOf(servers);
    }

    TreeHistory history() {
        return history;
    }

    HistoryRecorder<DocumentCall, DocumentResult> registers() {
        return registers;
    }

    HistoryRecorder<RegisterCall, RegisterResult> pairs() {
        return pairs;
    }

    /** Those of watched nodes that were acknowledged. */
    Queue<WatchFollower.Change> changes() {
        return changes;
    }

    void made(String node, Ephemeral ephemeral) {
        made.put(node, ephemeral);
    }

    void deleting(String node) {
        made.get(node).deleting();
    }

    int round() {
        return round;
    }

    private String from(int first) {
        List<String> turned = new ArrayList<>(servers);
        Collections.rotate(turned, -first);
        return String.join(",", turned);
    }

    @Override
    public void begin(SplittableRandom random) throws IOException {
        List<String> paths =
                new ArrayList<>(List.of("/registers", "/pairs", "/numbers", "/ephemeral", "/watched", "/marks"));
        for (int i = 0; i < WATCHED; i++) {
            paths.add("/watched/k-" + i);
        }
        for (int node = 0; node < servers.size(); node++) {
            paths.add("/marks/w" + node);
        }
        make(paths);
        for (int node = 0; node < servers.size(); node++) {
            begin("n" + node + "z", servers.get(node), false, random.split());
            begin("n" + node + "s", servers.get(node), true, random.split());
            begin("round" + node + "z", from(node), false, random.split());
            WatchFollower follower =
                    new WatchFollower(clients, "w" + node, from(node), "/marks/w" + node, "/watched/k-1");
            followers.add(follower);
            clients.begin("w" + node, follower::step);
        }
    }

    private void begin(String name, String at, boolean sits, SplittableRandom random) {
        TreeClient client = new TreeClient(this, clients, name, at, sits, random);
        all.add(client);
        clients.begin(name, client::step);
    }

    private void make(List<String> paths) throws IOException {
        TreeSession session = TreeSession.open(from(0), PATIENT_MS);
        for (String path : paths) {
            Awaitility.await()
                    .atMost(MOST)
                    .ignoreException(KeeperException.ConnectionLossException.class)
                    .until(() -> {
                        try {
                            session.create(path, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
                        } catch (NodeExistsException there) {
                            return true;
                        }
                        return true;
                    });
        }
        session.end();
    }

    @Override
    public void nextRound() {
        round++;
    }

    @Override
    public void close() {
        clients.end();
        all.forEach(TreeClient::end);
    }

    @Override
    public void check() throws IOException {
        try {
            checkEndOfWatches();
        } finally {
            followers.forEach(WatchFollower::close);
        }
        String tree = checkSame();
        history.numbers()
                .forEach((parent, numbers) -> numbers.forEach(number -> assertTrue(
                        tree.contains("\n" + parent + "/n-" + String.format("%010d", number) + " "),
                        () -> parent + " has lost " + number)));
        history.check(clients.violations());
        Set<WatchFollower.Change> known = new HashSet<>(changes);
        followers.forEach(follower -> known.addAll(follower.changes()));
        int told = 0;
        for (WatchFollower follower : followers) {
            told += follower.check(known, clients.violations());
        }
        System.out.println("nemesis: tree: " + history.figures() + ", " + known.size()
                + " watched changes that were told of " + told + " times, " + clients.counts());
        clients.violations().check();
        check("registers", LinearizabilityChecker.check(registers.history(), DocumentModel.of(registers.history())));
        check("pairs", LinearizabilityChecker.check(pairs.history(), new RegisterModel()));
        assertTrue(told > 0, "no watch was proved");
    }

    private static void check(String what, Verdict verdict) {
        System.out.println("nemesis: tree: " + what + ": " + verdict);
        assertInstanceOf(Verdict.Linearizable.class, verdict, verdict::toString);
    }

    /** A watch that goes off once is not lost: whoever has one knows the newest state, or is about to be told. */
    private void checkEndOfWatches() throws IOException {
        TreeSession session = TreeSession.open(from(0), PATIENT_MS);
        try {
            Awaitility.await()
                    .atMost(MOST)
                    .ignoreException(KeeperException.ConnectionLossException.class)
                    .untilAsserted(() -> {
                        Stat stat = session.exists("/watched/k-1", false);
                        for (WatchFollower follower : followers) {
                            follower.step();
                            assertEquals(stat.getMzxid(), follower.readZxid(), "a watch did not go off");
                        }
                    });
        } finally {
            session.end();
        }
    }

    /** All nodes have the same tree, in which nothing is left of sessions. */
    private String checkSame() {
        String[] first = new String[1];
        Awaitility.await()
                .atMost(MOST)
                .ignoreExceptionsInstanceOf(KeeperException.class)
                .untilAsserted(() -> {
                    first[0] = tree(servers.getFirst());
                    assertTrue(
                            first[0].lines().noneMatch(line -> line.startsWith("/ephemeral/")),
                            () -> "nodes are left of "
                                    + first[0].lines()
                                            .filter(line -> line.startsWith("/ephemeral/"))
                                            .toList());
                    for (String server : servers.subList(1, servers.size())) {
                        String other = tree(server);
                        assertEquals(without(first[0], other), without(other, first[0]), server + " has another tree");
                    }
                });
        return first[0];
    }

    /** Lines of the one that the other does not have. */
    private static String without(String tree, String other) {
        Set<String> lines = other.lines().collect(Collectors.toSet());
        return tree.lines().filter(line -> !lines.contains(line)).collect(Collectors.joining("\n"));
    }

    private static String tree(String server) throws Exception {
        TreeSession session = TreeSession.open(server, PATIENT_MS);
        try {
            session.syncNow("/");
            Map<String, String> nodes = new TreeMap<>();
            collect(session, "/", nodes);
            StringBuilder text = new StringBuilder("\n");
            nodes.forEach(
                    (path, node) -> text.append(path).append(' ').append(node).append('\n'));
            return text.toString();
        } finally {
            session.end();
        }
    }

    private static void collect(TreeSession session, String path, Map<String, String> nodes) throws Exception {
        Stat stat = new Stat();
        byte[] data = session.getData(path, false, stat);
        nodes.put(path, stat.toString().strip() + " " + (data == null ? "" : new String(data)));
        for (String child : session.getChildren(path, false)) {
            if (!child.equals("zookeeper")) {
                collect(session, path.equals("/") ? "/" + child : path + "/" + child, nodes);
            }
        }
    }
}
