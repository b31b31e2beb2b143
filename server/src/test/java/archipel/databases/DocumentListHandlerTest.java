package archipel.databases;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.http.TestServer;
import archipel.http.TestServer.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A database of four documents a to d, one deleted, two design documents, one document in conflict. */
class DocumentListHandlerTest {
    private static TestServer server;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = new TestServer(
                directory,
                (router, services) -> DatabaseEndpoints.register(router, services, () -> "none", IndexCompactor.NONE));
        server.put("/db", "");
        server.put("/empty", "");
        server.post(
                "/db/_bulk_docs",
                "{\"new_edits\":false,\"docs\":["
                        + "{\"_id\":\"a\",\"_rev\":\"1-a\",\"n\":1},"
                        + "{\"_id\":\"b\",\"_rev\":\"1-b\", \"n\": 2 },"
                        + "{\"_id\":\"c\",\"_rev\":\"2-c\"},"
                        + "{\"_id\":\"c\",\"_rev\":\"2-d\"},"
                        + "{\"_id\":\"d\",\"_rev\":\"1-d\"},"
                        + "{\"_id\":\"gone\",\"_rev\":\"2-x\",\"_deleted\":true},"
                        + "{\"_id\":\"_design/x\",\"_rev\":\"1-x\"},"
                        + "{\"_id\":\"_design/y\",\"_rev\":\"1-y\"}]}");
        server.post(
                "/db/_bulk_docs",
                "{\"docs\":[{\"_id\":\"_local/one\",\"n\":1},{\"_id\":\"_local/two\"},{\"_id\":\"_local/purge-x\"}]}");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void allDocs_emptyDatabase_hasTheReferencesBytes() {
        assertEquals(
                "{\"total_rows\":0,\"offset\":0,\"rows\":[\r\n\r\n]}\n",
                server.get("/empty/_all_docs").text());
    }

    @Test
    void allDocs_range_hasTheReferencesBytes() {
        assertEquals(
                "{\"total_rows\":6,\"offset\":2,\"rows\":[\r\n"
                        + "{\"id\":\"a\",\"key\":\"a\",\"value\":{\"rev\":\"1-a\"},"
                        + "\"doc\":{\"_id\":\"a\",\"_rev\":\"1-a\",\"n\":1}},\r\n"
                        + "{\"id\":\"b\",\"key\":\"b\",\"value\":{\"rev\":\"1-b\"},"
                        + "\"doc\":{\"_id\":\"b\",\"_rev\":\"1-b\",\"n\": 2}}\r\n]}\n",
                get("_all_docs", "startkey", "\"a\"", "endkey", "\"b\"", "include_docs", "true")
                        .text());
    }

    @Test
    void allDocs_order_isThatOfBytes() {
        assertEquals("_design/x,_design/y,a,b,c,d", ids(get("_all_docs")));
        assertEquals("d,c,b,a,_design/y,_design/x", ids(get("_all_docs", "descending", "true")));
    }

    @Test
    void allDocs_bounds_inBothDirections() {
        assertEquals("b,c", ids(get("_all_docs", "startkey", "\"b\"", "endkey", "\"c\"")));
        assertEquals("b", ids(get("_all_docs", "startkey", "\"b\"", "endkey", "\"c\"", "inclusive_end", "false")));
        assertEquals("c,b", ids(get("_all_docs", "startkey", "\"c\"", "endkey", "\"b\"", "descending", "true")));
        assertEquals("", ids(get("_all_docs", "startkey", "\"c\"", "endkey", "\"b\"")));
        assertEquals("c", ids(get("_all_docs", "key", "\"c\"")));
        assertEquals("", ids(get("_all_docs", "key", "\"gone\"")));
        assertEquals("", ids(get("_all_docs", "key", "7")));
        assertEquals("_design/x,_design/y,a,b,c,d", ids(get("_all_docs", "startkey", "7", "endkey", "{}")));
        assertEquals("", ids(get("_all_docs", "startkey", "{}")));
        assertEquals("c,d", ids(get("_all_docs", "startkey_docid", "c")));
    }

    @Test
    void allDocs_skipAndLimit_countAfterTheStart() {
        assertEquals("b,c", ids(get("_all_docs", "startkey", "\"a\"", "skip", "1", "limit", "2")));
        assertEquals(
                3,
                get("_all_docs", "startkey", "\"a\"", "skip", "1")
                        .json()
                        .get("offset")
                        .asInt());
        assertEquals(6, get("_all_docs", "skip", "100").json().get("offset").asInt());
        assertEquals(
                6, get("_all_docs", "startkey", "\"z\"").json().get("offset").asInt());
        assertEquals("", ids(get("_all_docs", "limit", "0")));
        assertEquals(
                2,
                get("_all_docs", "startkey", "\"b\"", "descending", "true")
                        .json()
                        .get("offset")
                        .asInt());
    }

