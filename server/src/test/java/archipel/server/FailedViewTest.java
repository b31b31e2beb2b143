package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A view whose map never ends. */
class FailedViewTest {
    private static final Map<String, String> SETTINGS =
            Map.of("script_time_ms", "150", "script_map_failures", "2", "script_strikes", "2");

    @TempDir
    private Path directory;

    private static long rows(TestServer server, String view) throws IOException {
        Answer answer = server.get("/db/_design/" + view);
        assertEquals(200, answer.status(), answer.body());
        return answer.json().get("total_rows").asLong();
    }

    /** Returns the reason. */
    private static String assertFailed(TestServer server) throws IOException {
        String reason = "";
        for (String parameters : new String[] {"", "?update=false", "?reduce=false&limit=1"}) {
            Answer answer = server.get("/db/_design/d/_view/bad" + parameters);
            assertEquals(500, answer.status(), answer.body());
            assertEquals("os_process_error", answer.json().get("error").asString());
            reason = answer.json().get("reason").asString();
            assertTrue(
                    reason.startsWith(
                            "The map of view 'bad' in _design/d has failed until the design document changes: "
                                    + "it took too long with 2 documents, the last \"d"),
                    reason);
        }
        return reason;
    }

    @Test
    void view_whoseMapNeverEnds_failsAndTheOthersGoOn() throws IOException {
        String reason;
        try (TestServer server = TestServer.start(directory, SETTINGS)) {
            server.put("/db", "");
            StringBuilder documents = new StringBuilder();
            for (int i = 0; i < 800; i++) {
                documents.append(i == 0 ? "" : ",").append("{\"_id\":\"d" + i + "\",\"n\":" + i + "}");
            }
            assertEquals(
                    201,
                    server.post("/db/_bulk_docs", "{\"docs\":[" + documents + "]}")
                            .status());
            server.put("/db/_design/d", """
                {"views":{"bad":{"map":"function(doc){ if (doc.n > 1) for(;;); emit(doc.n) }"},
                          "good":{"map":"function(doc){ emit(doc.n) }"}}}\
                """);
            server.put("/db/_design/e", "{\"views\":{\"v\":{\"map\":\"function(doc){ emit(doc.n) }\"}}}");

            assertEquals(800, rows(server, "d/_view/good"));
            reason = assertFailed(server);
            assertEquals(800, rows(server, "e/_view/v"));
            server.put("/db/more", "{\"n\":0}");
            assertEquals(801, rows(server, "d/_view/good"));
        }
        try (TestServer server = TestServer.start(directory, SETTINGS)) {
            // Nothing is tried again, and nothing that is not whole is shown.
            assertEquals(reason, assertFailed(server));
            assertEquals(801, rows(server, "d/_view/good"));
            String revision = server.get("/db/_design/d").json().get("_rev").asString();
            server.put(
                    "/db/_design/d?rev=" + revision,
                    "{\"views\":{\"bad\":{\"map\":\"function(doc){ emit(doc.n) }\"}}}");
            assertEquals(801, rows(server, "d/_view/bad"));
        }
    }

    @Test
    void view_whoseMapNeverEndsWithOneDocument_failsUntilThatChanges() throws IOException {
        String design = """
                {"views":{"bad":{"map":"function(doc){ while (doc.n === 1); emit(doc.n) }","reduce":"_count"},
                          "good":{"map":"function(doc){ emit(doc.n) }"}}}""";
        String reason = "The map of view 'bad' in _design/d has failed until this document or the design document "
                + "changes: it took too long with \"one\\\"1\"";
        String written;
        try (TestServer server = TestServer.start(directory, SETTINGS)) {
            server.put("/db", "");
            server.put("/db/two", "{\"n\":2}");
            server.put("/db/_design/d", design);
            assertEquals(1, rows(server, "d/_view/bad?reduce=false"));
            Answer put = server.put("/db/one%221", "{\"n\":1}");
            written = put.header("Archipel-Block");
            for (String parameters :
                    new String[] {"", "?reduce=false", "?key=2", "?update=lazy", "?block=" + written}) {
                assertFails(reason, server.get("/db/_design/d/_view/bad" + parameters));
            }
            assertFails(reason, server.post("/db/_design/d/_view/bad/queries", "{\"queries\":[{\"limit\":1}]}"));
            assertEquals(2, rows(server, "d/_view/good"));
            String before = Long.toString(Long.parseLong(written.substring(0, written.indexOf('-'))) - 1);
            assertEquals(1, rows(server, "d/_view/bad?reduce=false&block=" + before));
        }
        try (TestServer server = TestServer.start(directory, SETTINGS)) {
            assertFails(reason, server.get("/db/_design/d/_view/bad"));
            String revision = server.get("/db/one%221").json().get("_rev").asString();
            server.put("/db/one%221?rev=" + revision, "{\"n\":3}");
            assertEquals(2, rows(server, "d/_view/bad?reduce=false"));
            assertFails(reason, server.get("/db/_design/d/_view/bad?block=" + written));
            // The one that is past still counts towards the two with which the view fails for good.
            server.put("/db/again", "{\"n\":1}");
            Answer failed = server.get("/db/_design/d/_view/bad");
            assertEquals(500, failed.status());
            assertTrue(failed.body().contains("has failed until the design document changes"), failed.body());
        }
    }

