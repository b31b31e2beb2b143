package archipel.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import archipel.engine.Checker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Two PouchDBs on disk and a node, live in both directions, through the death of the node. */
final class PouchReplicationTest {
    private static final int KILLS = 2;
    private static final Duration MOST = Duration.ofMinutes(3);

    @TempDir
    private Path directory;

    @Test
    void liveReplication_nodeKilledWhileAllWrite_allThreeEndEqual() throws IOException, InterruptedException {
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory.resolve("server")));
                NodeScript script = NodeScript.start(
                        directory, "replication.mjs", server.adminUrl(), directory.toString(), KILLS + "")) {
            for (int kill = 0; kill < KILLS; kill++) {
                script.hear("kill", MOST);
                server.kill();
                script.tell("killed");
                script.hear("start", MOST);
                server.restart();
                script.tell("started");
            }
            JsonNode result = script.hear("result", MOST);
            System.out.println("PouchDB: " + result);
            assertEqual(result);
            script.end(MOST);
            assertEquals(ServerProcess.TERMINATED, server.stop());
            assertEquals(List.of(), Checker.check(server.data()));
        }
    }

    private static void assertEqual(JsonNode result) {
        assertEquals("[]", result.path("differences").toString(), "left and node, right and node");
        assertEquals("{}", result.path("missing").toString(), "accepted locally, unknown to the node");
        assertEquals("[]", result.path("spoiled").toString(), "files of other content than was written");
        assertEquals(404, result.path("localOnNode").asInt(), "a local document is not replicated");
        assertEquals(1, result.path("counts").valueStream().distinct().count(), "doc_count of the three");
        // The work was of the kind that was meant.
        assertAtLeast(200, result, "documents");
        assertAtLeast(10, result, "deleted");
        assertAtLeast(2 * KILLS, result, "conflicts");
        assertAtLeast(15, result, "attachments");
    }

    private static void assertAtLeast(int least, JsonNode result, String what) {
        assertTrue(result.path(what).asInt() >= least, () -> "at least " + least + " " + what + ", got " + result);
    }
}
