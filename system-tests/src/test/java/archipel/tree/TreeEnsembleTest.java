package archipel.tree;

import static archipel.tree.TreeEnsemble.MOST;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.ConnectionLossException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Sessions, their nodes and their watches outlive the member that serves them, and no longer than they should: no node
 * outlives its session, though the request that makes it comes to its server before the session ends, and is carried
 * out after. All on one ensemble, whose members come back from test to test.
 */
@Timeout(180)
final class TreeEnsembleTest {
    private static final int LONG_SESSION_MS = 20_000;
    private static final int SESSION_MS = 3_000;
    private static final int SHORT_SESSION_MS = 1_500;
    private static final int REQUESTS = 300;

    @TempDir
    private static Path directory;

    private static TreeEnsemble ensemble;

    @BeforeAll
    static void start() throws IOException {
        ensemble = new TreeEnsemble(directory);
    }

    @AfterAll
    static void stop() {
        ensemble.close();
    }

    @BeforeEach
    void mend() throws IOException {
        ensemble.mend();
    }

    @AfterEach
    void disconnect() throws InterruptedException {
        ensemble.disconnect();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void create(ZooKeeper client, String path, String data, CreateMode mode) throws Exception {
        client.create(path, bytes(data), Ids.OPEN_ACL_UNSAFE, mode);
    }

    private static EventType next(BlockingQueue<WatchedEvent> events) throws InterruptedException {
        while (true) {
            WatchedEvent event = events.poll(MOST.toSeconds(), TimeUnit.SECONDS);
            assertNotNull(event, "nothing was told");
            if (event.getType() != EventType.None) {
                return event.getType();
            }
        }
    }

    @Test
    void session_leaderIsKilled_keepsItsConnectionAndItsNodes() throws Exception {
        String leader = ensemble.leader();
        BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
        ZooKeeper client = ensemble.connect(
                LONG_SESSION_MS, events::add, ensemble.followers().getFirst());
        create(client, "/kept", "mine", CreateMode.EPHEMERAL);
        events.clear();
        ensemble.member(leader).kill();
        Stat stat = client.setData("/kept", bytes("still mine"), 0);
        assertEquals(1, stat.getVersion());
        assertEquals(client.getSessionId(), stat.getEphemeralOwner());
        assertTrue(
                events.stream().noneMatch(event -> event.getState() == KeeperState.Disconnected),
                "the connection was lost: " + events);
    }

    @Test
    void ensemble_isAsked_tellsWhereMembersServeClientsAndAsWhat() throws Exception {
        HttpRequest request = ensemble.member(ensemble.names().getLast())
                .request("/_ensemble")
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            TreeEnsemble.await().untilAsserted(() -> {
                JsonNode members = JsonMapper.shared()
                        .readTree(http.send(request, HttpResponse.BodyHandlers.ofString())
                                .body())
                        .get("members");
                assertEquals(3, members.size());
                int leaders = 0;
                for (JsonNode member : members) {
                    String name = member.get("name").asString();
                    JsonNode served = member.get("coordination");
                    assertEquals(ensemble.address(name), served.path("address").asString(""));
                    leaders += served.path("role").asString("").equals("leader") ? 1 : 0;
                    assertEquals(ensemble.role(name), served.path("role").asString(""));
                }
                assertEquals(1, leaders);
            });
        }
    }