    @Test
    void view_whoseMapFailedWithADocumentThatIsDeleted_isWholeAgain() throws IOException {
        try (TestServer server = TestServer.start(directory, SETTINGS)) {
            server.put("/db", "");
            server.put("/db/x", "{\"n\":1}");
            server.put("/db/y", "{\"n\":2}");
            server.put(
                    "/db/_design/d",
                    "{\"views\":{\"v\":{\"map\":\"function(doc){ while (doc.n === 1); emit(doc.n) }\"}}}");
            assertEquals(500, server.get("/db/_design/d/_view/v").status());
            String revision = server.get("/db/x").json().get("_rev").asString();
            server.post("/db/_purge", "{\"x\":[\"" + revision + "\"]}");
            assertEquals(1, rows(server, "d/_view/v"));
        }
    }

    private static void assertFails(String reason, Answer answer) {
        assertEquals(500, answer.status(), answer.body());
        assertEquals("os_process_error", answer.json().get("error").asString());
        assertEquals(reason, answer.json().get("reason").asString());
    }

    @Test
    void validation_thatNeverEnds_isQuarantined() throws IOException {
        try (TestServer server = TestServer.start(directory, SETTINGS)) {
            server.put("/db", "");
            server.put("/db/_design/d", "{\"validate_doc_update\":\"function(doc){ for(;;); }\"}");
            for (int i = 0; i < 2; i++) {
                Answer answer = server.put("/db/a", "{}");
                assertEquals(
                        "OS process timed out.", answer.json().get("reason").asString());
            }
            Answer refused = server.put("/db/a", "{}");
            assertEquals(
                    "503 function_quarantined",
                    refused.status() + " " + refused.json().get("error").asString());
            // Content is not taken in: this one ends in the middle, which nobody notices.
            Answer parts = server.send(
                    "PUT",
                    "/db/a",
                    "--b\r\nContent-Type: application/json\r\n\r\n"
                            + "{\"_attachments\":{\"x\":{\"follows\":true}}}\r\n--b\r\n\r\nbegun",
                    "Authorization",
                    TestServer.ROOT,
                    "Content-Type",
                    "multipart/related;boundary=b");
            assertEquals(503, parts.status(), parts.body());
            assertEquals(503, server.put("/db/a/x", "content").status());
            Answer bulk = server.post("/db/_bulk_docs", "{\"docs\":[{\"_id\":\"a\"},{\"_id\":\"_local/b\"}]}");
            assertTrue(bulk.body().contains("function_quarantined"), bulk.body());
            // A replicator would skip what has a row.
            Answer replicated = server.post(
                    "/db/_bulk_docs",
                    "{\"new_edits\":false,\"docs\":[{\"_id\":\"a\",\"_rev\":\"1-a\"},"
                            + "{\"_id\":\"_design/e\",\"_rev\":\"1-a\"}]}");
            assertEquals(
                    "503 function_quarantined",
                    replicated.status() + " " + replicated.json().get("error").asString());
            Answer atomic = server.post("/db/_bulk_docs", "{\"atomic\":true,\"docs\":[{\"_id\":\"a\"}]}");
            assertEquals(503, atomic.status(), atomic.body());
            String revision = server.get("/db/_design/d").json().get("_rev").asString();
            server.put("/db/_design/d?rev=" + revision, "{\"validate_doc_update\":\"function(doc){}\"}");
            assertEquals(201, server.put("/db/a", "{}").status());
        }
    }
}
