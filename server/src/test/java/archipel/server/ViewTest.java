package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Views over HTTP, with CouchDB's bytes. */
class ViewTest {
    private static final String DESIGN = """
            {"views":{
              "lib":{"kinds":"exports.of = function (doc) { return doc.kind || 'none'; };"},
              "kind":{"map":"function (doc) { emit(require('views/lib/kinds').of(doc), doc.n); }","reduce":"_sum"},
              "path":{"map":"function(doc) { if (doc.path) emit(doc.path, {_id: doc.next}); }"},
              "custom":{"map":"doc => emit([doc.kind, doc.n], doc.n)",
                        "reduce":"function (keys, values, again) { return again ? sum(values) : values.length; }"},
              "fails":{"map":"function (doc) { if (doc.n === 2) throw new Error('no'); emit(doc.n); }"}
            }}""";

    private static TestServer server;

    @BeforeAll
    static void write(@TempDir Path directory) throws IOException {
        server = TestServer.start(directory);
        server.put("/db", "");
        server.post("/db/_bulk_docs", """
                {"docs":[{"_id":"a","n":1,"kind":"x","path":["p",1],"next":"b"},
                         {"_id":"b","n":2,"kind":"y","path":["p",2],"next":"gone"},
                         {"_id":"c","n":3,"kind":"x","path":["q"]},
                         {"_id":"d","n":4}]}""");
        assertEquals(201, server.put("/db/_design/t", DESIGN).status());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Answer view(String name, String... parameters) throws IOException {
        StringBuilder path = new StringBuilder("/db/_design/t/_view/").append(name);
        for (int i = 0; i < parameters.length; i += 2) {
            path.append(i == 0 ? '?' : '&').append(parameters[i]).append('=');
            path.append(URLEncoder.encode(parameters[i + 1], StandardCharsets.UTF_8));
        }
        return server.get(path.toString());
    }

    @Test
    void map_allRows_haveTheReferencesBytes() throws IOException {
        assertEquals(
                "{\"total_rows\":4,\"offset\":0,\"rows\":[\r\n"
                        + "{\"id\":\"d\",\"key\":\"none\",\"value\":4},\r\n"
                        + "{\"id\":\"a\",\"key\":\"x\",\"value\":1},\r\n"
                        + "{\"id\":\"c\",\"key\":\"x\",\"value\":3},\r\n"
                        + "{\"id\":\"b\",\"key\":\"y\",\"value\":2}\r\n]}\n",
                view("kind", "reduce", "false").body());
    }

    @Test
    void map_emptyRange_hasTheReferencesBytes() throws IOException {
        assertEquals(
                "{\"total_rows\":4,\"offset\":4,\"rows\":[\r\n\r\n]}\n",
                view("kind", "reduce", "false", "startkey", "\"z\"").body());
    }

    @Test
    void keys_equalNumbers_areOneKeyHoweverTheyAreWritten() throws IOException {
        for (String one : new String[] {"1", "1.0", "10e-1"}) {
            assertEquals(
                    1,
                    view("path", "key", "[\"p\"," + one + "]")
                            .json()
                            .get("rows")
                            .size(),
                    one);
            Answer keys = view("path", "keys", "[[\"q\"],[\"p\"," + one + "]]");
            assertEquals(2, keys.json().get("rows").size(), one);
            Answer groups = server.post(
                    "/db/_design/t/_view/custom", "{\"group_level\":" + one + ",\"limit\":2e0,\"skip\":" + one + "}");
            assertEquals(2, groups.json().get("rows").size(), groups.body());
        }
    }

    @Test
    void reduce_withAndWithoutGroups_hasTheReferencesBytes() throws IOException {
        assertEquals(
                "{\"rows\":[\r\n{\"key\":null,\"value\":10}\r\n]}\n",
                view("kind").body());
        assertEquals(
                "{\"rows\":[\r\n{\"key\":\"none\",\"value\":4},\r\n{\"key\":\"x\",\"value\":4},\r\n"
                        + "{\"key\":\"y\",\"value\":2}\r\n]}\n",
                view("kind", "group", "true").body());
        assertEquals(
                "{\"rows\":[\r\n{\"key\":[\"x\"],\"value\":2},\r\n{\"key\":[\"y\"],\"value\":1}\r\n]}\n",
                view("custom", "group_level", "1", "startkey", "[\"a\"]").body());
        assertEquals(
                "{\"rows\":[\r\n\r\n]}\n", view("kind", "key", "\"nobody\"").body());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "_sum | 10 | 4",
                "_count | 4 | 2",
                "_stats | {\"sum\":10,\"count\":4,\"min\":1,\"max\":4,\"sumsqr\":30}"
                        + " | {\"sum\":4,\"count\":2,\"min\":1,\"max\":3,\"sumsqr\":10}",
                "_approx_count_distinct | 3 | 1",
                "_first | 4 | 1",
                "_last | 2 | 3",
                "_top_2 | [4,3] | [3,1]",
                "_bottom_2 | [1,2] | [1,3]"
            })
    void reduce_builtIn_isMadeOfTheRowsInTheirOrder(String reducer, String all, String ofX) throws IOException {
        String view = "/db/_design/b" + reducer + "/_view/kind";
        String design = "{\"views\":{\"kind\":{\"map\":\"doc => emit(doc.kind || 'none', doc.n)\",\"reduce\":\""
                + reducer + "\"}}}";
        assertEquals(201, server.put("/db/_design/b" + reducer, design).status());
        assertEquals(
                "{\"rows\":[\r\n{\"key\":null,\"value\":" + all + "}\r\n]}\n",
                server.get(view).body());
        assertEquals(
                "{\"rows\":[\r\n{\"key\":\"x\",\"value\":" + ofX + "}\r\n]}\n",
                server.get(view + "?group=true&key=%22x%22").body());
    }

