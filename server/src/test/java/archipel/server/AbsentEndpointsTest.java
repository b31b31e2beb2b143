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
        assertNotImplemented(server.get("/_scheduler/jobs"));
        assertNotImplemented(server.get("/_scheduler/docs/_replicator/x"));
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
        for (String path : new String[] {"/_scheduler/jobs", "/_reshard", "/_cluster_setup"}) {
            assertEquals(401, server.send("POST", path, "{}").status(), path);
        }
    }

    @Test
    void replicator_documents_areRefusedInTheirRows() throws IOException {
        String job = "{\"_id\":\"job\",\"source\":\"http://a/b\",\"target\":\"c\"}";
        server.put("/team%2F_replicator", "");
        for (String database : new String[] {"/_replicator", "/team%2F_replicator"}) {
            assertNotImplemented(server.put(database + "/job", job));
            assertNotImplemented(server.post(database, job));
            assertNotImplemented(server.put(database + "/job?new_edits=false", "{\"_rev\":\"1-a\"}"));
            assertNotImplemented(server.put(database + "/job/attachment", "x"));
            TestServer.Answer bulk = server.post(
                    database + "/_bulk_docs",
                    "{\"docs\":[" + job + ",{\"_id\":\"_design/d\"},{\"_id\":\"_local/l\"}]}");
            assertEquals(201, bulk.status());
            assertEquals("not_implemented", bulk.json().get(0).get("error").asString());
            assertTrue(bulk.json().get(1).has("rev") && bulk.json().get(2).has("rev"), bulk.body());
            assertEquals(404, server.get(database + "/job").status());
        }
    }
}
