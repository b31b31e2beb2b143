package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code _stats}, {@code _system}, {@code _prometheus} and {@code _versions}. */
class StatsTest {
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
    void stats_requests_areCounted() throws IOException {
        for (int i = 0; i < 7; i++) {
            server.send("COPY", "/_up", null);
        }
        Answer copies = server.get("/_node/_local/_stats/couchdb/httpd_request_methods/COPY");
        assertEquals(
                "200 {\"value\":7,\"type\":\"counter\",\"desc\":\"number of HTTP COPY requests\"}", copies.toString());
        Answer refused = server.get("/_node/_local/_stats/couchdb/httpd_status_codes/405/value");
        assertEquals("200 7", refused.toString());
        assertEquals("200 null", server.get("/_node/_local/_stats/no/such").toString());
        assertTrue(server.get("/_node/_local/_stats").body().startsWith("{\"couchdb\":{\"request_time\":{\"value\":{"));
        assertEquals("GET", server.put("/_node/_local/_stats", "").header("Allow"));
    }

    @Test
    void prometheus_text_holdsTheCounts() throws IOException {
        Answer first = server.get("/_node/_local/_prometheus");
        assertEquals(200, first.status());
        assertTrue(first.header("Content-Type").startsWith("text/plain; version="), first.header("Content-Type"));
        assertTrue(first.body().contains("couchdb_httpd_request_methods_total{method=\"GET\"}"), first.body());
        assertTrue(first.body().contains("couchdb_request_time_seconds_count"), first.body());
        assertTrue(first.body().contains("jvm_memory_used_bytes"), first.body());
        assertTrue(first.body().contains("archipel_databases 2"), first.body());
    }

    @Test
    void measures_ofTheNode_areInBothForms() throws IOException {
        String stats = server.get("/_node/_local/_stats/archipel").body();
        String prometheus = server.get("/_node/_local/_prometheus").body();
        for (String name : new String[] {
            "commands_waiting",
            "connections_open",
            "connections_refused",
            "disk_free_bytes",
            "disk_size_bytes",
            "feeds_waiting",
            "index_lag_changes",
            "logins_failed",
            "logins_locked_out",
            "oldest_snapshot_seconds",
            "request_memory_bytes",
            "request_memory_refusals",
            "request_memory_total_bytes",
            "requests_running",
            "snapshots",
            "store_errors",
            "store_files_bytes"
        }) {
            assertTrue(stats.contains('"' + name + "\":{\"value\":"), name + " in " + stats);
            assertTrue(prometheus.contains("archipel_" + name), name + " in " + prometheus);
        }
        assertEquals(
                "200 1",
                server.get("/_node/_local/_stats/archipel/requests_running/value")
                        .toString());
    }

    @Test
    void measures_ofPasswords_areWhereCouchDbHasThem() throws IOException {
        long slow = couch("password_hashing_slow");
        long fast = couch("password_hashing_fast");
        assertEquals(fast + 1, couch("password_hashing_fast"), "the request's own");
        server.send("GET", "/_session", null, "Authorization", TestServer.basic("root", "wrong"));
        assertEquals(slow, couch("password_hashing_slow"), "compared with the right one");
        assertEquals(fast + 4, couch("password_hashing_fast"));
        String user = "{\"type\":\"user\",\"name\":\"ada\",\"roles\":[],\"password\":\"x\"}";
        assertEquals(201, server.put("/_users/org.couchdb.user:ada", user).status());
        assertEquals(slow + 1, couch("password_hashing_slow"), "to store it");
        long misses = couch("auth_cache_misses");
        long hits = couch("auth_cache_hits");
        for (int i = 0; i < 2; i++) {
            server.send("GET", "/_session", null, "Authorization", TestServer.basic("ada", "x"));
            assertEquals(slow + 2, couch("password_hashing_slow"), "once to compare it");
        }
        server.send("GET", "/_session", null, "Authorization", TestServer.basic("ada", "wrong"));
        assertEquals(slow + 2, couch("password_hashing_slow"));
        assertEquals(misses + 1, couch("auth_cache_misses"));
        assertTrue(couch("auth_cache_hits") >= hits + 2);
        String prometheus = server.get("/_node/_local/_prometheus").body();
        assertTrue(prometheus.contains("couchdb_password_hashing_slow_total " + (slow + 2)), prometheus);
    }

    @Test
    void measures_whatHappens_isCounted() throws IOException {
        long failed = value("logins_failed");
        server.send("GET", "/_session", null, "Authorization", TestServer.basic("root", "wrong"));
        assertEquals(failed + 1, value("logins_failed"));
        server.put("/lagging", "");
        server.put("/lagging/_design/d", "{\"views\":{\"v\":{\"map\":\"function (doc) { emit(1); }\"}}}");
        server.get("/lagging/_design/d/_view/v");
        assertEquals(0, value("index_lag_changes"));
        server.put("/lagging/a", "{}");
        server.put("/lagging/b", "{}");
        assertEquals(2, value("index_lag_changes"));
        assertTrue(value("disk_free_bytes") > 0 && value("disk_free_bytes") < value("disk_size_bytes"));
    }

    private static long couch(String name) throws IOException {
        return server.get("/_node/_local/_stats/couchdb/" + name + "/value")
                .json()
                .asLong();
    }

    private static long value(String name) throws IOException {
        return server.get("/_node/_local/_stats/archipel/" + name + "/value")
                .json()
                .asLong();
    }

    @Test
    void system_numbers_areThere() throws IOException {
        String body = server.get("/_node/_local/_system").body();
        assertTrue(body.startsWith("{\"uptime\":"), body);
        assertTrue(body.contains("\"process_count\":"), body);
        assertEquals(200, server.get("/_node/_local/_versions").status());
    }

    @Test
    void metrics_role_isEnough() throws IOException {
        String refusal =
                "401 {\"error\":\"unauthorized\",\"reason\":\"You are not a server admin or read-only metrics user\"}";
        for (String path : new String[] {"_stats", "_system", "_prometheus"}) {
            assertEquals(
                    refusal, server.send("GET", "/_node/_local/" + path, null).toString());
        }
        assertEquals(401, server.send("GET", "/_node/_local/_versions", null).status());
    }
}
