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

/** Settings that the HTTP layer heeds, and those of them that change while the node runs. */
class HttpSettingsTest {
    private static final String CONFIG = "/_node/_local/_config";

    @TempDir
    static Path directory = Path.of("");

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(
                directory.resolve("data"), Map.of("max_uri_length", "2000", "gzip", "false", "max_json_size", "10kB"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void gzip_turnedOff_isNotUsed() throws IOException {
        Answer plain = server.send("GET", "/_uuids?count=500", null, "Accept-Encoding", "gzip");
        assertEquals("", plain.header("Content-Encoding"));
    }

    @Test
    void uri_tooLong_is414() throws IOException {
        assertEquals(200, server.send("GET", "/?" + "x".repeat(1900), null).status());
        Answer refused = server.send("GET", "/?" + "x".repeat(2100), null);
        assertEquals("414 {\"error\":\"too_long\",\"reason\":\"the request uri is too long\"}", refused.toString());
    }

    @Test
    void json_tooLarge_is413() throws IOException {
        String body = "{\"keys\":[\"" + "x".repeat(11_000) + "\"]}";
        assertEquals(
                "413 {\"error\":\"too_large\",\"reason\":\"the request entity is too large\"}",
                server.post("/_dbs_info", body).toString());
    }

    @Test
    void document_sizeAndDepth_areBounded() throws IOException {
        server.server().node().create("db");
        server.put(CONFIG + "/couchdb/max_document_size", "\"50\"");
        assertEquals(
                201,
                server.put("/db/small", "{\"a\":\"" + "x".repeat(30) + "\"}").status());
        assertEquals(
                413,
                server.put("/db/large", "{\"a\":\"" + "x".repeat(60) + "\"}").status());
        server.delete(CONFIG + "/couchdb/max_document_size");
        assertEquals(
                201,
                server.put("/db/large", "{\"a\":\"" + "x".repeat(60) + "\"}").status());
        assertEquals(
                400,
                server.put("/db/deep", "{\"a\":" + "[".repeat(600) + "]".repeat(600) + "}")
                        .status());
    }

    @Test
    void attachment_tooLarge_is413() throws IOException {
        server.server().node().create("attachments");
        server.put(CONFIG + "/couchdb/max_attachment_size", "\"5\"");
        assertEquals(201, server.put("/attachments/a/x", "12345").status());
        assertEquals(413, server.put("/attachments/b/x", "123456").status());
        server.delete(CONFIG + "/couchdb/max_attachment_size");
        assertEquals(201, server.put("/attachments/b/x", "123456").status());
    }

    @Test
    void cors_turnedOnAtRunTime_answersPagesOfOtherOrigins() throws IOException {
        Answer before = server.send("GET", "/", null, "Origin", "http://page.example");
        assertEquals("", before.header("Access-Control-Allow-Origin"));
        server.put(CONFIG + "/httpd/enable_cors", "\"true\"");
        server.put(CONFIG + "/cors/origins", "\"http://page.example, http://other.example\"");
        server.put(CONFIG + "/cors/credentials", "\"true\"");
        server.put(CONFIG + "/cors/max_age", "\"77\"");
        Answer after = server.send("GET", "/", null, "Origin", "http://page.example");
        assertEquals("http://page.example", after.header("Access-Control-Allow-Origin"));
        assertEquals("true", after.header("Access-Control-Allow-Credentials"));
        assertTrue(after.header("Access-Control-Expose-Headers").contains("etag"));
        Answer preflight = server.send(
                "OPTIONS", "/db", null, "Origin", "http://page.example", "Access-Control-Request-Method", "PUT");
        assertEquals(204, preflight.status());
        assertEquals("77", preflight.header("Access-Control-Max-Age"));
        server.delete(CONFIG + "/httpd/enable_cors");
        assertEquals(
                "",
                server.send("GET", "/", null, "Origin", "http://page.example").header("Vary"));
    }

    @Test
    void defaultSecurity_everyone_opensWhatWasNeverClosed() throws IOException {
        server.server().node().create("open");
        assertEquals(401, server.send("GET", "/open/x", null).status());
        server.put(CONFIG + "/couchdb/default_security", "\"everyone\"");
        assertEquals(404, server.send("GET", "/open/x", null).status());
        server.delete(CONFIG + "/couchdb/default_security");
        assertEquals(401, server.send("GET", "/open/x", null).status());
    }

    @Test
    void jsonp_allowed_callsTheFunctionThatIsNamed() throws IOException {
        server.put("/jsonp", "");
        String rev = server.put("/jsonp/a", "{\"x\":1}").body().replaceAll("(?s).*\"rev\":\"([^\"]+)\".*", "$1");
        String document = "{\"_id\":\"a\",\"_rev\":\"" + rev + "\",\"x\":1}";
        assertEquals("200 " + document, server.get("/jsonp/a?callback=f").toString());
        server.put(CONFIG + "/chttpd/allow_jsonp", "\"true\"");
        Answer called = server.get("/jsonp/a?callback=my.f[0]");
        assertEquals("200 /* CouchDB */my.f[0](" + document + ");", called.toString());
        assertEquals("application/javascript", called.header("Content-Type"));
        assertTrue(server.get("/jsonp/_changes?callback=f").body().startsWith("/* CouchDB */f({\"results\""));
        assertTrue(server.get("/jsonp/_all_docs?callback=f").body().strip().endsWith("]});"));
        assertTrue(server.get("/jsonp/none?callback=f").body().startsWith("/* CouchDB */f({\"error\""));
        assertTrue(server.get("/?callback=f").body().startsWith("/* CouchDB */f({\"couchdb\""));
        assertEquals(
                "400 {\"error\":\"bad_request\",\"reason\":\"invalid_callback\"}",
                server.get("/jsonp/a?callback=f'").toString());
        assertEquals("200 " + document, server.get("/jsonp/a?callback=").toString());
        server.delete(CONFIG + "/chttpd/allow_jsonp");
    }

    @Test
    void temporaryViews_areGone_andInfoNamesTheCollation() throws IOException {
        server.put("/temp", "");
        assertEquals(
                "410 {\"error\":\"gone\",\"reason\":\"Temporary views are not supported in CouchDB\"}",
                server.post("/temp/_temp_view", "{\"map\":\"doc => 1\"}").toString());
        server.put("/temp/_design/d", "{\"views\":{\"v\":{\"map\":\"function (doc) { emit(1); }\"}}}");
        String info = server.get("/temp/_design/d/_info").body();
        assertTrue(info.matches("(?s).*\"collator_versions\":\\[\"\\d+\\.\\d+\"].*"), info);
    }
}
