package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import archipel.settings.RuntimeStore;
import archipel.settings.SettingException;
import archipel.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code _node/{node}/_config}. */
class ConfigTest {
    private static final String CONFIG = "/_node/_local/_config";

    @TempDir
    Path directory = Path.of("");

    @Test
    void value_putGetDelete_giveTheOldOne() throws IOException {
        try (TestServer server = start()) {
            String path = CONFIG + "/chttpd_auth/timeout";
            assertEquals("200 \"600\"", server.get(path).toString());
            assertEquals("200 \"600\"", server.put(path, "\" 700 \"").toString());
            assertEquals(
                    "200 \"700\"",
                    server.get("/_node/n1@here/_config/chttpd_auth/timeout").toString());
            assertEquals("200 \"700\"", server.delete(path).toString());
            assertEquals("200 \"600\"", server.get(path).toString());
            assertEquals(
                    "404 {\"error\":\"not_found\",\"reason\":\"unknown_config_value\"}",
                    server.delete(path).toString());
        }
    }

    @Test
    void put_settingThatCouchDbDoesNotHave_takesEffectAtOnce() throws IOException {
        try (TestServer server = start()) {
            String path = CONFIG + "/archipel/max_json_depth";
            Answer changed = server.put(path, "\"8\"");
            assertEquals(200, changed.status(), changed.body());
            assertEquals("", changed.header("Warning"));
            server.put("/islands", "");
            assertEquals(
                    400, server.put("/islands/a", "{\"a\":[[[[[[[[[1]]]]]]]]]}").status());
            assertEquals(400, server.put(path, "\"deep\"").status());
            server.delete(path);
            assertEquals(
                    201, server.put("/islands/a", "{\"a\":[[[[[[[[[1]]]]]]]]]}").status());
        }
    }

    @Test
    void put_whatCannotBeUsed_isKeptWithAWarning() throws IOException {
        try (TestServer server = start()) {
            for (String[] pair : new String[][] {
                {"jwt_keys/rsa:bad", "nope"},
                {"jwt_keys/foo", "YWI="},
                {"jwt_keys/hmac:empty", ""},
                {"chttpd_auth/password_regexp", "(unclosed"}
            }) {
                Answer kept = server.put(CONFIG + "/" + pair[0], "\"" + pair[1] + "\"");
                assertEquals(200, kept.status(), kept.body());
                String warning = String.valueOf(kept.header("Warning"));
                assertTrue(warning.contains("cannot be used"), pair[0] + " " + warning);
            }
            assertEquals(
                    "", server.put(CONFIG + "/jwt_keys/hmac:good", "\"YWI=\"").header("Warning"));
        }
    }

    @Test
    void put_emptyPasswordOfAnAdmin_isRefused() throws IOException {
        try (TestServer server = start()) {
            for (String empty : new String[] {"\"\"", "\"  \""}) {
                assertEquals(400, server.put(CONFIG + "/admins/ada", empty).status());
            }
            assertEquals(404, server.get(CONFIG + "/admins/ada").status());
        }
    }

    @Test
    void value_unknownSection_isKeptToo() throws IOException {
        try (TestServer server = start()) {
            assertEquals(404, server.get(CONFIG + "/my%2Fown/key").status());
            assertEquals(
                    "200 \"\"",
                    server.put(CONFIG + "/my%2Fown/key", "\"a\\\"b\"").toString());
            assertEquals(
                    "200 \"a\\\"b\"",
                    server.put(CONFIG + "/my%2Fown/key", "\"c\"").toString());
            assertEquals("200 {\"key\":\"c\"}", server.get(CONFIG + "/my%2Fown").toString());
        }
        try (TestServer server = start()) {
            assertEquals("200 \"c\"", server.get(CONFIG + "/my%2Fown/key").toString());
            assertEquals("200 \"c\"", server.delete(CONFIG + "/my%2Fown/key").toString());
            assertEquals("200 {}", server.get(CONFIG + "/my%2Fown").toString());
        }
    }

