package archipel.peers;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.identity.NodeIdentity;
import archipel.remote.RemoteRequest;
import archipel.testkit.MulticastFlood;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Nodes on the loopback network that are told of nobody, and what others can do there. */
class DiscoveryTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final Map<String, String> SECRET = Map.of("ARCHIPEL_PEER_SECRET", "a-secret-of-twenty-characters");
    private static final Map<String, String> OTHER_SECRET =
            Map.of("ARCHIPEL_PEER_SECRET", "another-of-twenty-characters");

    @TempDir
    private Path directory;

    private final List<MeshNode> nodes = new ArrayList<>();

    @AfterEach
    void stop() throws IOException {
        for (MeshNode node : nodes) {
            node.close();
        }
    }

    private MeshNode start(String name, Map<String, String> secrets) throws IOException {
        MeshNode node = MeshNode.start(directory.resolve(name), Map.of("discover", "true"), secrets);
        nodes.add(node);
        return node;
    }

    private static List<String> discovered(MeshNode node) throws IOException {
        List<String> found = new ArrayList<>();
        for (JsonNode one : node.server().get("/_peers").json().path("discovered")) {
            found.add(one.path("fingerprint").asString());
        }
        return found;
    }

    @Test
    void nodes_withACommonSecret_findEachOther() throws IOException {
        MeshNode one = start("one", SECRET);
        MeshNode two = start("two", SECRET);
        MeshNode stranger = start("stranger", Map.of());
        MeshNode impostor = start("impostor", OTHER_SECRET);
        one.awaitState(two.id(), "connected");
        two.awaitState(one.id(), "connected");
        await().atMost(PATIENCE)
                .until(() -> discovered(one).containsAll(List.of(stranger.id(), impostor.id()))
                        && discovered(stranger).size() == 3);
        one.put("/islands", "");
        one.put("/islands/molene", "{}");
        MeshNode.awaitDocument("/islands/molene", two);
        await().atMost(PATIENCE)
                .until(() -> whyNot(one, impostor).contains("secret is another one")
                        || whyNot(impostor, one).contains("secret is another one"));
        assertEquals(List.of(two.id()), one.peers());
        assertEquals(List.of(), stranger.peers());
        assertEquals(List.of(), impostor.peers());
        assertFalse(discovered(one).contains(two.id()), "it is a peer");
        stranger.stop();
        nodes.remove(stranger);
        await().atMost(Duration.ofSeconds(10)).until(() -> discovered(one).size() == 1);
    }

    private static String whyNot(MeshNode node, MeshNode other) throws IOException {
        for (JsonNode one : node.server().get("/_peers").json().path("discovered")) {
            if (one.path("fingerprint").asString().equals(other.id())) {
                return one.path("last_error").asString("");
            }
        }
        return "";
    }

    /** Both are somewhere else now, and neither knows where. */
    @Test
    void members_bothAtAnotherAddress_findEachOtherAgain() throws IOException {
        MeshNode one = start("one", Map.of());
        MeshNode two = start("two", Map.of());
        two.joined(one);
        one.awaitState(two.id(), "connected");
        two.stop();
        one.stop();
        one.again();
        two.again();
        one.awaitState(two.id(), "connected");
        two.awaitState(one.id(), "connected");
    }

    /** It was removed by somebody: that it still has the secret and is there does not bring it back. */
    @Test
    void member_thatWasRemoved_isNotJoinedAgain() throws Exception {
        MeshNode one = start("one", SECRET);
        MeshNode two = start("two", SECRET);
        one.awaitState(two.id(), "connected");
        two.awaitState(one.id(), "connected");
        assertEquals(200, one.server().delete("/_peers/" + two.id()).status());
        await().atMost(PATIENCE).until(() -> discovered(one).contains(two.id()));
        await().pollDelay(Duration.ofSeconds(8)).until(() -> true);
        assertEquals(List.of(), one.peers());
    }

    @Test
    void flood_ofAnnouncements_costsLittleAndJoinsNobody() throws Exception {
        MeshNode one = start("one", SECRET);
        try (MulticastFlood flood = MulticastFlood.begin(InetAddress.ofLiteral("127.0.0.2"))) {
            await().atMost(PATIENCE).until(() -> !discovered(one).isEmpty());
            int made = 0;
            while (made < 50 || flood.sent() <= 1_000) {
                assertTrue(discovered(one).size() <= 100);
                assertEquals(201, one.server().put("/d" + made++, "").status());
            }
            assertEquals(List.of(), one.peers());
        }
        MeshNode two = start("two", SECRET);
        one.awaitState(two.id(), "connected");
    }

    /** Whoever listens learns that a node is there, and nothing of what it has. */
    @Test
    void stranger_thatFindsANode_getsNothing() throws Exception {
        MeshNode one = start("one", SECRET);
        try (MemberClient stranger = new MemberClient(NodeIdentity.make(), one)) {
            assertEquals(403, stranger.status(RemoteRequest.get("_mesh/feed")));
            assertEquals(403, stranger.status(RemoteRequest.get("_all_dbs")));
        }
    }
}
