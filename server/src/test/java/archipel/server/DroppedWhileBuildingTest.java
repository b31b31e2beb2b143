package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries that wait for a view of which something is taken away meanwhile. */
class DroppedWhileBuildingTest {
    private static final String SLOW =
            "{\"views\":{\"v\":{\"map\":\"function(doc) { for (var i = 0; i < 30000; i++) ; emit(1) }\"}}}";

    @TempDir
    private Path directory;

    private TestServer server;
    private FutureTask<Answer> waiting;

    @BeforeEach
    void start() throws Exception {
        server = TestServer.start(directory, Map.of());
        server.put("/db", "");
        StringBuilder documents = new StringBuilder("{\"docs\":[{}");
        documents.append(",{}".repeat(3_000));
        assertEquals(201, server.post("/db/_bulk_docs", documents + "]}").status());
        assertEquals(201, server.put("/db/_design/d", SLOW).status());
        waiting = new FutureTask<>(() -> server.get("/db/_design/d/_view/v?limit=1"));
        Thread.ofVirtual().start(waiting);
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> server.get("/_active_tasks").body().contains("\"indexer\""));
        assertFalse(waiting.isDone());
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private String revision() throws IOException {
        return server.get("/db/_design/d").json().get("_rev").asString();
    }

    private static void assertNotFound(String reason, Answer answer) {
        assertEquals(404, answer.status(), answer.body());
        assertEquals("not_found", answer.json().get("error").asString());
        assertEquals(reason, answer.json().get("reason").asString());
    }

    @Test
    void view_databaseDropped_isNotFound() throws Exception {
        assertEquals(200, server.delete("/db").status());
        assertNotFound("Database does not exist.", waiting.get());
    }

    @Test
    void view_designDocumentDeleted_isNotFound() throws Exception {
        assertEquals(200, server.delete("/db/_design/d?rev=" + revision()).status());
        assertNotFound("deleted", waiting.get());
    }

    @Test
    void view_designDocumentDeletedAndCleanedUp_isNotFound() throws Exception {
        assertEquals(200, server.delete("/db/_design/d?rev=" + revision()).status());
        assertEquals(202, server.post("/db/_view_cleanup", "{}").status());
        assertNotFound("deleted", waiting.get());
    }

    @Test
    void view_designDocumentChangedAndCleanedUp_isTheNewOne() throws Exception {
        String quick = "{\"views\":{\"v\":{\"map\":\"function(doc) { emit('new') }\"}},\"_rev\":\"%s\"}";
        assertEquals(
                201, server.put("/db/_design/d", quick.formatted(revision())).status());
        assertEquals(202, server.post("/db/_view_cleanup", "{}").status());
        Answer answer = waiting.get();
        assertEquals(200, answer.status(), answer.body());
        assertEquals("new", answer.json().get("rows").get(0).get("key").asString());
    }
}