    @Test
    void value_notToPersist_isGoneAfterARestartOrReload() throws IOException {
        try (TestServer server = start()) {
            String path = CONFIG + "/uuids/max_count";
            server.send("PUT", path, "\"5\"", "Authorization", TestServer.ROOT, "X-Couch-Persist", "false");
            assertEquals(400, server.get("/_uuids?count=6").status());
            assertEquals(
                    "200 {\"ok\":true}", server.post(CONFIG + "/_reload", "").toString());
            assertEquals(200, server.get("/_uuids?count=6").status());
            assertEquals("POST", server.get(CONFIG + "/_reload").header("Allow"));
        }
    }

    @Test
    void put_whatIsNotAccepted_is400Or403() throws IOException {
        try (TestServer server = start()) {
            assertEquals(
                    "400 {\"error\":\"bad_request\",\"reason\":\"a JSON string expected\"}",
                    server.put(CONFIG + "/chttpd_auth/timeout", "700").toString());
            assertEquals(
                    "400 {\"error\":\"bad_request\",\"reason\":\"invalid UTF-8 JSON\"}",
                    server.put(CONFIG + "/chttpd_auth/timeout", "700x").toString());
            Answer refused = server.put(CONFIG + "/chttpd_auth/timeout", "\"soon\"");
            assertEquals(400, refused.status());
            assertTrue(refused.body().contains("[chttpd_auth] timeout must be a whole number"), refused.body());
            assertEquals(
                    "403 {\"error\":\"forbidden\",\"reason\":"
                            + "\"Config section blacklisted for modification over HTTP API.\"}",
                    server.put(CONFIG + "/query_servers/ruby", "\"x\"").toString());
            assertEquals(400, server.put(CONFIG + "/chttpd/port", "\"1\"").status(), "a flag fixes it");
        }
    }

    @Test
    void methodsAndPaths_others_areRefused() throws IOException {
        try (TestServer server = start()) {
            assertEquals("GET", server.put(CONFIG, "\"x\"").header("Allow"));
            assertEquals("GET", server.put(CONFIG + "/log", "\"x\"").header("Allow"));
            assertEquals(
                    "GET,PUT,DELETE",
                    server.post(CONFIG + "/log/level", "\"x\"").header("Allow"));
            assertEquals(
                    "405 {\"error\":\"method_not_allowed\",\"reason\":\"Only GET,PUT,DELETE allowed\"}",
                    server.post(CONFIG + "/log/level", "\"x\"").toString());
            assertEquals(404, server.get(CONFIG + "/log/level/x").status());
            assertEquals(
                    "404 {\"error\":\"not_found\",\"reason\":\"no such node: n2@here\"}",
                    server.get("/_node/n2@here/_config").toString());
            assertEquals(
                    "400 {\"error\":\"bad_request\",\"reason\":\"Incomplete path to _node request\"}",
                    server.get("/_node").toString());
            assertEquals(
                    "200 {\"name\":\"n1@here\"}", server.get("/_node/_local").toString());
            assertEquals(403, server.post("/_node/_local/_restart", "").status());
            assertEquals(401, server.send("GET", CONFIG, null).status());
        }
    }

    @Test
    void whole_shows_neitherPasswordsNorSecrets() throws IOException {
        try (TestServer server = start()) {
            String whole = server.get(CONFIG).body();
            assertTrue(whole.contains("\"admins\":{\"root\":\"-pbkdf2:sha256-"), whole);
            assertTrue(whole.contains("\"secret\":\"******\""), whole);
            assertFalse(whole.contains("relax"), whole);
            server.server().node().facts().forEach((key, value) -> {
                if (key.endsWith("secret")) {
                    assertFalse(whole.contains(value), key);
                }
            });
        }
    }

