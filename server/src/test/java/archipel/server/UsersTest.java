package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Users, what they may see of each other, and what they may do in databases: all of it over HTTP. */
class UsersTest {
    private static final String ADA = "/_users/org.couchdb.user:ada";
    private static final String CONFIG = "/_node/_local/_config";

    @TempDir
    static Path directory = Path.of("");

    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(directory.resolve("data"));
        user("ada", "[\"dev\"]");
        user("bob", "[]");
        // As an application does that lets its users sign up.
        server.put(CONFIG + "/couchdb/users_db_security_editable", "\"true\"");
        assertEquals(200, server.put("/_users/_security", "{}").status());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void users_byDefault_areClosed() throws IOException {
        try (TestServer other = TestServer.start(directory.resolve("other"))) {
            assertEquals(
                    "401 {\"error\":\"unauthorized\",\"reason\":\"You are not authorized to access this db.\"}",
                    other.send("GET", ADA, null).toString());
            assertEquals(
                    "403 {\"error\":\"forbidden\","
                            + "\"reason\":\"You can't edit the security object of the user database.\"}",
                    other.put("/_users/_security", "{}").toString());
        }
    }

    @Test
    void userDocument_hashed_isShownToItsUserAndAdminsOnly() throws IOException {
        String own = as("ada", "GET", ADA, null).body();
        assertTrue(own.contains("\"derived_key\""), own);
        assertFalse(own.contains("\"password\""), own);
        assertEquals(own, server.get(ADA).body());
        String missing = "404 {\"error\":\"not_found\",\"reason\":\"missing\"}";
        assertEquals(missing, as("bob", "GET", ADA, null).toString());
        assertEquals(missing, server.send("GET", ADA, null).toString());
        for (String path : new String[] {"/_users/_all_docs?include_docs=true", "/_users/_changes?include_docs=true"}) {
            assertEquals(401, as("bob", "GET", path, null).status(), path);
            assertEquals(200, server.get(path).status(), path);
        }
        String bulk = "{\"docs\":[{\"id\":\"org.couchdb.user:ada\"}]}";
        assertFalse(as("bob", "POST", "/_users/_bulk_get", bulk).body().contains("derived_key"));
        assertFalse(as("bob", "GET", ADA + "?open_revs=all", null, "Accept", "application/json")
                .body()
                .contains("derived_key"));
        assertFalse(as("bob", "GET", ADA + "?revs=true&attachments=true", null)
                .body()
                .contains("derived_key"));
    }

    @Test
    void userDocument_everyOtherWay_isClosedToo() throws IOException {
        String eli = "/_users/org.couchdb.user:eli";
        user("eli", "[]");
        String revision = server.get(eli).body().replaceAll("(?s).*\"_rev\":\"([^\"]+)\".*", "$1");
        assertEquals(
                201,
                as("eli", "PUT", eli + "/photo?rev=" + revision, "secret picture")
                        .status());
        assertEquals(
                "200 secret picture", as("eli", "GET", eli + "/photo", null).toString());
        for (String path : new String[] {
            eli + "/photo",
            eli + "?attachments=true",
            eli + "?rev=" + revision,
            "/_users/_design_docs?include_docs=true",
            "/_users/_local_docs?include_docs=true"
        }) {
            String body = as("bob", "GET", path, null).body();
            assertFalse(body.contains("secret") || body.contains("derived_key"), path + ": " + body);
        }
        for (String path : new String[] {"/_users/_all_docs", "/_users/_all_docs/queries", "/_users/_changes"}) {
            assertEquals(
                    401, as("bob", "POST", path, "{\"queries\":[],\"keys\":[]}").status(), path);
        }
        Answer copied = as("bob", "COPY", eli, null, "Destination", "org.couchdb.user:bob");
        assertEquals(404, copied.status(), copied.toString());
    }

    @Test
    void userDocument_ofAnother_isNotThereForThoseWhoWouldChangeIt() throws IOException {
        String path = "/_users/org.couchdb.user:fay";
        user("fay", "[]");
        String first = revision(path);
        assertEquals(
                201, as("fay", "PUT", path + "/photo?rev=" + first, "picture").status());
        String revision = revision(path);
        String missing = "404 {\"error\":\"not_found\",\"reason\":\"missing\"}";
        String form = "--b\r\nContent-Disposition: form-data; name=\"_rev\"\r\n\r\n" + revision + "\r\n--b--\r\n";
        String host = "http://127.0.0.1:" + server.server().port() + "/";
        for (String authorization : new String[] {TestServer.basic("bob", "x"), "nobody"}) {
            for (String query : new String[] {"", "?rev=1-abc", "?rev=" + first, "?rev=" + revision}) {
                Answer deleted = server.send("DELETE", path + query, null, "Authorization", authorization);
                assertEquals(missing, deleted.toString(), authorization + query);
            }
            for (String[] asked : new String[][] {
                {"PUT", path + "/new"},
                {"PUT", path + "/new?rev=" + revision},
                {"PUT", path + "/new?rev=" + first},
                {"DELETE", path + "/photo"},
                {"DELETE", path + "/photo?rev=" + revision},
                {"DELETE", path + "/none?rev=" + revision}
            }) {
                Answer answer = server.send(
                        asked[0], asked[1], "x", "Authorization", authorization, "Content-Type", "text/plain");
                assertEquals(missing, answer.toString(), authorization + String.join(" ", asked));
            }
            String[] headers = {
                "Authorization", authorization, "Referer", host, "Content-Type", "multipart/form-data; boundary=b"
            };
            assertEquals(missing, server.send("POST", path, form, headers).toString());
            assertEquals(
                    403,
                    server.send("DELETE", "/_users/_design/_auth", null, "Authorization", authorization)
                            .status());
        }
        assertEquals(revision, revision(path));
        assertEquals(200, as("fay", "DELETE", path + "?rev=" + revision, null).status());
    }

