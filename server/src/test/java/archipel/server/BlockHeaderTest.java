package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That whatever reads or writes a database says at which block, and to nobody else. */
class BlockHeaderTest {
    private static final String FORM = "\\d+-0x[0-9a-f]{64}";
    private static TestServer server;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        server = TestServer.start(directory);
        server.put("/db", "");
        server.put("/db/a", "{\"n\":1}");
        server.put("/db/_local/x", "{}");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | GET    | /db                                 | ",
                "200 | GET    | /db/a                               | ",
                "200 | GET    | /db/a?open_revs=all                 | ",
                "404 | GET    | /db/missing                         | ",
                "404 | GET    | /db/a/missing                       | ",
                "200 | GET    | /db/_local/x                        | ",
                "404 | GET    | /db/_local/y                        | ",
                "200 | GET    | /db/_all_docs                       | ",
                "200 | POST   | /db/_all_docs                       | {\"keys\":[\"a\"]}",
                "200 | POST   | /db/_all_docs/queries               | {\"queries\":[{}]}",
                "200 | GET    | /db/_design_docs                    | ",
                "200 | GET    | /db/_local_docs                     | ",
                "200 | GET    | /db/_changes                        | ",
                "200 | HEAD   | /db/_changes?feed=continuous        | ",
                "200 | POST   | /db/_changes?filter=_doc_ids        | {\"doc_ids\":[\"a\"]}",
                "400 | GET    | /db/_changes?since=x                | ",
                "200 | GET    | /db/_changes?feed=longpoll          | ",
                "200 | GET    | /db/_changes?feed=continuous&timeout=10 | ",
                "200 | POST   | /db/_bulk_get                       | {\"docs\":[{\"id\":\"a\"}]}",
                "200 | POST   | /db/_revs_diff                      | {\"a\":[\"1-x\"]}",
                "200 | POST   | /db/_missing_revs                   | {\"a\":[\"1-x\"]}",
                "200 | GET    | /db/_purged_infos                   | ",
                "201 | PUT    | /db/b                               | {}",
                "409 | PUT    | /db/a                               | {}",
                "201 | PUT    | /db/_local/z                        | {}",
                "200 | DELETE | /db/_local/z                        | ",
                "201 | POST   | /db                                 | {}",
                "201 | POST   | /db/_bulk_docs                      | {\"docs\":[{}]}",
                "201 | POST   | /db/_bulk_docs                      | {\"docs\":[{\"_id\":\"a\"}]}",
                "409 | POST   | /db/_bulk_docs                      | {\"atomic\":true,\"docs\":[{\"_id\":\"a\"}]}",
                "201 | POST   | /db/_purge                          | {\"none\":[\"1-x\"]}",
                "201 | PUT    | /made-here                          | ",
                "404 | DELETE | /db/missing                         | ",
                "409 | DELETE | /db/a                               | "
            })
    void header_whateverWasReadOrWritten_isThere(int status, String verb, String path, String body) throws IOException {
        Answer answer =
                server.send(verb, path, body, "Authorization", TestServer.ROOT, "Content-Type", "application/json");
        assertEquals(status, answer.status(), answer.body());
        assertTrue(answer.header("Archipel-Block").matches(FORM), verb + " " + path);
    }

    @Test
    void header_write_namesItsBlock() throws IOException {
        server.put("/counted", "");
        assertTrue(server.get("/counted").header("Archipel-Block").startsWith("0-0x"));
        assertTrue(server.put("/counted/a", "{}").header("Archipel-Block").startsWith("1-0x"));
        assertTrue(server.put("/counted/a", "{}").header("Archipel-Block").startsWith("1-0x"));
        assertTrue(server.put("/counted/b", "{}").header("Archipel-Block").startsWith("2-0x"));
        assertEquals(
                server.get("/counted/a").header("Archipel-Block"),
                server.get("/counted/a?rev=9-none").header("Archipel-Block"));
    }

    @Test
    void header_toWhomTheDatabaseIsClosed_isNot() throws IOException {
        Answer answer = server.send("GET", "/db/a", null);
        assertEquals(401, answer.status());
        assertEquals("", answer.header("Archipel-Block"));
        assertEquals("", server.get("/nowhere/a").header("Archipel-Block"));
        assertEquals("", server.get("/").header("Archipel-Block"));
    }

    @Test
    void cors_byDefault_showsTheBlockAndTakesTheLeast() throws IOException {
        String config = "/_node/_local/_config";
        server.put(config + "/chttpd/enable_cors", "\"true\"");
        server.put(config + "/cors/origins", "\"*\"");
        Answer answer = server.send("GET", "/", null, "Origin", "http://page.example");
        assertTrue(answer.header("Access-Control-Expose-Headers").contains("archipel-block"));
        Answer preflight = server.send(
                "OPTIONS",
                "/db",
                null,
                "Origin",
                "http://page.example",
                "Access-Control-Request-Method",
                "GET",
                "Access-Control-Request-Headers",
                "archipel-min-block");
        assertEquals(204, preflight.status());
        server.delete(config + "/chttpd/enable_cors");
        assertFalse(server.send("GET", "/", null, "Origin", "http://page.example")
                .header("Vary")
                .contains("Origin"));
    }
}