    /** JSON that was cut inside an emoji. */
    @Test
    void allDocs_halfOfACharacter_isRefused() {
        String half = "\"x\\ud83d\"";
        String refusal = "400 bad_request: invalid UTF-8 JSON";
        for (String name : List.of("key", "startkey", "endkey", "start_key", "end_key")) {
            for (String list : List.of("_all_docs", "_design_docs", "_local_docs")) {
                String path = "/db/" + list + "?" + name + "="
                        + half.replace("\"", "%22").replace("\\", "%5C");
                assertEquals(refusal, server.get(path).refusal(), path);
                assertEquals(
                        refusal,
                        server.post("/db/" + list, "{\"" + name + "\":" + half + "}")
                                .refusal());
            }
        }
        for (String body : List.of(
                "{\"keys\":[" + half + "]}",
                "{\"keys\":[{\"a\":" + half + "}]}",
                "{\"startkey_docid\":" + half + "}")) {
            assertEquals(refusal, server.post("/db/_all_docs", body).refusal());
            assertEquals(
                    refusal,
                    server.post("/db/_all_docs/queries", "{\"queries\":[" + body + "]}")
                            .refusal());
        }
    }

    @Test
    void allDocs_wholeNumbersInABody_countHoweverTheyAreWritten() {
        Answer answer = server.post("/db/_all_docs", "{\"limit\":1.0,\"skip\":1e0}");
        assertEquals(200, answer.status());
        assertEquals(1, answer.json().get("rows").size());
    }

    @Test
    void allDocs_keys_giveEachItsRow() {
        assertEquals(
                "{\"total_rows\":6,\"offset\":null,\"rows\":[\r\n"
                        + "{\"id\":\"b\",\"key\":\"b\",\"value\":{\"rev\":\"1-b\"}},\r\n"
                        + "{\"key\":\"none\",\"error\":\"not_found\"},\r\n"
                        + "{\"id\":\"gone\",\"key\":\"gone\",\"value\":{\"rev\":\"2-x\",\"deleted\":true}},\r\n"
                        + "{\"key\":7,\"error\":\"not_found\"}\r\n]}\n",
                post("_all_docs", "{\"keys\":[\"b\",\"none\",\"gone\",7]}").text());
        assertEquals(
                "{\"total_rows\":6,\"offset\":null,\"update_seq\":null,\"rows\":[\r\n"
                        + "{\"id\":\"gone\",\"key\":\"gone\",\"value\":{\"rev\":\"2-x\",\"deleted\":true},\"doc\":null}"
                        + "\r\n]}\n",
                get(
                                "_all_docs",
                                "keys",
                                "[\"a\",\"gone\"]",
                                "include_docs",
                                "true",
                                "update_seq",
                                "true",
                                "descending",
                                "true",
                                "limit",
                                "1")
                        .text());
    }

    @Test
    void allDocs_conflicts_areShownInDocuments() {
        Answer answer = get("_all_docs", "key", "\"c\"", "include_docs", "true", "conflicts", "true");
        assertTrue(
                answer.text().contains("\"doc\":{\"_id\":\"c\",\"_rev\":\"2-d\",\"_conflicts\":[\"2-c\"]}"),
                answer.text());
    }

    @Test
    void allDocs_updateSeq_isTheNewest() {
        String seq = get("_all_docs", "update_seq", "true", "limit", "0")
                .json()
                .get("update_seq")
                .asString();
        assertEquals(server.get("/db").json().get("update_seq").asString(), seq);
        assertTrue(seq.matches("7-[0-9a-f]{8}"), seq);
    }

    @Test
    void allDocs_post_queryWinsOverBody() {
        assertEquals(
                "b",
                ids(server.post("/db/_all_docs?limit=1", "{\"limit\":3,\"startkey\":\"b\",\"descending\":false}")));
        assertEquals(
                "400 bad_request: `keys` body member must be an array.",
                post("_all_docs", "{\"keys\":{}}").refusal());
        assertEquals(
                "415 bad_content_type: Content-Type must be application/json",
                server.post("/db/_all_docs", "{}", "Content-Type", "text/plain").refusal());
    }