    @Test
    void admins_putAndDelete_changeWhoMayIn() throws IOException {
        try (TestServer server = start()) {
            assertEquals(
                    "200 \"\"", server.put(CONFIG + "/admins/ada", "\"secret\"").toString());
            String ada = TestServer.basic("ada", "secret");
            assertEquals(
                    200,
                    server.send("GET", "/_all_dbs", null, "Authorization", ada).status());
            Answer old = server.put(CONFIG + "/admins/ada", "\"other\"");
            assertTrue(old.body().startsWith("\"-pbkdf2:sha256-"), old.body());
            assertEquals(
                    401,
                    server.send("GET", "/_all_dbs", null, "Authorization", ada).status());
            assertEquals(200, server.delete(CONFIG + "/admins/ada").status());
            assertEquals(
                    401,
                    server.send("GET", "/_all_dbs", null, "Authorization", TestServer.basic("ada", "other"))
                            .status());
            assertEquals(
                    "400 {\"error\":\"bad_request\",\"reason\":\"The last server admin cannot be removed.\"}",
                    server.delete(CONFIG + "/admins/root").toString());
        }
    }

    @Test
    void requireValidUser_setAtRunTime_closesTheNodeToStrangers() throws IOException {
        try (TestServer server = start()) {
            server.put(CONFIG + "/chttpd/require_valid_user", "\"true\"");
            assertEquals(
                    "401 {\"error\":\"unauthorized\",\"reason\":\"Authentication required.\"}",
                    server.send("GET", "/", null).toString());
            assertEquals(
                    "Basic realm=\"server\"",
                    server.send("GET", "/_uuids", null).header("WWW-Authenticate"));
            assertEquals(401, server.send("GET", "/_up", null).status());
            assertEquals(200, server.get("/").status());
            String form = "name=root&password=relax";
            assertEquals(
                    200,
                    server.send("POST", "/_session", form, "Content-Type", "application/x-www-form-urlencoded")
                            .status());
            server.put(CONFIG + "/chttpd/require_valid_user_except_for_up", "\"true\"");
            assertEquals(200, server.send("GET", "/_up", null).status());
            assertEquals(401, server.send("GET", "/", null).status());
        }
    }

    @Test
    void put_whatHasNoEffect_isAnsweredWithAWarning() throws IOException {
        try (TestServer server = start()) {
            assertWarning(server, "chttpd/server_options", "has no effect. Socket options");
            assertWarning(server, "smoosh/anything", "has no effect. The store compacts");
            assertWarning(server, "couch_httpd_auth/password_scheme", "has no effect. New passwords");
            assertWarning(server, "my%20own/key", "has no effect. Archipel has no such setting.");
            assertEquals(
                    "", server.put(CONFIG + "/chttpd_auth/timeout", "\"700\"").header("Warning"));
            assertEquals("", server.put(CONFIG + "/admins/ada", "\"secret\"").header("Warning"));
            assertEquals(
                    "", server.put(CONFIG + "/jwt_keys/hmac:x", "\"aGVsbG8=\"").header("Warning"));
            server.put(CONFIG + "/a%0D%0Ab/c%22d", "\"x\"");
        }
    }

    private static void assertWarning(TestServer server, String path, String part) throws IOException {
        Answer answer = server.put(CONFIG + "/" + path, "\"x\"");
        assertEquals(200, answer.status());
        assertTrue(answer.header("Warning").contains(part), path + ": " + answer.header("Warning"));
    }

    @Test
    void databaseDir_isShownAndFixed() throws IOException {
        try (TestServer server = start()) {
            String data = directory.resolve("data").toString();
            assertEquals(
                    "200 \"" + data + "\"",
                    server.get(CONFIG + "/couchdb/database_dir").toString());
            assertEquals(
                    400, server.put(CONFIG + "/couchdb/database_dir", "\"/x\"").status());
        }
    }

