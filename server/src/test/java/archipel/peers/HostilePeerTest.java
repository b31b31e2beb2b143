package archipel.peers;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.peers.HostilePeer.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a member may answer, and what becomes of it: it is left alone for a while, and everybody else is served. */
class HostilePeerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final byte[] PIECE = "x".repeat(8192).getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path directory;

    private MeshNode node;
    private HostilePeer peer;

    @BeforeEach
    void start() throws IOException {
        node = MeshNode.start(directory.resolve("node"), Map.of("max_peer_databases", "10"), Map.of());
        peer = new HostilePeer();
    }

    @AfterEach
    void stop() throws IOException {
        peer.close();
        node.close();
    }

    private void assertQuarantined(String reason) throws IOException, InterruptedException {
        peer.join(node.invitation());
        node.awaitState(peer.id(), "quarantined");
        String why = node.peer(peer.id()).path("last_error").asString();
        assertTrue(why.contains(reason), why);
        assertEquals(201, node.server().put("/alive", "").status());
    }

    /** A body, or a line of it, that never ends. */
    private static void endlessly(OutputStream out) throws IOException {
        while (true) {
            out.write(PIECE);
        }
    }

    @Test
    void feed_lineWithoutEnd_isBrokenOff() throws Exception {
        peer.answer("/_mesh/feed", HostilePeerTest::endlessly);
        assertQuarantined("a line of the feed is too long");
    }

    @Test
    void feed_nameOfNoDatabase_isRefused() throws Exception {
        peer.answer("/_mesh/feed", Answer.of("{\"db\":\"../etc\",\"seq\":\"1-00000000\"}\n"));
        assertQuarantined("names an invalid database");
    }

    @Test
    void feed_garbage_isRefused() throws Exception {
        peer.answer("/_mesh/feed", Answer.of("{\"db\":}\n"));
        assertQuarantined("malformed");
    }

    @Test
    void feed_moreDatabasesThanAreTaken_arePassedOver() throws Exception {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 10_000; i++) {
            lines.append("{\"db\":\"d").append(i).append("\",\"seq\":\"1-00000000\"}\n");
        }
        peer.answer("/_mesh/feed", out -> {
            out.write(lines.toString().getBytes(StandardCharsets.UTF_8));
            out.flush();
            endlessBeats(out);
        });
        peer.join(node.invitation());
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertEquals(10, node.peer(peer.id()).path("replicated").asInt(-1)));
        assertEquals("connected", node.peer(peer.id()).path("state").asString());
    }

    private static void endlessBeats(OutputStream out) throws IOException {
        while (true) {
            out.write('\n');
            out.flush();
            await().pollDelay(Duration.ofMillis(100)).until(() -> true);
        }
    }

    /** A name brings nothing about before its database was seen. */
    @Test
    void feed_namesWithoutDatabases_makeNone() throws Exception {
        name("ghost");
        peer.join(node.invitation());
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertEquals(
                        "db_not_found",
                        node.peer(peer.id())
                                .path("errors")
                                .path("ghost")
                                .asString("")
                                .split(":")[0]));
        assertEquals(404, node.server().get("/ghost").status());
    }

    @Test
    void feed_oneDatabaseTooMany_isNotMadeHere() throws Exception {
        for (int i = 0; i < 10; i++) {
            node.put("/mine" + i, "");
        }
        announce("another");
        peer.join(node.invitation());
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertEquals(
                        "too_many_databases",
                        node.peer(peer.id())
                                .path("errors")
                                .path("another")
                                .asString("")
                                .split(":")[0]));
        assertEquals(404, node.server().get("/another").status());
    }

    @Test
    void pause_whileADatabaseIsCopied_breaksItOff() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch brokenOff = new CountDownLatch(1);
        announce("slow");
        peer.answer("/slow/_changes", out -> {
            asked.countDown();
            try {
                endlessBeats(out);
            } catch (IOException gone) {
                brokenOff.countDown();
                throw gone;
            }
        });
        peer.join(node.invitation());
        assertTrue(asked.await(30, TimeUnit.SECONDS));
        node.put("/_peers/" + peer.id(), "{\"paused\":true}");
        assertTrue(brokenOff.await(10, TimeUnit.SECONDS), "it goes on");
        node.awaitState(peer.id(), "paused");
    }

    /** What it tells counts when it tells it, also where nothing is read from it at the moment. */
    @Test
    void gossip_malformedWhileItsFeedIsAway_isQuarantined() throws Exception {
        peer.join(node.invitation());
        node.awaitState(peer.id(), "retrying");
        try (MemberClient client = new MemberClient(peer.identity(), node)) {
            assertEquals(400, client.status(MemberClient.post("_mesh/gossip", "{\"members\":[{}]}")));
            node.awaitState(peer.id(), "quarantined");
            // It is no news in quarantine, and none after it.
            assertEquals(400, client.status(MemberClient.post("_mesh/gossip", "{\"members\":[{}]}")));
            node.put("/_peers/" + peer.id(), "{\"databases\":[\"*\"]}");
            node.awaitState(peer.id(), "quarantined");
            node.put("/_peers/" + peer.id(), "{\"paused\":false}");
            node.awaitState(peer.id(), "retrying");
            await().during(Duration.ofMillis(500))
                    .atMost(PATIENCE)
                    .until(() -> node.peer(peer.id()).path("state").asString("").equals("retrying"));
        }
    }

    @Test
    void gossip_answerWithoutEnd_isBrokenOff() throws Exception {
        peer.answer("/_mesh/gossip", HostilePeerTest::endlessly);
        assertQuarantined("bytes");
    }

    @Test
    void gossip_recordThatItsNodeHasNotSigned_isRefused() throws Exception {
        String forged;
        try (HostilePeer other = new HostilePeer()) {
            forged = other.record(1).replace("127.0.0.1", "127.0.0.2");
        }
        peer.answer("/_mesh/gossip", Answer.of("{\"members\":[" + forged + "]}"));
        assertQuarantined("not signed");
    }

    /** A million revisions that nobody has made, in a page that was asked to have a thousand. */
    @Test
    void changes_millionFakeRevisions_areNotTaken() throws Exception {
        announce("fakes");
        peer.answer("/fakes/_changes", out -> {
            out.write("{\"results\":[\n".getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 1_000_000; i++) {
                String id = String.format("%032x", i);
                out.write((i == 0 ? "" : ",").getBytes(StandardCharsets.UTF_8));
                out.write(("{\"seq\":\"" + (i + 1) + "-00000000\",\"id\":\"d" + id + "\",\"changes\":[{\"rev\":\"1-"
                                + id + "\"}]}\n")
                        .getBytes(StandardCharsets.UTF_8));
            }
        });
        assertQuarantined("more changes than were asked for");
    }

    /** A single document that has a million leaves. */
    @Test
    void changes_millionFakeLeavesOfOneDocument_areNotTaken() throws Exception {
        announce("leaves");
        peer.answer("/leaves/_changes", out -> {
            out.write("{\"results\":[\n{\"seq\":\"9-00000000\",\"id\":\"d\",\"changes\":["
                    .getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 1_000_000; i++) {
                String leaf = (i == 0 ? "" : ",") + "{\"rev\":\"1-" + String.format("%032x", i) + "\"}";
                out.write(leaf.getBytes(StandardCharsets.UTF_8));
            }
            out.write("]}],\"last_seq\":\"9-00000000\",\"pending\":0}".getBytes(StandardCharsets.UTF_8));
        });
        assertQuarantined("leaves: ");
    }

    /** One document that says it has a million ancestors, and then the same within what was asked for. */
    @Test
    void document_millionFakeAncestors_areNotKept() throws Exception {
        announce("ancestors");
        listOne("ancestors", "1000000-" + "f".repeat(32));
        peer.answer("/ancestors/_bulk_get", out -> {
            out.write(
                    ("{\"results\":[{\"id\":\"d\",\"docs\":[{\"ok\":{\"_id\":\"d\",\"_rev\":\"1000000-" + "f".repeat(32)
                                    + "\",\"_revisions\":{\"start\":1000000,\"ids\":[\"" + "f".repeat(32) + "\"")
                            .getBytes(StandardCharsets.UTF_8));
            for (int i = 1; i < 1_000_000; i++) {
                out.write((",\"" + String.format("%032x", i) + "\"").getBytes(StandardCharsets.UTF_8));
            }
            out.write("]}}}]}]}".getBytes(StandardCharsets.UTF_8));
        });
        peer.join(node.invitation());
        await().atMost(PATIENCE)
                .until(() -> node.server()
                                .get("/ancestors/d?revs=true")
                                .json()
                                .path("_revisions")
                                .path("ids")
                                .size()
                        == 1_000);
        assertEquals(201, node.server().put("/alive", "").status());
    }

    @Test
    void documents_moreThanWereAskedFor_areNotTaken() throws Exception {
        announce("more");
        listOne("more", "1-" + "f".repeat(32));
        peer.answer("/more/_bulk_get", out -> {
            out.write("{\"results\":[".getBytes(StandardCharsets.UTF_8));
            for (int i = 0; ; i++) {
                String id = String.format("%032x", i);
                out.write(((i == 0 ? "" : ",") + "{\"id\":\"" + id + "\",\"docs\":[{\"ok\":{\"_id\":\"" + id
                                + "\",\"_rev\":\"1-" + id + "\"}}]}")
                        .getBytes(StandardCharsets.UTF_8));
            }
        });
        assertQuarantined("that nobody asked for");
    }

    @Test
    void documents_thatNobodyAskedFor_areNotTaken() throws Exception {
        announce("others");
        listOne("others", "1-" + "f".repeat(32));
        peer.answer("/others/_bulk_get", out -> {
            out.write("{\"results\":[{\"id\":\"d\",\"docs\":[".getBytes(StandardCharsets.UTF_8));
            for (int i = 0; i < 100_000; i++) {
                String id = String.format("%032x", i);
                out.write(((i == 0 ? "" : ",") + "{\"ok\":{\"_id\":\"" + id + "\",\"_rev\":\"1-" + id + "\"}}")
                        .getBytes(StandardCharsets.UTF_8));
            }
            out.write("]}]}".getBytes(StandardCharsets.UTF_8));
        });
        assertQuarantined("others: ");
        assertEquals(0, node.server().get("/others").json().path("doc_count").asInt());
    }

    /** An honest peer with more memory may have one that is too large here: only its database is not copied. */
    @Test
    void document_withoutEnd_keepsItsDatabaseAloneFromBeingCopied() throws Exception {
        announce("long");
        listOne("long", "1-" + "f".repeat(32));
        peer.answer("/long/_bulk_get", out -> {
            out.write(("{\"results\":[{\"id\":\"d\",\"docs\":[{\"ok\":{\"_id\":\"d\",\"_rev\":\"1-" + "f".repeat(32)
                            + "\",\"text\":\"")
                    .getBytes(StandardCharsets.UTF_8));
            endlessly(out);
        });
        peer.join(node.invitation());
        await().atMost(PATIENCE)
                .until(() -> !node.peer(peer.id())
                        .path("errors")
                        .path("long")
                        .asString("")
                        .isEmpty());
        node.awaitState(peer.id(), "connected");
        assertEquals(404, node.server().get("/long/d").status());
        assertEquals(201, node.server().put("/alive", "").status());
    }

    @Test
    void attachment_withoutEnd_isBrokenOff() throws Exception {
        announce("attached");
        String revision = "1-" + "f".repeat(32);
        String stub =
                "\"content_type\":\"a/b\",\"revpos\":1,\"digest\":\"md5-AAAAAAAAAAAAAAAAAAAAAA==\",\"length\":200000";
        listOne("attached", revision);
        peer.answer(
                "/attached/_bulk_get",
                Answer.of("{\"results\":[{\"id\":\"d\",\"docs\":[{\"ok\":{\"_id\":\"d\",\"_rev\":\"" + revision
                        + "\",\"_attachments\":{\"a\":{" + stub + ",\"stub\":true}}}}]}]}"));
        AtomicLong sent = new AtomicLong();
        peer.answer("/attached/d", "multipart/mixed; boundary=\"m\"", out -> {
            out.write(("--m\r\nContent-Type: multipart/related; boundary=\"r\"\r\n\r\n"
                            + "--r\r\nContent-Type: application/json\r\n\r\n{\"_id\":\"d\",\"_rev\":\"" + revision
                            + "\",\"_attachments\":{\"a\":{" + stub + ",\"follows\":true}}}\r\n--r\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            while (true) {
                out.write(PIECE);
                sent.addAndGet(PIECE.length);
            }
        });
        assertQuarantined("attached: ");
        assertTrue(sent.get() < 64 << 20, () -> sent + " bytes were taken");
    }

    /** The peer lists one document of a database. */
    private void listOne(String database, String revision) {
        peer.answer(
                "/" + database + "/_changes",
                Answer.of("{\"results\":[{\"seq\":\"9-00000000\",\"id\":\"d\",\"changes\":[{\"rev\":\"" + revision
                        + "\"}]}],\"last_seq\":\"9-00000000\",\"pending\":0}"));
    }

    @Test
    void leaves_moreThanWereAskedFor_areNotTaken() throws Exception {
        announce("fakes");
        peer.answer("/fakes/_leaves", out -> leaves(out, 1_000_000, 0, false));
        assertQuarantined("more or other documents than were asked for");
    }

    @Test
    void leaves_samePageForEver_isRefused() throws Exception {
        announce("again");
        peer.answer("/again/_leaves", out -> leaves(out, 2, 0, true));
        assertQuarantined("more or other documents than were asked for");
    }

    @Test
    void leaves_pagesWithoutEnd_areBrokenOff() throws Exception {
        announce("endless");
        AtomicInteger next = new AtomicInteger();
        peer.answer("/endless/_leaves", out -> leaves(out, 1000, next.getAndAdd(1000), true));
        peer.answer("/endless/_bulk_get", Answer.of("{\"results\":[]}"));
        peer.join(node.invitation());
        awaitError("endless", "lists more than it has");
        node.awaitState(peer.id(), "connected");
    }

    /** Others may write to the source while it is read, ahead of what is read. */
    @Test
    void leaves_ofADatabaseThatGrows_areRead() throws Exception {
        announce("growing");
        AtomicInteger pages = new AtomicInteger();
        peer.answer("/growing/_leaves", out -> {
            int page = pages.getAndIncrement() % 5;
            leaves(out, 1000, page * 1000, page < 4, 1000 * (page + 2));
        });
        peer.answer("/growing/_bulk_get", Answer.of("{\"results\":[]}"));
        peer.join(node.invitation());
        await().atMost(PATIENCE).until(() -> pages.get() >= 5);
        node.awaitState(peer.id(), "connected");
    }

    private void awaitError(String database, String error) {
        await().atMost(PATIENCE)
                .until(() -> node.peer(peer.id())
                        .path("errors")
                        .path(database)
                        .asString("")
                        .contains(error));
    }

    private static void leaves(OutputStream out, int count, int from, boolean more) throws IOException {
        leaves(out, count, from, more, 9);
    }

    private static void leaves(OutputStream out, int count, int from, boolean more, int total) throws IOException {
        out.write(("{\"last_seq\":\"9-00000000\",\"total\":" + total + ",\"results\":[\n")
                .getBytes(StandardCharsets.UTF_8));
        for (int i = from; i < from + count; i++) {
            String row = String.format("{\"id\":\"d%08d\",\"changes\":[{\"rev\":\"1-%032x\"}]}\n", i, i);
            out.write(((i == from ? "" : ",") + row).getBytes(StandardCharsets.UTF_8));
        }
        out.write(("],\"more\":" + more + "}").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void changes_rowWithoutEnd_isBrokenOff() throws Exception {
        announce("endless");
        peer.answer("/endless/_changes", out -> {
            out.write("{\"results\":[\n{\"id\":\"".getBytes(StandardCharsets.UTF_8));
            endlessly(out);
        });
        assertQuarantined("endless");
    }

    /** The peer has a database of that name, and tells so for as long as somebody listens. */
    private void announce(String database) {
        name(database);
        peer.answer(
                "/" + database + "/",
                Answer.of("{\"db_name\":\"" + database + "\",\"update_seq\":\"9-00000000\","
                        + "\"instance_start_time\":\"1\"}"));
    }

    /** As {@link #announce}, of a database that is not there. */
    private void name(String database) {
        peer.answer("/_mesh/feed", out -> {
            out.write(("{\"db\":\"" + database + "\",\"seq\":\"9-00000000\"}\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
            endlessBeats(out);
        });
    }
}
