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
        assertQuarantined("a database that cannot be one");
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
        peer.answer("/_mesh/feed", out -> {
            out.write(("{\"db\":\"" + database + "\",\"seq\":\"9-00000000\"}\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
            endlessBeats(out);
        });
        peer.answer(
                "/" + database + "/",
                Answer.of("{\"db_name\":\"" + database + "\",\"update_seq\":\"9-00000000\","
                        + "\"instance_start_time\":\"1\"}"));
    }
}