    @Test
    void secret_isInAFileOfItsOwnAndNotInTheStore() throws IOException {
        Path secrets = directory.resolve("data").resolve("secrets");
        String session;
        try (TestServer server = start()) {
            assertEquals(Set.of(), secretFacts(server));
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(secrets)));
            assertEquals(
                    200,
                    server.put(CONFIG + "/chttpd_auth/secret", "\"shared\"").status());
            assertTrue(Files.readString(secrets).contains("=shared\n"));
            assertEquals(Set.of(), secretFacts(server));
            session = login(server);
            Answer same = server.put(CONFIG + "/chttpd_auth/secret", "\"******\"");
            assertEquals(200, same.status());
            assertTrue(same.header("Warning").contains("stays as it is"), same.header("Warning"));
            assertEquals("root", user(server, session), "what is shown has not become the secret");
        }
        try (TestServer server = start()) {
            assertEquals("root", user(server, session), "kept over a restart");
            assertEquals(200, server.delete(CONFIG + "/chttpd_auth/secret").status());
            assertEquals("", user(server, session));
            assertTrue(Files.readString(secrets).matches("(?s).*=[0-9a-f]{64}\n"), "made anew");
            server.server().node().putFact("config/chttpd_auth/secret", "from-before");
        }
        Files.delete(secrets);
        try (TestServer server = start()) {
            assertTrue(Files.readString(secrets).contains("=from-before\n"), "moved out of the store");
            assertEquals(Set.of(), secretFacts(server));
        }
    }

    @Test
    void keysOfTokens_areSecretLikeTheSessions() throws IOException {
        Path secrets = directory.resolve("data").resolve("secrets");
        String key = CONFIG + "/jwt_keys/hmac:a";
        try (TestServer server = start()) {
            assertEquals("200 \"\"", server.put(key, "\"aGVs\\nbG8=\"").toString());
            server.put(CONFIG + "/jwt_keys/rsa:a", "\"public\"");
            server.put(CONFIG + "/ssl/password", "\"of a key\"");
            assertEquals("200 \"******\"", server.get(key).toString());
            String whole = server.get(CONFIG).body();
            assertTrue(whole.contains("\"jwt_keys\":{\"hmac:a\":\"******\",\"rsa:a\":\"public\"}"), whole);
            assertTrue(whole.contains("\"password\":\"******\""), whole);
            assertEquals(Set.of("public"), tokenFacts(server));
            assertTrue(server.put(key, "\"******\"").header("Warning").contains("stays as it is"));
            server.server().node().putFact("config/jwt_keys/hmac%3Ab", "from-before");
        }
        try (TestServer server = start()) {
            assertEquals(Set.of("public"), tokenFacts(server));
            assertTrue(Files.readString(secrets).contains("=from-before\n"), "moved out of the store");
            assertTrue(Files.readString(secrets).contains("=%url:aGVs%0AbG8%3D\n"));
            assertEquals("200 \"******\"", server.delete(key).toString());
            assertEquals(404, server.get(key).status());
        }
    }

    private static Set<String> tokenFacts(TestServer server) {
        return server.server().node().facts().entrySet().stream()
                .filter(fact -> fact.getKey().startsWith("config/jwt_keys")
                        || fact.getKey().startsWith("config/ssl"))
                .map(Map.Entry::getValue)
                .collect(Collectors.toSet());
    }

    @Test
    void proxiesBelievedWithoutASecret_areWarnedOf() throws IOException {
        try (TestServer server = start()) {
            String handlers = CONFIG + "/chttpd/authentication_handlers";
            assertTrue(
                    server.put(handlers, "\"proxy, default\"").header("Warning").contains("proxy_use_secret"));
            assertEquals(
                    "",
                    server.put(CONFIG + "/chttpd_auth/proxy_use_secret", "\"true\"")
                            .header("Warning"));
            assertEquals("", server.put(handlers, "\"proxy, default\"").header("Warning"));
            server.delete(CONFIG + "/chttpd_auth/proxy_use_secret");
        }
        Settings settings = Settings.of(NodeSettings.ALL, Map.of("authentication_handlers", "proxy"), Map.of());
        settings.attach(RuntimeStore.none());
        assertTrue(settings.warnings().toString().contains("proxy_use_secret"));
        Settings trusting = Settings.of(
                NodeSettings.ALL, Map.of("authentication_handlers", "proxy", "trusted_proxies", ""), Map.of());
        trusting.attach(RuntimeStore.none());
        assertEquals(List.of(), trusting.warnings());
    }

    @Test
    void change_thatCouldLockAdminsOut_doesNot() throws IOException {
        try (TestServer server = start()) {
            assertEquals(
                    400,
                    server.put(CONFIG + "/chttpd/authentication_handlers", "\"\"")
                            .status());
            for (String bound : new String[] {"min_iterations", "max_iterations"}) {
                String value = bound.startsWith("min") ? "\"100000000\"" : "\"1\"";
                assertEquals(
                        200, server.put(CONFIG + "/chttpd_auth/" + bound, value).status());
            }
            assertEquals(
                    200,
                    server.put(CONFIG + "/chttpd_auth/auth_cache_size", "\"0\"").status());
            assertEquals(
                    200,
                    server.put(CONFIG + "/chttpd/require_valid_user", "\"true\"")
                            .status());
            assertEquals(200, server.get(CONFIG).status());
        }
        try (TestServer server = start()) {
            assertEquals(200, server.get(CONFIG).status());
        }
    }

    @Test
    void value_aFlagOverrides_canBeRemovedAndNotChanged() throws IOException {
        String path = CONFIG + "/chttpd/authentication_handlers";
        try (TestServer server = start()) {
            assertEquals(200, server.put(path, "\"jwt\"").status());
            assertEquals(401, server.get(path).status(), "nobody is known any more");
        }
        Map<String, String> flags = Map.of("authentication_handlers", "default");
        try (TestServer server = TestServer.start(directory.resolve("data"), flags)) {
            assertEquals(400, server.put(path, "\"cookie\"").status());
            assertEquals(200, server.delete(path).status());
        }
        try (TestServer server = start()) {
            assertEquals("200 \"cookie, default\"", server.get(path).toString());
        }
    }

    @Test
    void stored_whatNoNodeCanStartWith_isTakenBackUnderAFlag() throws IOException {
        try (TestServer server = start()) {
            assertEquals(
                    200,
                    server.put(CONFIG + "/ssl/cert_file", "\"/nowhere/cert.pem\"")
                            .status());
        }
        SettingException refused = assertThrows(SettingException.class, this::start);
        assertTrue(String.valueOf(refused.getMessage()).contains("override it with a flag"), refused.getMessage());
        try (TestServer server = TestServer.start(directory.resolve("data"), Map.of("tls_cert", ""))) {
            assertEquals(
                    400,
                    server.put(CONFIG + "/ssl/cert_file", "\"/nowhere/else.pem\"")
                            .status());
            assertEquals(200, server.delete(CONFIG + "/ssl/cert_file").status());
        }
        start().close();
    }

    private static Set<String> secretFacts(TestServer server) {
        return server.server().node().facts().keySet().stream()
                .filter(key -> key.endsWith("secret"))
                .collect(Collectors.toSet());
    }

    private static String login(TestServer server) throws IOException {
        String cookie = server.post("/_session", "{\"name\":\"root\",\"password\":\"relax\"}")
                .header("Set-Cookie");
        return cookie.substring(0, cookie.indexOf(';'));
    }

    private static String user(TestServer server, String session) throws IOException {
        String body = server.send("GET", "/_session", null, "Cookie", session).body();
        return body.contains("\"name\":\"root\"") ? "root" : "";
    }

    private TestServer start() {
        return TestServer.start(directory.resolve("data"), Map.of());
    }
}