    @Test
    void includeDocs_linkedDocuments_areShownInPlace() throws IOException {
        assertEquals(
                "b,null,c",
                view("path", "include_docs", "true")
                        .json()
                        .at("/rows")
                        .valueStream()
                        .map(row -> row.at("/doc/_id").asString("null"))
                        .reduce((left, right) -> left + "," + right)
                        .orElse(""));
    }

    @Test
    void map_thatFailsForADocument_skipsItAndCountsIt() throws IOException {
        assertEquals(3, view("fails").json().at("/total_rows").asInt());
        Answer info = server.get("/db/_design/t/_info");
        assertTrue(info.json().at("/view_index/errors").asInt() > 0, info.body());
        assertEquals("javascript", info.json().at("/view_index/language").asString());
        assertEquals(32, info.json().at("/view_index/signature").asString().length());
    }

    @Test
    void queries_severalInOne_areAnsweredInOrder() throws IOException {
        Answer answer = server.post(
                "/db/_design/t/_view/kind/queries",
                "{\"queries\":[{\"reduce\":false,\"key\":\"y\"},{\"group\":true,\"keys\":[\"x\",\"none\"]}]}");
        assertEquals(200, answer.status());
        assertEquals("b", answer.json().at("/results/0/rows/0/id").asString());
        assertEquals("none", answer.json().at("/results/1/rows/1/key").asString());
    }

    @Test
    void pinned_afterChanges_showsTheBlocksRows() throws IOException {
        server.put("/pin", "");
        server.put("/pin/_design/t", DESIGN);
        String first = server.put("/pin/a", "{\"kind\":\"x\",\"n\":1}").header("Archipel-Block");
        String number = first.substring(0, first.indexOf('-'));
        String before = server.get("/pin/_design/t/_view/kind?reduce=false&block=" + number)
                .body();
        String revision = server.get("/pin/a").json().at("/_rev").asString();
        server.put("/pin/a?rev=" + revision, "{\"kind\":\"z\",\"n\":7}");
        server.put("/pin/b", "{\"kind\":\"y\",\"n\":5}");
        assertEquals(
                "{\"rows\":[\r\n{\"key\":null,\"value\":12}\r\n]}\n",
                server.get("/pin/_design/t/_view/kind").body());
        Answer again = server.get("/pin/_design/t/_view/kind?reduce=false&block=" + number);
        assertEquals(before, again.body());
        assertEquals(first, again.header("Archipel-Block"));
        assertEquals(
                "{\"rows\":[\r\n{\"key\":null,\"value\":1}\r\n]}\n",
                server.get("/pin/_design/t/_view/kind?block=" + number).body());
    }

    @Test
    void compaction_ofAView_givesBackWhatItsRowsLeft() throws IOException {
        server.put("/grown", "");
        server.put("/grown/_horizon", "{\"blocks\":1,\"age\":\"0s\"}");
        server.put(
                "/grown/_design/d",
                "{\"views\":{\"v\":{\"map\":\"function (doc) { emit(doc.n, doc.text); }\",\"reduce\":\"_count\"}}}");
        server.put("/grown/_design/none", "{\"validate_doc_update\":\"function () {}\"}");
        String[] revisions = new String[300];
        for (int round = 1; round <= 4; round++) {
            StringBuilder docs = new StringBuilder("{\"docs\":[");
            for (int i = 0; i < revisions.length; i++) {
                docs.append(i == 0 ? "{" : ",{").append("\"_id\":\"").append(i).append("\",\"n\":");
                docs.append(round * 1_000 + i)
                        .append(",\"text\":\"")
                        .append("text ".repeat(20))
                        .append('"');
                docs.append(round == 1 ? "}" : ",\"_rev\":\"" + revisions[i] + "\"}");
            }
            JsonNode written = server.post(
                            "/grown/_bulk_docs", docs.append("]}").toString())
                    .json();
            for (int i = 0; i < revisions.length; i++) {
                revisions[i] = written.get(i).get("rev").asString();
            }
            assertEquals(200, server.get("/grown/_design/d/_view/v").status());
        }
        JsonNode before = sizes("d");
        assertTrue(before.get("active").asLong() < before.get("file").asLong(), before.toString());
        assertEquals(404, server.post("/grown/_compact/gone", "{}").status());
        assertEquals(202, server.post("/grown/_compact/none", "{}").status());
        assertEquals(202, server.post("/grown/_compact/d", "{}").status());
        while (info("d").get("compact_running").asBoolean()) {
            Thread.onSpinWait();
        }
        JsonNode after = sizes("d");
        assertTrue(after.get("file").asLong() < before.get("file").asLong(), before + " " + after);
        assertTrue(after.get("active").asLong() < after.get("file").asLong(), after.toString());
        assertTrue(garbage(after) < garbage(before) / 2, before + " " + after);
        assertTrue(server.get("/grown/_design/d/_view/v").body().contains("\"value\":300"));
    }

