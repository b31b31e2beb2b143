package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What CouchDB has and this node has not is said to be so. */
class AbsentEndpointsTest {
    private static TestServer server;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        server = TestServer.start(directory.resolve("data"));
        server.put("/db", "");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void assertNotImplemented(TestServer.Answer answer) {
        assertEquals(501, answer.status(), answer.body());
        assertEquals("not_implemented", answer.json().get("error").asString());
        assertTrue(answer.json().get("reason").asString().endsWith("."), answer.body());
    }

    @Test
    void absentEndpoints_asAdmin_are501WithAReason() throws IOException {
        assertNotImplemented(server.get("/_reshard"));
        assertNotImplemented(server.post("/_reshard/jobs", "{}"));
        assertNotImplemented(server.get("/_cluster_setup"));
        assertNotImplemented(server.post("/_cluster_setup", "{\"action\":\"finish_cluster\"}"));
        assertNotImplemented(server.post("/_search_analyze", "{}"));
        assertNotImplemented(server.post("/_nouveau_analyze", "{}"));
        assertNotImplemented(server.get("/db/_design/d/_search/s?q=x"));
        assertNotImplemented(server.get("/db/_design/d/_nouveau/s?q=x"));
    }

    @Test
    void absentEndpoints_asStranger_are401() throws IOException {
        for (String path : new String[] {"/_reshard", "/_cluster_setup"}) {
            assertEquals(401, server.send("POST", path, "{}").status(), path);
        }
    }
}
