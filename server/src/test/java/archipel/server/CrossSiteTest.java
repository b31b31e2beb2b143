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

/** What a page of another site can make a browser send, with the session that the browser holds. */
class CrossSiteTest {
    private static final String CONFIG = "/_node/_local/_config";
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String UPDATE = "/db/_design/d/_update/u";

    @TempDir
    static Path directory = Path.of("");

    private static TestServer server;
    private static String session;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(directory.resolve("data"));
        server.put("/db", "");
        server.put("/db/_design/d", "{\"updates\":{\"u\":\"function (doc, req) { return [null, 'updated']; }\"}}");
        String cookie = server.send("POST", "/_session", "name=root&password=relax", "Content-Type", FORM)
                .header("Set-Cookie");
        session = cookie.substring(0, cookie.indexOf(';'));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void post_ofAFormsType_isRefusedWhereJsonIsExpected() throws IOException {
        String[] paths = {
            "/db",
            "/db/_bulk_docs",
            "/db/_purge",
            "/db/_compact",
            "/db/_view_cleanup",
            "/db/_sync_shards",
            "/db/_fork",
            "/db/_rewind",
            "/db/_index",
            "/db/_find",
            "/db/_revs_diff",
            "/db/_ensure_full_commit",
            "/_dbs_info",
            "/_backup",
            CONFIG + "/_reload"
        };
        for (String type : new String[] {"text/plain", FORM, "multipart/form-data; boundary=x", "Text/Plain;a=b"}) {
            for (String path : paths) {
                Answer answer = server.send("POST", path, "{}", "Cookie", session, "Content-Type", type);
                assertEquals(415, answer.status(), path + " " + type + " " + answer);
                assertTrue(answer.body().contains("bad_content_type"), answer.toString());
            }
        }
    }

    @Test
    void post_thatABrowserSendsFromElsewhere_isRefusedEverywhere() throws IOException {
        for (String path : new String[] {"/_session", UPDATE, "/db/_view_cleanup", CONFIG + "/_reload", "/db/doc"}) {
            for (String[] foreign : new String[][] {
                {"Origin", "http://evil.example"}, {"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"},
            }) {
                Answer form = server.send(
                        "POST", path, "name=root", "Cookie", session, "Content-Type", FORM, foreign[0], foreign[1]);
                assertEquals(403, form.status(), path + " " + form);
                Answer empty = server.send("POST", path, null, "Cookie", session, foreign[0], foreign[1]);
                assertEquals(403, empty.status(), path + " " + empty);
            }
        }
    }

    @Test
    void post_ofThisSiteOrNoBrowserOrWithAProof_isTaken() throws IOException {
        String own = "http://127.0.0.1:" + server.server().port();
        for (String[] fine : new String[][] {
            {"Origin", own},
            {"Sec-Fetch-Site", "same-origin"},
            {"User-Agent", "curl"},
            {"X-Requested-With", "XMLHttpRequest"}
        }) {
            Answer answer =
                    server.send("POST", UPDATE, "a=b", "Cookie", session, "Content-Type", FORM, fine[0], fine[1]);
            assertEquals("200 updated", answer.toString(), fine[0]);
            assertEquals(
                    202,
                    server.send("POST", "/db/_view_cleanup", null, "Cookie", session, fine[0], fine[1])
                            .status());
        }
        server.put(CONFIG + "/chttpd/enable_cors", "\"true\"");
        server.put(CONFIG + "/cors/origins", "\"http://listed.example\"");
        assertEquals(
                200,
                server.send(
                                "POST",
                                UPDATE,
                                "a=b",
                                "Cookie",
                                session,
                                "Content-Type",
                                FORM,
                                "Origin",
                                "http://listed.example")
                        .status());
        server.put(CONFIG + "/cors/origins", "\"*\"");
        assertEquals(
                403,
                server.send(
                                "POST",
                                UPDATE,
                                "a=b",
                                "Cookie",
                                session,
                                "Content-Type",
                                FORM,
                                "Origin",
                                "http://any.example")
                        .status());
        server.delete(CONFIG + "/chttpd/enable_cors");
    }

    @Test
    void credentials_withAllOrigins_areNotSent() throws IOException {
        server.put(CONFIG + "/chttpd/enable_cors", "\"true\"");
        server.put(CONFIG + "/cors/credentials", "\"true\"");
        Answer warned = server.put(CONFIG + "/cors/origins", "\"*, http://listed.example\"");
        assertEquals(200, warned.status());
        assertTrue(warned.header("Warning").contains("Credentials"), warned.header("Warning"));
        Answer any = server.send("GET", "/", null, "Origin", "http://any.example");
        assertEquals("http://any.example", any.header("Access-Control-Allow-Origin"));
        assertEquals("", any.header("Access-Control-Allow-Credentials"));
        Answer listed = server.send("GET", "/", null, "Origin", "http://listed.example");
        assertEquals("true", listed.header("Access-Control-Allow-Credentials"));
        for (String key : new String[] {"chttpd/enable_cors", "cors/credentials", "cors/origins"}) {
            server.delete(CONFIG + "/" + key);
        }
    }
}