    @Test
    void views_ofUsers_areForAdminsOfTheDatabase() throws IOException {
        server.put(
                "/_users/_design/names",
                "{\"views\":{\"v\":{\"map\":\"function (doc) { emit(doc.name, doc.derived_key); }\"}}}");
        String view = "/_users/_design/names/_view/v";
        String hidden = "403 {\"error\":\"forbidden\","
                + "\"reason\":\"Only administrators can view design docs in the users database.\"}";
        for (String path : new String[] {view, view + "?limit=0", "/_users/_design/names/_info"}) {
            assertEquals(hidden, server.send("GET", path, null).toString());
            assertEquals(hidden, as("bob", "GET", path, null).toString());
            assertEquals(200, server.get(path).status());
        }
        assertEquals(hidden, as("bob", "POST", view, "{\"keys\":[\"ada\"]}").toString());
        assertEquals(
                hidden,
                as("bob", "POST", view + "/queries", "{\"queries\":[{}]}").toString());
        server.put("/_users/_security", "{\"admins\":{\"names\":[\"bob\"]}}");
        assertTrue(as("bob", "GET", view, null).body().contains("\"key\":\"ada\""));
        server.put("/_users/_security", "{}");
    }

    @Test
    void usersDatabase_thatGetsItsRulesLater_takesFromAdminsWhatTheyLike() throws IOException {
        server.put("/staff", "");
        assertEquals(200, server.put("/staff/_security", "{}").status());
        server.put(CONFIG + "/chttpd_auth/authentication_db", "\"staff\"");
        String kim = "/staff/org.couchdb.user:kim";
        assertEquals(
                201,
                server.put(kim, "{\"name\":\"kim\",\"roles\":[\"old\"],\"password\":\"x\"}")
                        .status());
        assertTrue(as("kim", "GET", "/_session", null).body().contains("\"name\":\"kim\""));
        String boss = "{\"type\":\"user\",\"name\":\"kim\",\"roles\":[\"boss\"],\"_rev\":\"" + revision(kim) + "\"}";
        assertEquals(403, as("kim", "PUT", kim, boss).status(), "others are under the rules from the first");
        assertEquals(
                403,
                server.send("PUT", "/staff/x", "{}", "Content-Type", "text/plain")
                        .status());
        assertEquals(404, server.get("/staff/_design/_auth").status());
        server.put("/more%2F_users", "");
        assertEquals(200, server.get("/staff/_design/_auth").status());
        assertEquals(403, server.put("/staff/x", "{}").status());
        server.delete(CONFIG + "/chttpd_auth/authentication_db");
        server.delete("/staff");
        server.delete("/more%2F_users");
    }

    @Test
    void usersDatabase_ofAnotherName_hidesUsersAsWell() throws IOException {
        for (String name : new String[] {"people", "old/_users"}) {
            String database = "/" + name.replace("/", "%2F");
            String document = database + "/org.couchdb.user:ada";
            server.put(database, "");
            assertEquals(200, server.put(database + "/_security", "{}").status());
            server.put(CONFIG + "/chttpd_auth/authentication_db", "\"" + name + "\"");
            String ada = "{\"type\":\"user\",\"name\":\"ada\",\"roles\":[],\"password\":\"x\"}";
            assertEquals(201, server.put(document, ada).status());
            assertHidden(database, document);
            assertHidden("/_users", ADA);
            server.delete(CONFIG + "/chttpd_auth/authentication_db");
            server.delete(database);
        }
    }

    private static void assertHidden(String database, String document) throws IOException {
        String missing = "404 {\"error\":\"not_found\",\"reason\":\"missing\"}";
        assertEquals(missing, server.send("GET", document, null).toString());
        assertEquals(
                missing, server.send("GET", document + "?open_revs=all", null).toString());
        assertEquals(
                missing,
                server.send("GET", document + "?open_revs=all", null, "Accept", "multipart/mixed")
                        .toString(),
                "before an answer of many parts begins");
        for (String closed : new String[] {"_all_docs?include_docs=true", "_changes?include_docs=true", "_blocks"}) {
            assertEquals(401, server.send("GET", database + "/" + closed, null).status(), database + closed);
        }
        Answer found = server.send(
                "POST",
                database + "/_find",
                "{\"selector\":{\"name\":\"ada\"},\"fields\":[\"name\"]}",
                "Content-Type",
                "application/json");
        assertTrue(found.json().get("docs").isEmpty(), found.body());
    }

