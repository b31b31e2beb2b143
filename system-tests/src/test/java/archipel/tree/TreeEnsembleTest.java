package archipel.tree;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.EnsembleProcesses;
import archipel.cluster.LoopbackPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sessions, their nodes and their watches outlive the member that serves them, and no longer than they should. */
@Timeout(180)
final class TreeEnsembleTest {
    private static final Duration MOST = Duration.ofSeconds(30);
    private static final int SESSION_MS = 6_000;

    @TempDir
    private Path directory;

    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private final List<ZooKeeper> clients = new ArrayList<>();
    private EnsembleProcesses ensemble;

    @BeforeEach
    void start() throws IOException {
        ensemble = EnsembleProcesses.start(directory, 3, options -> {
            try {
                int port = LoopbackPort.free();
                ports.put(options.data().getParent().getFileName().toString(), port);
                return options.withJvm("-Xmx256m").with("coordination_port", Integer.toString(port));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @AfterEach
    void stop() throws InterruptedException {
        for (ZooKeeper client : clients) {
            client.close(0);
        }
        ensemble.close();
    }

    private ZooKeeper connect(BlockingQueue<WatchedEvent> events, String... members) throws IOException {
        String addresses = String.join(
                ",",
                List.of(members).stream()
                        .map(name -> "127.0.0.1:" + ports.get(name))
                        .toList());
        ZooKeeper client = new ZooKeeper(addresses, SESSION_MS, events::add);
        clients.add(client);
        // A session begins once the members have met, whatever that takes.
        Awaitility.await()
                .atMost(MOST)
                .ignoreException(KeeperException.ConnectionLossException.class)
                .until(() -> client.exists("/", false) != null);
        return client;
    }

    private String mode(String member) {
        try (Socket socket = new Socket("127.0.0.1", ports.get(member))) {
            socket.getOutputStream().write("srvr".getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .filter(line -> line.startsWith("Mode: "))
                    .findFirst()
                    .orElse("");
        } catch (IOException down) {
            return "";
        }
    }

    private String leader() {
        return Awaitility.await()
                .atMost(MOST)
                .until(
                        () -> ensemble.names().stream()
                                .filter(name -> mode(name).equals("Mode: leader"))
                                .findFirst()
                                .orElse(null),
                        leader -> leader != null);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
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

    /** The client's own server lives: its connection does, too. */
    @Test
    void session_leaderIsKilled_keepsItsConnectionAndItsNodes() throws Exception {
        String leader = leader();
        String follower = ensemble.names().stream()
                .filter(name -> !name.equals(leader))
                .findFirst()
                .orElseThrow();
        BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
        ZooKeeper client = connect(events, follower);
        client.create("/lock", bytes("mine"), Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        events.clear();
        ensemble.member(leader).kill();
        Stat stat = client.setData("/lock", bytes("still mine"), 0);
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
            Awaitility.await().atMost(MOST).untilAsserted(() -> {
                JsonNode members = JsonMapper.shared()
                        .readTree(http.send(request, HttpResponse.BodyHandlers.ofString())
                                .body())
                        .get("members");
                assertEquals(3, members.size());
                int leaders = 0;
                for (JsonNode member : members) {
                    String name = member.get("name").asString();
                    JsonNode served = member.get("coordination");
                    assertEquals(
                            "127.0.0.1:" + ports.get(name),
                            served.path("address").asString(""));
                    leaders += served.path("role").asString("").equals("leader") ? 1 : 0;
                    assertEquals("Mode: " + served.path("role").asString(""), mode(name));
                }
                assertEquals(1, leaders);
            });
        }
    }

    @Test
    void session_serverIsKilled_goesOnAtAnotherWithItsNodesAndWatches() throws Exception {
        String victim = ensemble.names().getFirst();
        BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
        ZooKeeper client = connect(events, victim);
        client.create("/lock", bytes("mine"), Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        client.create("/watched", bytes("0"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        BlockingQueue<WatchedEvent> told = new LinkedBlockingQueue<>();
        client.getData("/watched", told::add, new Stat());
        long session = client.getSessionId();
        client.updateServerList(String.join(
                ",", ports.values().stream().map(port -> "127.0.0.1:" + port).toList()));
        ensemble.member(victim).kill();
        ZooKeeper other = connect(
                new LinkedBlockingQueue<>(),
                ensemble.names().get(1),
                ensemble.names().get(2));
        other.setData("/watched", bytes("1"), 0);
        assertEquals(EventType.NodeDataChanged, next(told));
        Stat lock = Awaitility.await()
                .atMost(MOST)
                .ignoreException(KeeperException.ConnectionLossException.class)
                .until(() -> client.exists("/lock", false), stat -> true);
        assertEquals(session, client.getSessionId());
        assertEquals(session, lock.getEphemeralOwner());
        // Longer than a session may be silent.
        Awaitility.await().pollDelay(Duration.ofMillis(SESSION_MS + 2_000)).until(() -> true);
        assertArrayEquals(bytes("mine"), other.getData("/lock", false, new Stat()));
    }

    @Test
    void session_serverAndClientAreGone_endsWithItsNodes() throws Exception {
        String victim = ensemble.names().getLast();
        ZooKeeper client = connect(new LinkedBlockingQueue<>(), victim);
        client.create("/lock", bytes("mine"), Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        ZooKeeper other = connect(new LinkedBlockingQueue<>(), ensemble.names().getFirst());
        BlockingQueue<WatchedEvent> told = new LinkedBlockingQueue<>();
        assertNotNull(other.exists("/lock", told::add));
        long killed = System.currentTimeMillis();
        ensemble.member(victim).kill();
        assertEquals(EventType.NodeDeleted, next(told));
        assertTrue(System.currentTimeMillis() - killed >= SESSION_MS * 2 / 3, "too early");
    }
}