    @Test
    void allDocs_queries_areAnsweredInTurn() {
        assertEquals(
                "{\"results\":[\r\n{\"total_rows\":6,\"offset\":0,\"rows\":[\r\n"
                        + "{\"id\":\"_design/x\",\"key\":\"_design/x\",\"value\":{\"rev\":\"1-x\"}}\r\n]},\r\n"
                        + "{\"total_rows\":6,\"offset\":6,\"rows\":[\r\n\r\n]}\r\n]}\n",
                post("_all_docs/queries", "{\"queries\":[{\"limit\":1},{\"keys\":[\"gone\"]}]}")
                        .text());
        assertEquals(
                "400 bad_request: POST body must include `queries` parameter.",
                post("_all_docs/queries", "{}").refusal());
        assertEquals(
                "400 bad_request: `queries` member must be an array.",
                post("_all_docs/queries", "{\"queries\":1}").refusal());
        assertEquals(
                "405 method_not_allowed: Only POST allowed",
                get("_all_docs/queries").refusal());
    }

    @Test
    void designDocs_only_areListed() {
        assertEquals(
                "{\"total_rows\":2,\"offset\":0,\"rows\":[\r\n"
                        + "{\"id\":\"_design/x\",\"key\":\"_design/x\",\"value\":{\"rev\":\"1-x\"}},\r\n"
                        + "{\"id\":\"_design/y\",\"key\":\"_design/y\",\"value\":{\"rev\":\"1-y\"}}\r\n]}\n",
                get("_design_docs").text());
        assertEquals("_design/y,_design/x", ids(get("_design_docs", "descending", "true")));
        assertEquals("_design/y", ids(get("_design_docs", "startkey", "\"_design/y\"")));
        assertEquals(
                1,
                get("_design_docs", "startkey", "\"_design/y\"")
                        .json()
                        .get("offset")
                        .asInt());
        assertEquals("_design/x", ids(post("_design_docs", "{\"keys\":[\"a\",\"_design/x\"]}")));
    }

    @Test
    void localDocs_only_areListed() {
        assertEquals(
                "{\"total_rows\":null,\"offset\":null,\"rows\":[\r\n"
                        + "{\"id\":\"_local/one\",\"key\":\"_local/one\",\"value\":{\"rev\":\"0-1\"},"
                        + "\"doc\":{\"_id\":\"_local/one\",\"_rev\":\"0-1\",\"n\":1}},\r\n"
                        + "{\"id\":\"_local/two\",\"key\":\"_local/two\",\"value\":{\"rev\":\"0-1\"},"
                        + "\"doc\":{\"_id\":\"_local/two\",\"_rev\":\"0-1\"}}\r\n]}\n",
                get("_local_docs", "include_docs", "true").text());
        assertEquals("_local/two,_local/one", ids(get("_local_docs", "descending", "true")));
        assertEquals("_local/purge-x", ids(get("_local_docs", "include_system", "true", "skip", "1", "limit", "1")));
        assertEquals("_local/two", ids(get("_local_docs", "startkey", "\"_local/p\"")));
        assertEquals(
                "{\"key\":\"_local/no\",\"error\":\"not_found\"}",
                post("_local_docs", "{\"keys\":[\"_local/no\",\"a\"]}")
                        .json()
                        .get("rows")
                        .get(0)
                        .toString());
    }

    @Test
    void allDocs_manyDocuments_arriveWhole() {
        server.put("/many", "");
        String docs = IntStream.range(0, 5000)
                .mapToObj(i -> String.format("{\"_id\":\"%05d\",\"text\":\"%s\"}", i, "x".repeat(100)))
                .collect(Collectors.joining(","));
        assertEquals(
                201,
                server.post("/many/_bulk_docs", "{\"docs\":[" + docs + "]}").status());
        Answer answer = server.get("/many/_all_docs?include_docs=true");
        assertEquals("chunked", answer.header("Transfer-Encoding"));
        JsonNode rows = answer.json().get("rows");
        assertEquals(5000, rows.size());
        assertEquals("04999", rows.get(4999).get("doc").get("_id").asString());
        Answer page = server.get("/many/_all_docs?startkey=%2201500%22&limit=1&skip=1");
        assertEquals(1501, page.json().get("offset").asInt());
        assertEquals("01501", ids(page));
        Answer deep = server.get("/many/_all_docs?startkey=%2202500%22&limit=1");
        assertTrue(deep.json().get("offset").isNull(), deep.text());
        assertEquals("02500", ids(deep));
    }

    private static String ids(Answer answer) {
        assertEquals(200, answer.status(), answer.text());
        return StreamSupport.stream(answer.json().get("rows").spliterator(), false)
                .map(row -> row.get("id").asString())
                .collect(Collectors.joining(","));
    }

    private static Answer get(String list, String... parameters) {
        StringBuilder query = new StringBuilder();
        for (int i = 0; i < parameters.length; i += 2) {
            query.append(i == 0 ? '?' : '&').append(parameters[i]).append('=');
            query.append(URLEncoder.encode(parameters[i + 1], StandardCharsets.UTF_8));
        }
        return server.get("/db/" + list + query);
    }

    private static Answer post(String list, String body) {
        return server.post("/db/" + list, body);
    }
}