    private static long garbage(JsonNode sizes) {
        return sizes.get("file").asLong() - sizes.get("active").asLong();
    }

    private static JsonNode sizes(String design) throws IOException {
        return info(design).get("sizes");
    }

    private static JsonNode info(String design) throws IOException {
        return server.get("/grown/_design/" + design + "/_info").json().get("view_index");
    }

    @Test
    void update_falseOnANewView_isEmptyUntilItIsBuilt() throws IOException {
        server.put("/db/_design/late", "{\"views\":{\"v\":{\"map\":\"function (d) { emit(d.n); }\"}}}");
        assertEquals(
                "{\"total_rows\":0,\"offset\":0,\"rows\":[\r\n\r\n]}\n",
                server.get("/db/_design/late/_view/v?update=false").body());
        assertEquals(
                4,
                server.get("/db/_design/late/_view/v").json().at("/total_rows").asInt());
        assertEquals(
                4,
                server.get("/db/_design/late/_view/v?stale=ok")
                        .json()
                        .at("/total_rows")
                        .asInt());
    }

    @Test
    void changedDesign_whileTheNewOneIsNotBuilt_answersFromTheOldOne() throws IOException {
        server.put("/db/_design/swap", "{\"views\":{\"v\":{\"map\":\"function (d) { emit('old'); }\"}}}");
        server.get("/db/_design/swap/_view/v");
        String revision = server.get("/db/_design/swap").json().at("/_rev").asString();
        server.put(
                "/db/_design/swap?rev=" + revision, "{\"views\":{\"v\":{\"map\":\"function (d) { emit('new'); }\"}}}");
        Answer stale = server.get("/db/_design/swap/_view/v?update=false&limit=1");
        assertEquals("old", stale.json().at("/rows/0/key").asString());
        Answer fresh = server.get("/db/_design/swap/_view/v?limit=1");
        assertEquals("new", fresh.json().at("/rows/0/key").asString());
        assertEquals(202, server.post("/db/_view_cleanup", "").status());
        assertEquals(
                "new",
                server.get("/db/_design/swap/_view/v?update=false&limit=1")
                        .json()
                        .at("/rows/0/key")
                        .asString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/db/_design/none/_view/v | 404 | not_found | missing",
                "/db/_design/t/_view/none | 404 | not_found | missing_named_view",
                "/db/_design/t/_view/lib | 404 | not_found | missing_named_view",
                "/db/_design/t/_view/path?reduce=true | 400 | query_parse_error | "
                        + "Reduce is invalid for map-only views.",
                "/db/_design/t/_view/kind?limit=-1 | 400 | query_parse_error | "
                        + "Invalid value for positive integer: \"-1\"",
                "/db/_design/t/_view/kind?skip=x | 400 | query_parse_error | Invalid value for integer: \"x\"",
                "/db/_design/t/_view/kind?keys=[1,2] | 400 | query_parse_error | "
                        + "Multi-key fetches for reduce views must use `group=true`",
                "/db/_design/t/_view/path?group=true | 400 | query_parse_error | "
                        + "Invalid use of grouping on a map view.",
                "/db/_design/t/_view/kind?include_docs=true | 400 | query_parse_error | "
                        + "`include_docs` is invalid for reduce",
                "/db/_design/t/_view/kind?startkey=2&endkey=1 | 400 | query_parse_error | "
                        + "No rows can match your key range, reverse your start_key and end_key or set descending=true",
                "/db/_design/t/_view/path?key=%22%5Cud83d%22 | 400 | bad_request | invalid UTF-8 JSON",
                "/db/_design/t/_view/path?keys=[%22%5Cud83d%22,1] | 400 | bad_request | invalid UTF-8 JSON",
                "/db/_design/t/_view/kind?startkey=%7B | 400 | bad_request | invalid UTF-8 JSON",
            })
    void badQueries_areRefusedAsTheReferenceDoes(String path, int status, String error, String reason)
            throws IOException {
        Answer answer = server.get(path);
        assertEquals(status, answer.status(), answer.body());
        assertEquals(error, answer.json().at("/error").asString());
        assertEquals(reason, answer.json().at("/reason").asString());
    }
}
