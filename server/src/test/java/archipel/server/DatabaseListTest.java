package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code _all_dbs} and {@code _dbs_info}. */
class DatabaseListTest {
    @TempDir
    static Path directory = Path.of("");

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(directory.resolve("data"));
        for (String name : new String[] {"a", "b", "b/c", "d$"}) {
            server.server().node().create(name);
        }
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void allDbs_parameters_chooseTheRange() throws IOException {
        assertNames("[\"_replicator\",\"_users\",\"a\",\"b\",\"b/c\",\"d$\"]", "");
        assertNames("[\"b\",\"b/c\",\"d$\"]", "startkey=\"b\"");
        assertNames("[\"a\",\"b\"]", "start_key=\"a\"&end_key=\"b\"");
        assertNames("[\"a\"]", "startkey=\"a\"&endkey=\"b\"&inclusive_end=false");
        assertNames("[\"d$\",\"b/c\"]", "descending=true&limit=2");
        assertNames("[\"b\",\"a\"]", "descending=true&startkey=\"b\"&endkey=\"a\"");
        assertNames("[\"_users\"]", "skip=1&limit=1");
        assertNames("[\"b\"]", "key=\"b\"");
        assertNames("[\"d$\",\"a\"]", "keys=[\"d$\",\"nothing\",\"a\"]");
        assertNames("[]", "limit=0");
        assertNames("[]", "startkey={}");
        assertNames("[\"d$\"]", "startkey=\"c\"&endkey=[]");
    }

    @Test
    void allDbs_badParameters_are400() throws IOException {
        assertEquals(
                "400 {\"error\":\"query_parse_error\",\"reason\":\"Invalid value for integer: \\\"x\\\"\"}",
                server.get("/_all_dbs?limit=x").toString());
        assertEquals(
                "400 {\"error\":\"bad_request\",\"reason\":\"invalid UTF-8 JSON\"}",
                server.get("/_all_dbs?startkey=x").toString());
        assertEquals(405, server.post("/_all_dbs", "{}").status());
        assertEquals("GET,HEAD", server.post("/_all_dbs", "{}").header("Allow"));
    }

    @Test
    void allDbs_sameTag_isNotModified() throws IOException {
        String tag = server.get("/_all_dbs").header("ETag");
        assertEquals(
                304,
                server.send("GET", "/_all_dbs", null, "Authorization", TestServer.ROOT, "If-None-Match", tag)
                        .status());
    }

    @Test
    void dbsInfo_get_tellsOfEach() throws IOException {
        Answer answer = server.get("/_dbs_info?startkey=%22b%22&limit=1");
        assertEquals(200, answer.status());
        assertTrue(answer.body().startsWith("[{\"key\":\"b\",\"info\":{\"instance_start_time\":\""), answer.body());
        assertTrue(answer.body().contains("\"db_name\":\"b\""), answer.body());
        assertTrue(answer.body().contains("\"cluster\":{\"q\":1,\"n\":1,\"w\":1,\"r\":1}"), answer.body());
        assertTrue(answer.body().endsWith("}}]\n"), answer.body());
    }

    @Test
    void dbsInfo_post_answersInOrder() throws IOException {
        Answer answer = server.post("/_dbs_info", "{\"keys\":[\"nothing\",\"a\"]}");
        assertTrue(answer.body().startsWith("[{\"key\":\"nothing\",\"error\":\"not_found\"},{\"key\":\"a\",\"info\""));
        assertRefused("`keys` member must exist.", "{}");
        assertRefused("`keys` member must be an array.", "{\"keys\":\"a\"}");
        assertRefused("Request body must be a JSON object", "[]");
        assertRefused("too_many_keys", "{\"keys\":[" + "\"a\",".repeat(100) + "\"a\"]}");
        assertEquals(
                415,
                server.send("POST", "/_dbs_info", "{}", "Authorization", TestServer.ROOT)
                        .status());
    }

    @Test
    void lists_openedToAll_needNoAdmin() throws IOException {
        assertEquals(401, server.send("GET", "/_dbs_info", null).status());
        server.put("/_node/_local/_config/chttpd/admin_only_all_dbs", "\"false\"");
        assertEquals(200, server.send("GET", "/_dbs_info", null).status());
        assertEquals(200, server.send("GET", "/_all_dbs", null).status());
        server.delete("/_node/_local/_config/chttpd/admin_only_all_dbs");
        assertEquals(401, server.send("GET", "/_all_dbs", null).status());
    }

    private static void assertNames(String expected, String query) throws IOException {
        StringBuilder encoded = new StringBuilder("/_all_dbs?");
        for (String pair : query.split("&")) {
            String[] parts = pair.split("=", 2);
            encoded.append(parts[0]).append('=');
            encoded.append(parts.length < 2 ? "" : URLEncoder.encode(parts[1], StandardCharsets.UTF_8))
                    .append('&');
        }
        assertEquals("200 " + expected, server.get(encoded.toString()).toString(), query);
    }

    private static void assertRefused(String reason, String body) throws IOException {
        assertEquals(
                "400 {\"error\":\"bad_request\",\"reason\":\"" + reason + "\"}",
                server.post("/_dbs_info", body).toString());
    }
}
