package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.health.Health;
import archipel.health.Problem;
import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code /}, {@code _up}, {@code _uuids}, {@code _membership}, {@code _active_tasks} and what belongs to nobody. */
class WelcomeTest {
    @TempDir
    static Path directory = Path.of("");

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(directory.resolve("data"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void root_anybody_isWelcome() throws IOException {
        Answer answer = server.send("GET", "/", null);
        assertEquals(200, answer.status());
        assertTrue(answer.body().startsWith("{\"couchdb\":\"Welcome\",\"version\":\"3."), answer.body());
        assertTrue(answer.body().contains("\"uuid\":\"" + server.server().node().uuid() + "\""), answer.body());
        assertTrue(answer.body().contains("\"vendor\":{\"name\":\"Archipel\""), answer.body());
        assertEquals(200, server.send("HEAD", "/", null).status());
        Answer refused = server.send("PUT", "/", "");
        assertEquals("405 {\"error\":\"method_not_allowed\",\"reason\":\"Only GET,HEAD allowed\"}", refused.toString());
    }

    @Test
    void root_credentialsThatMakeNoSense_areNoHindrance() throws IOException {
        for (String authorization : new String[] {"Basic !!!", "Basic", "Bearer x", TestServer.basic("x", "y")}) {
            assertEquals(
                    200,
                    server.send("GET", "/", null, "Authorization", authorization)
                            .status(),
                    authorization);
        }
        assertEquals(
                200, server.send("GET", "/", null, "Cookie", "AuthSession=***").status());
    }

    @Test
    void up_healthy_saysSo() throws IOException {
        assertEquals(
                "200 {\"status\":\"ok\",\"seeds\":{}}",
                server.send("GET", "/_up", null).toString());
    }

    @Test
    void up_maintenance_is404() throws IOException {
        server.put("/_node/_local/_config/couchdb/maintenance_mode", "\"true\"");
        assertEquals(
                "404 {\"status\":\"maintenance_mode\"}",
                server.send("GET", "/_up", null).toString());
        server.put("/_node/_local/_config/couchdb/maintenance_mode", "\"nolb\"");
        assertEquals(
                "404 {\"status\":\"nolb\"}", server.send("GET", "/_up", null).toString());
        server.delete("/_node/_local/_config/couchdb/maintenance_mode");
        assertEquals(200, server.send("GET", "/_up", null).status());
    }

    @Test
    void up_problems_areNamed() throws IOException {
        Health health = server.server().node().health();
        health.report(Problem.DISK_FULL, "No space left.");
        Answer degraded = server.send("GET", "/_up", null);
        assertEquals(200, degraded.status());
        assertEquals("degraded", degraded.json().get("status").asString());
        assertEquals("disk_full", degraded.json().at("/problems/0/problem").asString());
        assertEquals("No space left.", degraded.json().at("/problems/0/detail").asString());
        assertTrue(degraded.json().at("/problems/0/since").asString().endsWith("Z"));
        assertTrue(
                server.get("/_node/_local/_prometheus").body().contains("archipel_problem{problem=\"disk_full\"} 1"));
        health.report(Problem.STORAGE_HALTED, "The disk failed.");
        Answer failing = server.send("GET", "/_up", null);
        assertEquals(503, failing.status());
        assertEquals("failing", failing.json().get("status").asString());
        assertEquals(2, failing.json().get("problems").size());
        health.withdraw(Problem.STORAGE_HALTED);
        health.withdraw(Problem.DISK_FULL);
        assertEquals(
                "200 {\"status\":\"ok\",\"seeds\":{}}",
                server.send("GET", "/_up", null).toString());
    }

    @Test
    void uuids_count_isBounded() throws IOException {
        Answer one = server.send("GET", "/_uuids", null);
        assertTrue(one.body().matches("\\{\"uuids\":\\[\"[0-9a-f]{32}\"]}\n"), one.body());
        assertEquals("no-cache", one.header("Cache-Control"));
        assertEquals("no-cache", one.header("Pragma"));
        assertEquals("Mon, 01 Jan 1990 00:00:00 GMT", one.header("Expires"));
        assertTrue(one.header("ETag").startsWith("\""), one.header("ETag"));
        assertEquals(
                "200 {\"uuids\":[]}",
                server.send("GET", "/_uuids?count=0", null).toString());
        assertEquals(1000, server.send("GET", "/_uuids?count=1000", null).body().split(",").length);
        assertEquals(
                "400 {\"error\":\"bad_request\",\"reason\":\"count parameter too large\"}",
                server.send("GET", "/_uuids?count=1001", null).toString());
        for (String bad : new String[] {"-1", "x", "1.5", "99999999999999999999"}) {
            assertEquals(
                    "400 {\"error\":\"bad_request\",\"reason\":\"count must be a positive integer\"}",
                    server.send("GET", "/_uuids?count=" + bad, null).toString());
        }
        assertEquals("GET", server.send("POST", "/_uuids", "").header("Allow"));
    }

    @Test
    void membershipAndTasks_areForAdmins() throws IOException {
        assertEquals(
                "200 {\"all_nodes\":[\"n1@here\"],\"cluster_nodes\":[\"n1@here\"]}",
                server.get("/_membership").toString());
        assertEquals("200 []", server.get("/_active_tasks").toString());
        for (String path : new String[] {"/_membership", "/_active_tasks", "/_all_dbs"}) {
            assertEquals(
                    "401 {\"error\":\"unauthorized\",\"reason\":\"You are not a server admin.\"}",
                    server.send("GET", path, null).toString());
        }
    }

    @Test
    void iconAndConsole_areFoundOrNot() throws IOException {
        Answer icon = server.send("GET", "/favicon.ico", null);
        assertEquals(200, icon.status());
        assertEquals("image/x-icon", icon.header("Content-Type"));
        assertEquals("public, max-age=31536000", icon.header("Cache-Control"));
        assertEquals(
                "404 {\"error\":\"not_found\",\"reason\":\"missing\"}",
                server.send("GET", "/_utils/", null).toString());
    }
}
