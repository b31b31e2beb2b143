package archipel.peers;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer;
import archipel.testkit.Directories;
import archipel.testkit.TestCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Three nodes that know one address each: they find each other, converge, and go on doing so whatever happens. */
class MeshTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private MeshNode one;
    private MeshNode two;
    private MeshNode three;

    @BeforeEach
    void start() throws IOException {
        one = MeshNode.start(directory.resolve("one"));
        two = MeshNode.start(directory.resolve("two"));
        three = MeshNode.start(directory.resolve("three"));
    }

    @AfterEach
    void stop() throws IOException {
        one.close();
        two.close();
        three.close();
    }

    private void connect() throws IOException {
        two.joined(one);
        three.joined(two);
        awaitPeers(one, two, three);
    }

    private static void awaitPeers(MeshNode... nodes) {
        await().atMost(PATIENCE).untilAsserted(() -> {
            for (MeshNode node : nodes) {
                Set<String> others = new TreeSet<>();
                for (MeshNode other : nodes) {
                    others.add(other.id());
                }
                others.remove(node.id());
                assertEquals(others, new TreeSet<>(node.peers()));
                for (String id : others) {
                    assertEquals("connected", node.peer(id).path("state").asString(), node.peer(id)::toString);
                }
            }
        });
    }

    @Test
    void join_oneAddressEach_allKnowEachOther() throws IOException {
        connect();
        String file = Files.readString(directory.resolve("one/peers"));
        assertTrue(file.contains(three.id()), "what one node was told by another is kept");
    }

    @Test
    void join_whatIsAMemberAlready_changesNothing() throws IOException {
        String invitation = one.invitation();
        assertEquals(201, two.join(invitation).status());
        assertEquals(201, two.join(invitation).status(), "used up, and good for nothing else to be done");
        String unused = one.invitation();
        assertEquals(201, two.join(unused).status());
        assertEquals(201, three.join(unused).status(), "left for somebody who needs it");
        assertEquals(200, one.server().delete("/_peers/" + two.id()).status());
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertEquals(403, two.join(invitation).status(), "one has removed it"));
        two.joined(one);
        awaitPeers(one, two, three);
    }

    @Test
    void invite_toNoAddress_isRefused() throws IOException {
        for (String address : new String[] {"10.0.0.7", "http://10.0.0.7/islands", "http://a:b@10.0.0.7"}) {
            TestServer.Answer answer = one.server().post("/_peers/_invite", "{\"address\":\"" + address + "\"}");
            assertEquals(400, answer.status(), answer.body());
        }
        TestServer.Answer answer = one.server().post("/_peers/_invite", "{\"address\":\"https://a.example.org\"}");
        assertTrue(answer.json().path("url").asString().startsWith("https://a.example.org/#"), answer.body());
    }

    @Test
    void join_existingDatabases_comeAcross() throws IOException {
        one.put("/islands", "");
        one.put("/islands/molene", "{\"name\":\"Molène\",\"_attachments\":{\"a.txt\":{\"data\":\"YWJj\"}}}");
        one.put("/islands/_design/names", "{\"views\":{\"all\":{\"map\":\"function (doc) { emit(doc.name); }\"}}}");
        three.put("/a%2Fb", "");
        three.put("/a%2Fb/x", "{}");
        connect();
        MeshNode.awaitDocument("/islands/molene", three);
        MeshNode.awaitDocument("/a%2Fb/x", one);
        MeshNode.awaitEqual("islands", one, two, three);
        MeshNode.awaitEqual("a%2Fb", one, two, three);
        assertEquals("abc", three.server().get("/islands/molene/a.txt").body());
    }

    @Test
    void changes_live_arriveSoon() throws IOException {
        connect();
        one.put("/islands", "");
        MeshNode.awaitDocument("/islands", three);
        for (int i = 0; i < 20; i++) {
            one.put("/islands/d" + i, "{}");
            MeshNode.awaitDocument("/islands/d" + i, three);
        }
        long begun = System.currentTimeMillis();
        one.put("/islands/last", "{}");
        MeshNode.awaitDocument("/islands/last", three);
        long tookMs = System.currentTimeMillis() - begun;
        assertTrue(tookMs < 2_000, "took " + tookMs + " ms");
        three.put("/islands/back", "{}");
        MeshNode.awaitEqual("islands", one, two, three);
    }

    /** Databases without news cost neither connections nor requests: all of them share one feed in each direction. */
    @Test
    void databases_manyIdle_costNothingButSignsOfLife() throws IOException {
        int many = 200;
        for (int i = 0; i < many; i++) {
            one.put("/d" + i, "");
        }
        two.joined(one);
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertEquals(many, two.peer(one.id()).path("replicated").asInt()));
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertEquals(0, two.peer(one.id()).path("lag").size());
            assertEquals(0, one.peer(two.id()).path("lag").size());
        });
        long connections = one.proxy().connections();
        long bytes = one.proxy().answerBytes();
        await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
        assertEquals(connections, one.proxy().connections());
        // Seven signs of life, each a record of TLS.
        assertTrue(one.proxy().answerBytes() - bytes < 1_000, "" + (one.proxy().answerBytes() - bytes));
        one.put("/d" + (many - 1) + "/x", "{}");
        MeshNode.awaitDocument("/d" + (many - 1) + "/x", two);
    }

    @Test
    void databases_systemOnes_stayWhereTheyAre() throws IOException {
        connect();
        one.put("/_users/org.couchdb.user:ann", "{\"name\":\"ann\",\"password\":\"a\",\"roles\":[],\"type\":\"user\"}");
        one.put("/islands", "");
        MeshNode.awaitDocument("/islands", two);
        assertEquals(404, two.server().get("/_users/org.couchdb.user:ann").status());
        String named = "{\"databases\":[\"*\",\"_users\"]}";
        one.put("/_peers/" + two.id(), named);
        assertEquals(404, two.server().get("/_users/org.couchdb.user:ann").status(), "both sides have to name it");
        two.put("/_peers/" + one.id(), named);
        MeshNode.awaitDocument("/_users/org.couchdb.user:ann", two);
    }

    @Test
    void databases_patterns_holdForBothDirections() throws IOException {
        connect();
        String kv = "{\"databases\":[\"k*\"]}";
        for (MeshNode other : List.of(two, three)) {
            assertEquals("k*", put(one, other, kv).path("databases").path(0).asString());
        }
        one.put("/kv", "");
        one.put("/secret", "");
        two.put("/other", "");
        MeshNode.awaitDocument("/kv", two);
        MeshNode.awaitDocument("/other", three);
        assertEquals(404, two.server().get("/secret").status());
        assertEquals(404, one.server().get("/other").status());
    }

    private static JsonNode put(MeshNode node, MeshNode peer, String options) throws IOException {
        TestServer.Answer answer = node.server().put("/_peers/" + peer.id(), options);
        assertEquals(200, answer.status(), answer.body());
        return answer.json();
    }

    /** As with CouchDB's replication: what is deleted here is deleted here, and does not come back by itself. */
    @Test
    void databases_deleted_areNotMadeAgainByPeers() throws IOException {
        connect();
        one.put("/islands", "");
        one.put("/islands/molene", "{}");
        MeshNode.awaitEqual("islands", one, two, three);
        assertEquals(200, one.server().delete("/islands").status());
        two.put("/islands/groix", "{}");
        MeshNode.awaitDocument("/islands/groix", three);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertEquals(
                        "islands",
                        one.peer(two.id()).path("deleted_here").path(0).asString("")));
        assertEquals(404, one.server().get("/islands").status());
        assertEquals(200, two.server().get("/islands").status());
        // Until somebody makes it again.
        one.put("/islands", "");
        MeshNode.awaitDocument("/islands/groix", one);
        MeshNode.awaitEqual("islands", one, two, three);
    }

    @Test
    void node_thatWasAway_isFoundAgainAtAnotherAddress() throws IOException {
        connect();
        one.put("/islands", "");
        MeshNode.awaitDocument("/islands", three);
        three.stop();
        one.put("/islands/molene", "{\"n\":1}");
        two.put("/islands/groix", "{}");
        one.awaitState(two.id(), "connected");
        three.again();
        three.put("/islands/ouessant", "{}");
        MeshNode.awaitEqual("islands", one, two, three);
        awaitPeers(one, two, three);
    }

    @Test
    void partition_bothSidesWrite_convergeOnceHealed() throws IOException {
        connect();
        one.put("/islands", "");
        String first = one.put("/islands/molene", "{\"n\":0}");
        MeshNode.awaitEqual("islands", one, two, three);
        for (MeshNode node : List.of(one, two, three)) {
            node.proxy().refuse(true);
        }
        one.awaitState(two.id(), "retrying");
        one.put("/islands/molene", "{\"_rev\":\"" + first + "\",\"n\":1}");
        two.put("/islands/molene", "{\"_rev\":\"" + first + "\",\"n\":2}");
        three.put("/islands/molene", "{\"_rev\":\"" + first + "\",\"n\":3}");
        three.put("/new", "");
        for (MeshNode node : List.of(one, two, three)) {
            node.proxy().refuse(false);
        }
        MeshNode.awaitEqual("islands", one, two, three);
        assertEquals(
                2,
                one.server()
                        .get("/islands/molene?conflicts=true")
                        .json()
                        .path("_conflicts")
                        .size());
        MeshNode.awaitDocument("/new", one);
    }

    /** A peer that is neither there nor gone: its connections stay open, and nothing passes. */
    @Test
    void silence_ofAPeer_isFoundOut() throws IOException {
        connect();
        two.proxy().silence(true);
        one.awaitState(two.id(), "retrying");
        two.proxy().silence(false);
        one.awaitState(two.id(), "connected");
    }

    @Test
    void remove_aPeer_isRemovedEverywhereAndStaysSo() throws IOException {
        connect();
        String gone = three.id();
        assertEquals(200, one.server().delete("/_peers/" + gone).status());
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertFalse(one.peers().contains(gone));
            assertFalse(two.peers().contains(gone));
        });
        one.put("/islands", "");
        MeshNode.awaitDocument("/islands", two);
        three.awaitState(one.id(), "retrying");
        assertEquals(404, three.server().get("/islands").status());
        // What it still knows brings it back nowhere, nor does its coming again.
        three.stop();
        three.again();
        three.awaitState(one.id(), "retrying");
        assertFalse(one.peers().contains(gone));
        // An invitation does.
        three.joined(two);
        awaitPeers(one, two, three);
        MeshNode.awaitDocument("/islands", three);
    }

    @Test
    void pause_aPeer_nothingPassesUntilItIsResumed() throws IOException {
        connect();
        put(one, two, "{\"paused\":true}");
        put(one, three, "{\"paused\":true}");
        one.awaitState(two.id(), "paused");
        two.awaitState(one.id(), "paused");
        assertEquals(
                "it was paused on the peer's side",
                two.peer(one.id()).path("last_error").asString());
        one.put("/islands", "");
        two.put("/other", "");
        MeshNode.awaitDocument("/other", three);
        assertEquals(404, two.server().get("/islands").status());
        assertEquals(404, one.server().get("/other").status());
        put(one, two, "{\"paused\":false}");
        MeshNode.awaitDocument("/islands", three);
        MeshNode.awaitDocument("/other", one);
        two.awaitState(one.id(), "connected");
    }

    @Test
    void options_thatAreNone_areRefused() throws IOException {
        two.joined(one);
        String path = "/_peers/" + two.id();
        for (String options : List.of("{}", "{\"database\":[\"*\"]}", "{\"databases\":[\"BAD\"]}", "{\"paused\":1}")) {
            assertEquals(400, one.server().put(path, options).status(), options);
        }
    }

    @Test
    void join_byTheSecretOfBoth_needsNoInvitation() throws IOException {
        Map<String, String> secret = Map.of("ARCHIPEL_PEER_SECRET", "a-secret-of-twenty-characters");
        try (MeshNode four = MeshNode.start(directory.resolve("four"), Map.of(), secret)) {
            String url = "http://127.0.0.1:" + four.proxy().port();
            assertEquals(400, one.join(url).status(), "one has no secret");
            try (MeshNode five = MeshNode.start(directory.resolve("five"), Map.of("peer", url), secret)) {
                awaitPeers(four, five);
            }
            Map<String, String> other = Map.of("ARCHIPEL_PEER_SECRET", "another-secret-of-twenty-and-more");
            try (MeshNode six = MeshNode.start(directory.resolve("six"), Map.of(), other)) {
                assertEquals(403, six.join(url).status());
            }
        }
    }

    @Test
    void join_byAnAdminsPassword_keepsItNowhere() throws IOException {
        String url = "http://root:relax@127.0.0.1:" + one.proxy().port();
        TestServer.Answer answer = two.join(url);
        assertEquals(201, answer.status(), answer.body());
        awaitPeers(one, two);
        assertFalse(Files.readString(directory.resolve("two/peers")).contains("relax"));
        assertFalse(two.server().get("/_peers").body().contains("relax"));
        TestServer.Answer wrong = three.join(url.replace("relax", "wrong"));
        assertEquals(502, wrong.status());
        assertFalse(wrong.body().contains("wrong@"));
    }

    /** An invitation that nobody has asked for would be open for a day. */
    @Test
    void join_aMemberByAnAdminsPassword_leavesNoInvitation() throws IOException {
        String url = "http://root:relax@127.0.0.1:" + one.proxy().port();
        assertEquals(201, two.join(url).status());
        awaitPeers(one, two);
        String before = Files.readString(directory.resolve("one/peers"));
        assertEquals(201, two.join(url).status());
        assertEquals(before, Files.readString(directory.resolve("one/peers")));
    }

    /** A node that speaks TLS with its clients shows them its certificate, and its own key to other nodes. */
    @Test
    void join_aNodeWithTlsForClients_isSpokenWithAsAnyOther() throws Exception {
        Map<String, String> secret = Map.of("ARCHIPEL_PEER_SECRET", "a-secret-of-twenty-characters");
        TestCertificate pem = new TestCertificate(directory);
        try (MeshNode plain = MeshNode.start(directory.resolve("plain"), Map.of(), secret)) {
            Map<String, String> flags = Map.of(
                    "tls_cert",
                    pem.certificate.toString(),
                    "tls_key",
                    pem.key.toString(),
                    "peer",
                    "http://127.0.0.1:" + plain.proxy().port());
            plain.put("/islands", "");
            try (MeshNode secure = MeshNode.start(directory.resolve("secure"), flags, secret)) {
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertEquals(1, plain.peers().size()));
                plain.awaitState(plain.peers().getFirst(), "connected");
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertTrue(
                                secure.server().server().node().databaseNames().contains("islands")));
            }
        }
    }

    /** Whoever copies a data directory has two nodes with one key: both say so, whatever else happens. */
    @Test
    void identity_ofACopiedDirectory_isNoticed() throws IOException {
        connect();
        three.stop();
        Directories.copy(directory.resolve("three"), directory.resolve("copy"));
        three.again();
        try (MeshNode copy = MeshNode.start(directory.resolve("copy"))) {
            assertEquals(three.id(), copy.id());
            awaitTwinNoticed(copy);
            awaitTwinNoticed(three);
        }
    }

    private static void awaitTwinNoticed(MeshNode node) {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertEquals(
                        "another node has this node's identity",
                        node.server()
                                .get("/_peers")
                                .json()
                                .path("node")
                                .path("warning")
                                .asString("")));
    }
}
