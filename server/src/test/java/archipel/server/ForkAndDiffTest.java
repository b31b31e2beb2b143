package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** New databases from earlier blocks, and what lies between two blocks. */
class ForkAndDiffTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static TestServer server;
    private static final List<String> BLOCKS = new ArrayList<>();

    /** Block 1: a with an attachment. 2: b. 3: a again. 4: b is deleted, c. 5: a conflict in c. */
    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        server = TestServer.start(directory);
        server.put("/db", "");
        BLOCKS.add(server.get("/db").header("Archipel-Block"));
        String a = write("PUT", "/db/a", "{\"n\":1,\"_attachments\":{\"t\":{\"data\":\"aGVsbG8=\"}}}");
        String b = write("PUT", "/db/b", "{}");
        write("PUT", "/db/a", "{\"n\":2,\"_rev\":\"" + a + "\"}");
        write(
                "POST",
                "/db/_bulk_docs",
                "{\"docs\":[{\"_id\":\"b\",\"_rev\":\"" + b + "\",\"_deleted\":true},{\"_id\":\"c\"}]}");
        write("POST", "/db/_bulk_docs", "{\"new_edits\":false,\"docs\":[{\"_id\":\"c\",\"_rev\":\"1-0000\"}]}");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String write(String verb, String path, String body) throws IOException {
        Answer answer = verb.equals("PUT") ? server.put(path, body) : server.post(path, body);
        assertEquals(201, answer.status(), answer.body());
        BLOCKS.add(answer.header("Archipel-Block"));
        JsonNode json = JSON.readTree(answer.body());
        return json.has("rev") ? json.get("rev").asString() : "";
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void fork_ofEachBlock_hasItsDocuments(int block) throws IOException {
        String name = "fork-" + block;
        Answer answer = server.post("/db/_fork", "{\"target\":\"" + name + "\",\"block\":" + block + "}");
        assertEquals(201, answer.status(), answer.body());
        JsonNode json = JSON.readTree(answer.body());
        assertEquals(BLOCKS.get(block), json.get("block").asString());
        assertEquals(
                server.get("/" + name).header("Archipel-Block"),
                json.get("head").asString());
        for (String read : new String[] {
            "/_all_docs?include_docs=true&conflicts=true&attachments=true", "/a?revs=true&attachments=true"
        }) {
            assertEquals(read("/db" + read + "&block=" + block), read("/" + name + read));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "412 | {\"target\":\"db\"}",
                "400 | {}",
                "400 | {\"target\":1}",
                "400 | {\"target\":\"Bad\"}",
                "400 | {\"target\":\"_x\"}",
                "400 | []",
                "400 | {\"target\":\"x\",\"block\":\"y\"}",
                "400 | {\"target\":\"x\",\"block\":-1}",
                "400 | {\"target\":\"x\",\"block\":{}}",
                "400 | {\"target\":\"x\",\"block\":1.5}",
                "404 | {\"target\":\"x\",\"block\":\"1999-01-01T00:00:00Z\"}"
            })
    void fork_ofWhatCannotBe_isRefused(int status, String body) throws IOException {
        Answer answer = server.post("/db/_fork", body);
        assertEquals(status, answer.status(), answer.body());
        assertEquals(404, server.get("/x").status());
    }

    @Test
    void fork_selectors_areThoseOfReads() throws IOException {
        assertEquals(201, server.post("/db/_fork", "{\"target\":\"newest\"}").status());
        assertEquals(2, json("/newest").get("doc_count").asInt());
        assertEquals(
                201,
                server.post("/db/_fork?block=1", "{\"target\":\"by-query\"}").status());
        assertEquals(1, json("/by-query").get("doc_count").asInt());
        String named = "{\"target\":\"by-name\",\"block\":\"" + BLOCKS.get(2) + "\"}";
        assertEquals(400, server.post("/db/_fork?block=1", named).status());
        assertEquals(201, server.post("/db/_fork", named).status());
        assertEquals(
                503,
                server.post("/db/_fork?wait=0", "{\"target\":\"x\",\"block\":99}")
                        .status());
        Answer nobody = server.send("POST", "/db/_fork", "{\"target\":\"x\"}", "Content-Type", "application/json");
        assertEquals(401, nobody.status());
    }

    @Test
    void diff_betweenTwoBlocks_listsWhatChanged() throws IOException {
        assertEquals("", described("from=2&to=2"));
        assertEquals("a[1>2]", described("from=2&to=3"));
        assertEquals("a[1>2] b[1>2-] c[>1]", described("from=2&to=4"));
        assertEquals("a[>2] b[>2-] c[>11]", described("from=0"));
        assertEquals("c[1>11]", described("from=" + BLOCKS.get(4) + "&to=" + BLOCKS.get(5)));
        JsonNode all = json("/db/_diff?from=2");
        assertEquals(BLOCKS.get(2), all.get("from").asString());
        assertEquals(BLOCKS.get(5), all.get("to").asString());
    }

    @Test
    void diff_inPages_hasEachOnce() throws IOException {
        List<String> seen = new ArrayList<>();
        String since = "0";
        boolean more = true;
        while (more) {
            JsonNode page = json("/db/_diff?from=0&to=4&limit=1&since=" + since);
            page.get("results").forEach(row -> seen.add(row.get("id").asString()));
            since = page.get("last_seq").asString();
            more = page.get("more").asBoolean();
        }
        assertEquals(List.of("a", "b", "c"), seen);
        assertTrue(json("/db/_diff?from=0&limit=0").get("more").asBoolean());
        assertEquals(409, server.get("/db/_diff?from=0&since=3-00000001").status());
    }

    @Test
    void diff_malformed_isRefused() throws IOException {
        String[] bad = {
            "", "?from=", "?from=x", "?from=3&to=2", "?from=1&limit=-1", "?from=1&since=x", "?from=1&block=2"
        };
        for (String query : bad) {
            assertEquals(400, server.get("/db/_diff" + query).status(), query);
        }
        assertEquals(503, server.get("/db/_diff?from=1&to=99&wait=0").status());
        assertEquals(404, server.get("/db/_diff?from=1-0x" + "0".repeat(64)).status());
        String etag = server.get("/db/_diff?from=1&to=3").header("ETag");
        Answer again = server.send(
                "GET", "/db/_diff?from=1&to=3", null, "Authorization", TestServer.ROOT, "If-None-Match", etag);
        assertEquals(304, again.status());
    }

    private static String read(String target) throws IOException {
        return server.send("GET", target, null, "Authorization", TestServer.ROOT, "Accept", "application/json")
                .toString();
    }

    private static JsonNode json(String target) throws IOException {
        Answer answer = server.get(target);
        assertEquals(200, answer.status(), answer.body());
        return JSON.readTree(answer.body());
    }

    /** Ids in their order, each with the generations of its leaves before and after. */
    private static String described(String query) throws IOException {
        StringBuilder text = new StringBuilder();
        for (JsonNode row : json("/db/_diff?" + query).get("results")) {
            text.append(text.isEmpty() ? "" : " ")
                    .append(row.get("id").asString())
                    .append('[');
            text.append(generations(row.get("before"))).append('>').append(generations(row.get("after")));
            text.append(']');
        }
        return text.toString();
    }

    private static String generations(JsonNode leaves) {
        StringBuilder text = new StringBuilder();
        for (JsonNode leaf : leaves) {
            text.append(leaf.get("rev").asString().split("-")[0]).append(leaf.has("deleted") ? "-" : "");
        }
        return text.toString();
    }
}
