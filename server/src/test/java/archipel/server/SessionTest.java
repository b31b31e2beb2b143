package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code _session}, Basic and the lock-out. */
class SessionTest {
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String INFO = "\"info\":{\"authentication_handlers\":[\"cookie\",\"default\"]";
    private static final String DATABASE = ",\"authentication_db\":\"_users\"}}";
    private static final String WRONG =
            "401 {\"error\":\"unauthorized\",\"reason\":\"Name or password is incorrect.\"}";

    @TempDir
    static Path directory = Path.of("");

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(directory.resolve("data"), Map.of("lockout_threshold", "3"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void get_anonymousAndBasic_saysWhoItIs() throws IOException {
        assertEquals(
                "200 {\"ok\":true,\"userCtx\":{\"name\":null,\"roles\":[]}," + INFO + DATABASE,
                server.send("GET", "/_session", null).toString());
        assertEquals(
                "200 {\"ok\":true,\"userCtx\":{\"name\":\"root\",\"roles\":[\"_admin\"]}," + INFO
                        + ",\"authenticated\":\"default\"" + DATABASE,
                server.get("/_session").toString());
        assertEquals(
                "401 {\"error\":\"unauthorized\",\"reason\":\"Please login.\"}",
                server.send("GET", "/_session?basic=true", null).toString());
    }

    @Test
    void post_rightPassword_givesACookieThatWorks() throws IOException {
        Answer login = server.send("POST", "/_session", "name=root&password=relax", "Content-Type", FORM);
        assertEquals("200 {\"ok\":true,\"name\":\"root\",\"roles\":[\"_admin\"]}", login.toString());
        String cookie = login.header("Set-Cookie");
        assertTrue(
                cookie.matches("AuthSession=[A-Za-z0-9_-]+; Version=1; Expires=[^;]+; Max-Age=600; Path=/; HttpOnly"),
                cookie);
        String session = cookie.substring(0, cookie.indexOf(';'));
        assertEquals(
                "200 {\"ok\":true,\"userCtx\":{\"name\":\"root\",\"roles\":[\"_admin\"]}," + INFO
                        + ",\"authenticated\":\"cookie\"" + DATABASE,
                server.send("GET", "/_session", null, "Cookie", "other=1; " + session)
                        .toString());
        assertEquals(
                200, server.send("GET", "/_all_dbs", null, "Cookie", session).status());
        assertEquals(
                401,
                server.send("GET", "/_all_dbs", null, "Cookie", session + "x").status());
    }

    @Test
    void post_json_worksAsTheFormDoes() throws IOException {
        for (String body : new String[] {
            "{\"name\":\"root\",\"password\":\"relax\"}", "{\"username\":\"root\",\"password\":\"relax\"}"
        }) {
            assertEquals(
                    200,
                    server.send("POST", "/_session", body, "Content-Type", "application/json;charset=utf-8")
                            .status());
        }
        assertEquals(
                415,
                server.send("POST", "/_session", "name=root", "Content-Type", "text/plain")
                        .status());
        assertEquals(
                "400 {\"error\":\"bad_request\",\"reason\":\"request body must contain a username\"}",
                server.post("/_session", "{}").toString());
        assertEquals(
                "400 {\"error\":\"bad_request\",\"reason\":\"request body contains different usernames\"}",
                server.post("/_session", "{\"name\":\"a\",\"username\":\"b\"}").toString());
    }

    @Test
    void post_wrongPassword_clearsTheCookie() throws IOException {
        Answer refused = server.send("POST", "/_session", "name=nobody&password=x", "Content-Type", FORM);
        assertEquals(WRONG, refused.toString());
        assertTrue(refused.header("Set-Cookie").startsWith("AuthSession=; Version=1;"), refused.header("Set-Cookie"));
    }

    @Test
    void nextAndFail_redirect() throws IOException {
        String origin = "http://127.0.0.1:" + server.server().port();
        Answer next = server.send("POST", "/_session?next=/blog", "name=root&password=relax", "Content-Type", FORM);
        assertEquals(302, next.status());
        assertEquals(origin + "/blog", next.header("Location"));
        Answer fail = server.send("POST", "/_session?fail=/again", "name=no&password=no", "Content-Type", FORM);
        assertEquals(302, fail.status());
        assertEquals(origin + "/again", fail.header("Location"));
        assertEquals(302, server.send("DELETE", "/_session?next=/bye", null).status());
        assertEquals(
                "400 {\"error\":\"bad_request\",\"reason\":\"path must begin with a /.\"}",
                server.send("DELETE", "/_session?next=http://evil", null).toString());
    }

    @Test
    void location_behindAProxy_isWhatTheClientAskedFor() throws IOException {
        String[] proxied = {"X-Forwarded-Host", "db.example", "X-Forwarded-Proto", "https"};
        assertEquals(
                "https://db.example/bye",
                server.send("DELETE", "/_session?next=/bye", null, proxied).header("Location"));
        String forwarded = "for=192.0.2.1;host=db.example;proto=https";
        String[] standard = {"Authorization", TestServer.ROOT, "Forwarded", forwarded};
        assertEquals(
                "https://db.example/proxied",
                server.send("PUT", "/proxied", null, standard).header("Location"));
        server.put("/_node/_local/_config/chttpd/x_forwarded_host", "\"X-Host\"");
        assertEquals(
                "https://named.example/bye",
                server.send("DELETE", "/_session?next=/bye", null, "X-Host", "named.example", "X-Forwarded-Ssl", "on")
                        .header("Location"));
        server.delete("/_node/_local/_config/chttpd/x_forwarded_host");
    }

    @Test
    void delete_anybody_clearsTheCookie() throws IOException {
        Answer bye = server.send("DELETE", "/_session", null, "Cookie", "AuthSession=nonsense");
        assertEquals("200 {\"ok\":true}", bye.toString());
        assertTrue(bye.header("Set-Cookie").startsWith("AuthSession=; "), bye.header("Set-Cookie"));
    }

    @Test
    void basic_malformedOrWrong_isRefused() throws IOException {
        assertEquals(
                "400 {\"error\":\"bad_request\",\"reason\":\"Authorization header has invalid base64 value\"}",
                server.send("GET", "/_session", null, "Authorization", "Basic %%%")
                        .toString());
        assertEquals(
                "400 {\"error\":\"bad_request\","
                        + "\"reason\":\"Malformed AuthSession cookie. Please clear your cookies.\"}",
                server.send("GET", "/_session", null, "Cookie", "AuthSession=abc")
                        .toString());
        assertEquals(WRONG, send("stranger", "x").toString());
        for (String nobody : new String[] {TestServer.basic("_", "_"), "Basic bm9jb2xvbg==", "Bearer abc"}) {
            Answer answer = server.send("GET", "/_session", null, "Authorization", nobody);
            assertTrue(answer.body().contains("\"name\":null"), nobody);
        }
    }

    @Test
    void lockout_afterSomeFailures_refusesTheRightPasswordToo() throws IOException {
        server.put(
                "/_users/org.couchdb.user:guessed",
                "{\"type\":\"user\",\"name\":\"guessed\",\"roles\":[],\"password\":\"right\"}");
        assertEquals(200, send("guessed", "right").status());
        for (int i = 0; i < 3; i++) {
            assertEquals(WRONG, send("guessed", "wrong" + i).toString());
        }
        String locked = "403 {\"error\":\"forbidden\",\"reason\":"
                + "\"Account is temporarily locked due to multiple authentication failures\"}";
        assertEquals(locked, send("guessed", "right").toString());
        assertEquals(
                locked,
                server.send("POST", "/_session", "name=guessed&password=right", "Content-Type", FORM)
                        .toString());
        String elsewhere = "192.0.2.99";
        assertEquals(
                200,
                server.send(
                                "GET",
                                "/_session",
                                null,
                                "Authorization",
                                TestServer.basic("guessed", "right"),
                                "X-Forwarded-For",
                                elsewhere)
                        .status());
        for (int i = 0; i < 3; i++) {
            assertEquals(WRONG, send("root", "wrong" + i).toString());
        }
        assertEquals(locked, send("root", "wrong").toString());
        assertEquals(200, server.get("/_session").status(), "an admin gets past the lock");
        assertEquals(
                200,
                server.send("GET", "/", null, "Authorization", TestServer.basic("guessed", "right"))
                        .status());
    }

    private static Answer send(String name, String password) throws IOException {
        return server.send("GET", "/_session", null, "Authorization", TestServer.basic(name, password));
    }
}