    /** Two sessions of a server that is killed: the client of one goes to another server, the other does not. */
    @Test
    void sessions_serverIsKilled_goOnAtAnotherWithNodesAndWatchesOrEnd() throws Exception {
        String victim = ensemble.followers().getFirst();
        ZooKeeper moving = ensemble.connect(SESSION_MS, _ -> {}, victim);
        create(moving, "/moved", "mine", CreateMode.EPHEMERAL);
        create(moving, "/watched", "0", CreateMode.PERSISTENT);
        BlockingQueue<WatchedEvent> toldMoving = new LinkedBlockingQueue<>();
        moving.getData("/watched", toldMoving::add, new Stat());
        long session = moving.getSessionId();
        ZooKeeper ending = ensemble.connect(SESSION_MS, _ -> {}, victim);
        create(ending, "/ended", "", CreateMode.EPHEMERAL);
        ZooKeeper other =
                ensemble.connect(LONG_SESSION_MS, _ -> {}, ensemble.followers().getLast());
        sync(other);
        BlockingQueue<WatchedEvent> toldOther = new LinkedBlockingQueue<>();
        assertNotNull(other.exists("/ended", toldOther::add));

        moving.updateServerList(ensemble.addresses());
        long killedNs = System.nanoTime();
        ensemble.member(victim).kill();
        other.setData("/watched", bytes("1"), 0);
        assertEquals(EventType.NodeDataChanged, next(toldMoving));
        // Both sessions would end at the same time, had the one not gone on.
        assertEquals(EventType.NodeDeleted, next(toldOther));
        long silentMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killedNs);
        assertTrue(silentMs >= SESSION_MS * 2 / 3, () -> "it ended after " + silentMs + " ms");
        Stat moved = TreeEnsemble.await()
                .ignoreException(ConnectionLossException.class)
                .until(() -> moving.setData("/moved", bytes("still mine"), -1), stat -> true);
        assertEquals(session, moving.getSessionId());
        assertEquals(session, moved.getEphemeralOwner());
        sync(other);
        assertArrayEquals(bytes("still mine"), other.getData("/moved", false, new Stat()));
    }

    private static void sync(ZooKeeper client) throws InterruptedException {
        CountDownLatch synced = new CountDownLatch(1);
        client.sync("/", (code, path, context) -> synced.countDown(), null);
        assertTrue(synced.await(MOST.toSeconds(), TimeUnit.SECONDS));
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

    private static void assertNothingIsLeft(List<ZooKeeper> watchers) throws Exception {
        for (ZooKeeper watcher : watchers) {
            sync(watcher);
            assertEquals(List.of(), watcher.getChildren("/own", false));
        }
    }

    /** A client of each member, and the node that the others are made below. */
    private static List<ZooKeeper> watchers() throws Exception {
        List<ZooKeeper> watchers = new ArrayList<>();
        for (String member : ensemble.names()) {
            watchers.add(ensemble.connect(LONG_SESSION_MS, _ -> {}, member));
        }
        if (watchers.getFirst().exists("/own", false) == null) {
            create(watchers.getFirst(), "/own", "", CreateMode.PERSISTENT);
        }
        return watchers;
    }

    @Test
    void nodes_askedForBeforeTheirServerIsPaused_endWithTheSession() throws Exception {
        List<ZooKeeper> watchers = watchers();
        for (String paused : List.of(ensemble.leader(), ensemble.followers().getFirst())) {
            ZooKeeper other =
                    watchers.get(ensemble.names().indexOf(ensemble.followers().getLast()));
            sync(other);
            ZooKeeper client = ensemble.connect(SHORT_SESSION_MS, _ -> {}, paused);
            create(client, "/own/first", "", CreateMode.EPHEMERAL);
            makeMany(client, "early");
            ensemble.member(paused).signal("STOP");
            try {
                // These wait in its socket.
                makeMany(client, "late");
                TreeEnsemble.await()
                        .ignoreException(ConnectionLossException.class)
                        .until(() -> other.exists("/own/first", false) == null);
            } finally {
                ensemble.member(paused).signal("CONT");
            }
            TreeEnsemble.await()
                    .ignoreException(ConnectionLossException.class)
                    .untilAsserted(() -> assertNothingIsLeft(watchers));
        }
    }

    @Test
    void nodes_askedForBeforeTheSessionIsClosed_endWithIt() throws Exception {
        List<ZooKeeper> watchers = watchers();
        for (String member : ensemble.names()) {
            ZooKeeper client = ensemble.connect(SHORT_SESSION_MS, _ -> {}, member);
            makeMany(client, "n");
            client.close();
            assertNothingIsLeft(watchers);
        }
    }
}
