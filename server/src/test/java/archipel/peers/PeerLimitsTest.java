package archipel.peers;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.identity.NodeIdentity;
import archipel.peers.HostilePeer.Answer;
import archipel.remote.RemoteAnswer;
import archipel.remote.RemoteRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a member keeps once it is none any more, and how much strangers and members can make a node do. */
class PeerLimitsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String SECRET = "a-secret-of-twenty-characters";

    @TempDir
    private Path directory;

    private MeshNode node;
    private MeshNode member;
    private NodeIdentity identity;

    @BeforeEach
    void start() throws IOException {
        node = MeshNode.start(directory.resolve("node"));
        member = MeshNode.start(directory.resolve("member"));
        member.joined(node);
        identity = NodeIdentity.open(directory.resolve("member/identity"));
        node.put("/islands", "");
        node.put("/islands/molene", "{\"name\":\"Molène\"}");
    }

    @AfterEach
    void stop() throws IOException {
        member.close();
        node.close();
    }

    /** A request that lasts, past its first byte. */
    private static InputStream begun(MemberClient client, RemoteRequest request) throws Exception {
        RemoteAnswer answer = client.send(request.idle(Duration.ofMinutes(5)));
        assertEquals(200, answer.status());
        InputStream body = answer.body();
        assertTrue(body.read() >= 0);
        return body;
    }

    /** How long it takes until nothing comes any more. */
    private static long endedAfterMs(InputStream body) {
        long begunMs = System.currentTimeMillis();
        try {
            while (body.read() >= 0) {
                continue;
            }
        } catch (IOException brokenOff) {
            // As good as the end.
        }
        return System.currentTimeMillis() - begunMs;
    }

    private static final List<RemoteRequest> LASTING = List.of(
            RemoteRequest.get("_mesh/feed").query("heartbeat", "300000"),
            RemoteRequest.get("islands/_changes").query("feed", "continuous").query("heartbeat", "300000"));

    @Test
    void remove_withFeedsOpen_endsThemAtOnce() throws Exception {
        try (MemberClient client = new MemberClient(identity, node)) {
            List<InputStream> feeds = new ArrayList<>();
            for (RemoteRequest request : LASTING) {
                feeds.add(begun(client, request));
            }
            assertEquals(
                    200,
                    node.server().delete("/_peers/" + identity.fingerprint()).status());
            for (InputStream feed : feeds) {
                long tookMs = endedAfterMs(feed);
                assertTrue(tookMs < 2_000, "took " + tookMs + " ms");
            }
            assertEquals(403, client.status(RemoteRequest.get("islands/_changes")));
        }
    }

    @Test
    void remove_byAnotherMember_endsFeedsAtOnce() throws Exception {
        try (MeshNode third = MeshNode.start(directory.resolve("third"))) {
            third.joined(node);
            await().atMost(PATIENCE).until(() -> third.peers().contains(identity.fingerprint()));
            try (MemberClient client = new MemberClient(identity, node)) {
                InputStream feed = begun(client, LASTING.getLast());
                third.awaitState(node.id(), "connected");
                assertEquals(
                        200,
                        third.server()
                                .delete("/_peers/" + identity.fingerprint())
                                .status());
                long tookMs = endedAfterMs(feed);
                assertTrue(tookMs < 5_000, "took " + tookMs + " ms");
            }
        }
    }

    @Test
    void choose_otherDatabases_endsWhatIsNotSharedAtOnce() throws Exception {
        try (MemberClient client = new MemberClient(identity, node)) {
            InputStream feed = begun(client, LASTING.getLast());
            node.put("/_peers/" + identity.fingerprint(), "{\"databases\":[\"other\"]}");
            long tookMs = endedAfterMs(feed);
            assertTrue(tookMs < 2_000, "took " + tookMs + " ms");
        }
    }

    @Test
    void feeds_moreThanAFew_endTheOldest() throws Exception {
        try (MemberClient client = new MemberClient(identity, node)) {
            List<InputStream> feeds = new ArrayList<>();
            for (int i = 0; i < OpenFeeds.MOST + 3; i++) {
                feeds.add(begun(client, LASTING.getFirst()));
            }
            // The member itself has one as well.
            for (int i = 0; i < 3; i++) {
                long tookMs = endedAfterMs(feeds.get(i));
                assertTrue(tookMs < 2_000, "took " + tookMs + " ms");
            }
        }
        assertEquals(201, node.server().put("/alive", "").status());
    }

    @Test
    void invitation_usedByManyAtOnce_letsOneIn() throws Exception {
        String invitation = node.invitation();
        int many = 8;
        List<HostilePeer> peers = new ArrayList<>();
        List<Callable<Boolean>> joins = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            HostilePeer peer = new HostilePeer();
            peers.add(peer);
            joins.add(() -> {
                try {
                    peer.join(invitation);
                    return true;
                } catch (IOException refused) {
                    return false;
                }
            });
        }
        int in = 0;
        try (ExecutorService pool = Executors.newFixedThreadPool(many)) {
            for (Future<Boolean> one : pool.invokeAll(joins)) {
                in += one.get() ? 1 : 0;
            }
        }
        for (HostilePeer peer : peers) {
            peer.close();
        }
        assertEquals(1, in);
        assertEquals(2, node.peers().size());
    }

    private static String wish(HostilePeer peer, String proof) {
        return "{\"node\":" + peer.record(1) + ",\"proof\":\"" + proof + "\"}";
    }

    @Test
    void join_withWrongSecretsAllTheTime_isNotLookedAtAnyMore() throws Exception {
        Map<String, String> secret = Map.of("ARCHIPEL_PEER_SECRET", SECRET);
        try (MeshNode first = MeshNode.start(directory.resolve("first"), Map.of("peer_join_attempts", "30"), secret);
                MeshNode second = MeshNode.start(directory.resolve("second"), Map.of(), secret);
                HostilePeer stranger = new HostilePeer();
                MemberClient client = new MemberClient(stranger.identity(), first)) {
            // Whoever is let in counts nothing.
            assertEquals(201, second.join(first.url()).status());
            int refused = 0;
            int unseen = 0;
            long begunMs = System.currentTimeMillis();
            for (int i = 0; i < 300; i++) {
                int status = client.status(MemberClient.post("_mesh/join", wish(stranger, "guess" + i)));
                refused += status == 403 ? 1 : 0;
                unseen += status == 429 ? 1 : 0;
            }
            long most = 31 + (System.currentTimeMillis() - begunMs) / 2_000;
            assertEquals(300, refused + unseen);
            assertTrue(refused >= 30 && refused <= most, refused + " were looked at");
            assertEquals(200, client.status(RemoteRequest.get("_mesh/hello")));
            assertFalse(first.peers().contains(stranger.id()));
            assertEquals("connected", awaited(first, second.id()));
        }
    }

    private static String awaited(MeshNode node, String peer) throws IOException {
        node.awaitState(peer, "connected");
        return node.peer(peer).path("state").asString();
    }

    /** A stranger's request is small, or not read. */
    @Test
    void join_largeRequest_isNotRead() throws Exception {
        try (HostilePeer stranger = new HostilePeer();
                MemberClient client = new MemberClient(stranger.identity(), node)) {
            String large = "{\"node\":[" + "[],".repeat(1_000_000) + "[]]}";
            assertEquals(413, client.status(MemberClient.post("_mesh/join", large)));
        }
    }

    @Test
    void gossip_millionMembers_isRefusedAndItsSenderQuarantined() throws Exception {
        String tombstone = "{\"id\":\"" + "0".repeat(32) + "\",\"epoch\":1,\"removed\":true},";
        String many = "{\"members\":[" + tombstone.repeat(50_000) + "{}]}";
        String empty = "{\"members\":[" + "{},".repeat(1_000_000) + "{}]}";
        String named = "{\"members\":[],\"instance\":\"" + "x".repeat(1_000_000) + "\"}";
        try (HostilePeer peer = new HostilePeer()) {
            peer.join(node.invitation());
            try (MemberClient client = new MemberClient(peer.identity(), node)) {
                for (String told : List.of(many, empty, named)) {
                    assertEquals(400, client.status(MemberClient.post("_mesh/gossip", told)));
                }
                node.awaitState(peer.id(), "quarantined");
            }
        }
        assertEquals(201, node.server().put("/alive", "").status());
    }

    /** Changes that are not shared with a member do not take the signs of life from it. */
    @Test
    void feed_othersChangeAllTheTime_givesSignsOfLife() throws Exception {
        node.put("/_peers/" + identity.fingerprint(), "{\"databases\":[\"quiet\"]}");
        node.put("/busy", "");
        AtomicBoolean over = new AtomicBoolean();
        Thread writing = Thread.ofVirtual().start(() -> {
            try {
                for (int i = 0; !over.get(); i++) {
                    node.put("/busy/" + i, "{}");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        try (MemberClient client = new MemberClient(identity, node);
                RemoteAnswer answer =
                        client.send(RemoteRequest.get("_mesh/feed").query("heartbeat", "100"))) {
            InputStream feed = answer.body();
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                for (int i = 0; i < 5; i++) {
                    assertEquals('\n', feed.read());
                }
            });
        } finally {
            over.set(true);
            writing.join();
        }
    }

    @Test
    void gossip_allTheTime_isRefusedForAWhile() throws Exception {
        try (HostilePeer peer = new HostilePeer()) {
            peer.join(node.invitation());
            try (MemberClient client = new MemberClient(peer.identity(), node)) {
                int taken = 0;
                long begunMs = System.currentTimeMillis();
                for (int i = 0; i < 300; i++) {
                    int status = client.status(MemberClient.post("_mesh/gossip", "{\"members\":[]}"));
                    taken += status == 200 ? 1 : 0;
                }
                long most = 51 + (System.currentTimeMillis() - begunMs) / 100;
                assertTrue(taken >= 40 && taken <= most, taken + " were taken");
            }
        }
    }

    /** What a hostile member raises, others pass on in good faith: none of them is quarantined for it. */
    @Test
    void gossip_epochThatLeaps_isCutAndNobodyQuarantined() throws Exception {
        try (HostilePeer peer = new HostilePeer();
                HostilePeer other = new HostilePeer()) {
            String leaps = other.record(1).replace("\"epoch\":1", "\"epoch\":" + Long.MAX_VALUE / 2);
            peer.answer("/_mesh/gossip", Answer.of("{\"members\":[" + leaps + "]}"));
            peer.join(node.invitation());
            await().atMost(PATIENCE).until(() -> node.peers().contains(other.id()));
            await().atMost(PATIENCE).until(() -> member.peers().contains(other.id()));
            assertEquals("connected", awaited(member, node.id()));
            assertEquals("connected", awaited(node, member.id()));
        }
    }

    /** Members say under which address they see a node; only what this machine has counts. */
    @Test
    void gossip_addressOfAThirdHost_isNotTakenForOnesOwn() throws Exception {
        Map<String, String> anywhere = Map.of("host", "0.0.0.0", "peer_url", "");
        try (HostilePeer peer = new HostilePeer();
                MeshNode open = MeshNode.start(directory.resolve("open"), anywhere, Map.of())) {
            peer.answer("/_mesh/gossip", Answer.of("{\"members\":[],\"observed\":\"203.0.113.9\"}"));
            peer.join(
                    open.invitation("http://127.0.0.1:" + open.server().server().port()));
            peer.answer("/_mesh/gossip", Answer.of("{\"members\":[],\"observed\":\"127.0.0.1\"}"));
            await().atMost(PATIENCE).until(() -> addresses(open).contains("127.0.0.1"));
            assertFalse(addresses(open).contains("203.0.113.9"), addresses(open));
        }
    }

    private static String addresses(MeshNode node) throws IOException {
        return node.server()
                .get("/_peers")
                .json()
                .path("node")
                .path("addresses")
                .toString();
    }
}