    @Test
    void publicFields_set_areShownToAll() throws IOException {
        server.put(CONFIG + "/chttpd_auth/public_fields", "\"name, type\"");
        String shown = as("bob", "GET", ADA, null).body();
        assertTrue(shown.contains("\"name\":\"ada\"") && !shown.contains("salt"), shown);
        server.delete(CONFIG + "/chttpd_auth/public_fields");
    }

    @Test
    void signingUp_anybody_mayButNotWithRoles() throws IOException {
        String path = "/_users/org.couchdb.user:eve";
        String body = "{\"type\":\"user\",\"name\":\"eve\",\"roles\":[\"boss\"],\"password\":\"x\"}";
        assertEquals(
                "403 {\"error\":\"forbidden\",\"reason\":\"Only _admin may set roles\"}",
                server.send("PUT", path, body).toString());
        assertEquals(201, server.send("PUT", path, body.replace("\"boss\"", "")).status());
        assertTrue(as("eve", "GET", "/_session", null).body().contains("\"name\":\"eve\""));
        assertEquals(
                "404 {\"error\":\"not_found\",\"reason\":\"missing\"}",
                as("bob", "PUT", path, body).toString());
        Answer many = as("bob", "POST", "/_users/_bulk_docs", "{\"docs\":[" + "{\"_id\":\"org.couchdb.user:x\"}]}");
        assertTrue(many.body().contains("\"error\":\"not_found\""), many.toString());
        Answer copied = as("bob", "COPY", ADA, null, "Destination", "org.couchdb.user:new");
        assertEquals(404, copied.status(), copied.toString());
        assertEquals(404, as("bob", "DELETE", ADA + "?rev=1-abc", null).status());
    }

    @Test
    void database_adminOnlyAtFirst_thenAsItsSecuritySays() throws IOException {
        server.put("/team", "");
        assertEquals(403, as("ada", "GET", "/team", null).status());
        assertEquals(401, server.send("GET", "/team", null).status());
        server.put(
                "/team/_security",
                "{\"admins\":{\"names\":[\"bob\"],\"roles\":[]},\"members\":{\"names\":[],\"roles\":[\"dev\"]}}");
        assertEquals(200, as("ada", "GET", "/team", null).status());
        assertEquals(201, as("ada", "PUT", "/team/doc", "{}").status());
        String refused = "403 {\"error\":\"forbidden\",\"reason\":\"You are not a db or server admin.\"}";
        assertEquals(refused, as("ada", "PUT", "/team/_design/x", "{}").toString());
        assertEquals(201, as("bob", "PUT", "/team/_design/x", "{}").status());
        assertTrue(as("ada", "POST", "/team/_bulk_docs", "{\"docs\":[{\"_id\":\"_design/y\"},{\"_id\":\"z\"}]}")
                .body()
                .startsWith("[{\"id\":\"_design/y\",\"error\":\"forbidden\","
                        + "\"reason\":\"You are not a db or server admin.\"},"
                        + "{\"ok\":true,\"id\":\"z\""));
        assertEquals(
                "401 {\"error\":\"unauthorized\",\"reason\":\"You are not a server admin.\"}",
                as("bob", "DELETE", "/team", null).toString());
        assertEquals(401, as("ada", "POST", "/team/_compact", "{}").status());
        assertEquals(202, as("bob", "POST", "/team/_compact", "{}").status());
    }

    @Test
    void defaultRevsLimit_set_holdsForNewDatabases() throws IOException {
        try (TestServer other = TestServer.start(directory.resolve("limited"), Map.of("default_revs_limit", "5"))) {
            other.put("/few", "");
            assertEquals("200 5", other.get("/few/_revs_limit").toString());
        }
    }

    private static String revision(String path) throws IOException {
        return server.get(path).json().get("_rev").asString();
    }

    private static void user(String name, String roles) throws IOException {
        String body = "{\"type\":\"user\",\"name\":\"" + name + "\",\"roles\":" + roles + ",\"password\":\"x\"}";
        assertEquals(201, server.put("/_users/org.couchdb.user:" + name, body).status());
    }

    private static Answer as(String name, String method, String path, @Nullable String body, String... headers)
            throws IOException {
        String[] all = Arrays.copyOf(headers, headers.length + 4);
        all[headers.length] = "Authorization";
        all[headers.length + 1] = TestServer.basic(name, "x");
        all[headers.length + 2] = "Content-Type";
        all[headers.length + 3] = "application/json";
        return server.send(method, path, body, all);
    }
}
