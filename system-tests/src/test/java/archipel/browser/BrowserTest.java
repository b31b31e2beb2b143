package archipel.browser;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import archipel.conformance.NodeScript;
import archipel.engine.Checker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A page with PouchDB works offline, and with the node as soon as that can be reached. */
final class BrowserTest {
    private static final Duration MOST = Duration.ofMinutes(3);

    @TempDir
    private Path directory;

    @Test
    void page_ofAnotherOrigin_syncsWhereAllowed() throws IOException, InterruptedException {
        String browser = Chromium.find().toString();
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory.resolve("server")));
                NodeScript script = NodeScript.start(
                        directory,
                        "browser.mjs",
                        server.adminUrl(),
                        browser,
                        directory.resolve("profile").toString())) {
            JsonNode result = script.hear("result", MOST);
            System.out.println("Chromium: " + result);
            assertAll(
                    () -> assertLogin(result),
                    () -> assertSynced(result),
                    () -> assertContents(result),
                    () -> assertRefused(result.path("refused")));
            script.end(MOST);
            assertEquals(ServerProcess.TERMINATED, server.stop());
            assertEquals(List.of(), Checker.check(server.data()));
        }
    }

    private static void assertLogin(JsonNode result) {
        assertEquals(401, result.path("before").asInt());
        assertEquals("Name or password is incorrect.", result.path("wrong").asString());
        assertEquals(200, result.path("right").asInt());
        assertEquals("ada", result.path("user").asString());
    }

    private static void assertSynced(JsonNode result) {
        assertTrue(result.path("failure").isNull(), "the replication reported an error: " + result.path("failure"));
        // Ten tasks (one of them deleted), one with files, one written on the node, one while the network was away.
        assertEquals(13, result.path("resumed").asInt());
        assertEquals(1, result.path("conflictsHere").asInt(), "conflicts in the page");
        JsonNode fromNode = result.path("fromNode");
        assertTrue(fromNode.path("same").asBoolean(), "the file written on the node, in the page");
        assertEquals("video/mp4", fromNode.path("type").asString());
        assertEquals(1_500_000, fromNode.path("size").asInt());
        assertTrue(result.path("noise").path("blob").asBoolean(), "attachments are Blobs");
    }

    private static void assertContents(JsonNode result) {
        JsonNode contents = result.path("contents");
        assertEquals("Pläne 🏝️", contents.path("plan").asString());
        assertEquals("text/plain", contents.path("type").asString());
        assertEquals(1, contents.path("conflicts").asInt(), "conflicts on the node");
        assertEquals(result.path("noise").path("hash"), contents.path("binary"));
        assertTrue(
                contents.path("ids").valueStream().noneMatch(id -> id.asString().equals("intruder")));
    }

    private static void assertRefused(JsonNode refused) {
        assertEquals("TypeError", refused.path("get").asString());
        assertEquals("TypeError", refused.path("put").asString());
        assertEquals("TypeError", refused.path("welcome").asString());
        assertEquals("TypeError", refused.path("pouchdb").asString());
    }
}
