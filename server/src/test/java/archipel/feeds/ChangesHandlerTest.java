package archipel.feeds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DocumentEdit;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.engine.Database;
import archipel.http.TestServer;
import archipel.http.TestServer.Answer;
import archipel.read.Visibility;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What {@code _changes} answers about a database that stays as it is: three documents after eight writes. */
class ChangesHandlerTest {
    private static TestServer server;
    private static Database database;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = new TestServer(directory, FeedEndpoints::register);
        database = server.node().create("db");
        write("doc1", "1-a", "{\"a\":1}", false);
        write("doc3", "1-a", "{\"a\":3}", false);
        write("_design/d", "1-a", "{}", false);
        write("doc1", "2-b", "{\"a\":2}", false);
        write("doc1", "2-d", "{}", true);
        write("doc1", "2-c", "{\"a\":\n12}", false);
        write("doc3", "2-b", "{}", true);
        write("_design/d", "2-c", "{\"x\":1}", false);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void write(String id, String revision, String json, boolean deleted) {
        RevisionPath path = new RevisionPath(
                Revision.parse(revision).generation(),
                revision.startsWith("1") ? List.of(revision.substring(2)) : List.of(revision.substring(2), "a"));
        DocumentBody body = new DocumentBody(json.getBytes(StandardCharsets.UTF_8), List.of());
        database.write(List.of(new DocumentEdit.Replicated(id, path, deleted, body)), false);
    }

    @Test
    void normal_everything_hasTheReferencesBytes() {
        Answer answer = server.get("/db/_changes");
        String text = answer.text().replaceAll("-[0-9a-f]{8}\"", "-H\"");
        assertEquals(
                "{\"results\":[\n"
                        + "{\"seq\":\"6-H\",\"id\":\"doc1\",\"changes\":[{\"rev\":\"2-c\"}]},\r\n"
                        + "{\"seq\":\"7-H\",\"id\":\"doc3\",\"changes\":[{\"rev\":\"2-b\"}],\"deleted\":true},\r\n"
                        + "{\"seq\":\"8-H\",\"id\":\"_design/d\",\"changes\":[{\"rev\":\"2-c\"}]}\n"
                        + "],\n\"last_seq\":\"8-H\",\"pending\":0}\n",
                text);
        assertEquals(
                answer.text(),
                server.call("POST", "/db/_changes", "{}", "Content-Type", "application/json")
                        .text());
        assertEquals(answer.text(), server.post("/db/_changes", "").text());
    }

    @Test
    void normal_etag_savesTheSecondAnswer() {
        String etag = server.get("/db/_changes").header("ETag");
        assertFalse(etag.isEmpty());
        assertEquals(
                304,
                server.call("GET", "/db/_changes", null, "If-None-Match", etag).status());
    }

    @Test
    void head_anyFeed_doesNotWait() {
        assertEquals(200, server.head("/db/_changes").status());
        assertEquals(200, server.head("/db/_changes?feed=continuous").status());
    }

    @Test
    void limit_stopsShortAndCountsTheRest() {
        assertShows("", 0, 3, "limit=0");
        assertShows("doc1", 6, 2, "limit=1");
        assertShows("doc1,doc3,_design/d", 8, 0, "limit=3");
        assertShows("doc3", 7, 1, "since=" + seq(6) + "&limit=1");
        assertShows("_design/d", 8, 0, "since=7&limit=9");
    }

    @Test
    void since_nowOrTheEnd_isEmpty() {
        assertShows("", 8, 0, "since=now");
        assertShows("", 8, 0, "since=" + seq(8));
        assertShows("", 8, 0, "since=%22" + seq(8) + "%22");
    }

    @Test
    void since_numberAheadOfTheEnd_isNotThereYet() {
        assertEquals(
                "503 block_not_reached: Position 1000 does not exist yet; the newest is " + seq(8) + ".",
                server.get("/db/_changes?since=1000&wait=0").refusal());
    }

    @Test
    void since_malformed_isRefused() {
        assertShows("_design/d", 8, 0, "since=" + seq(7));
        assertEquals(
                "400 bad_request: Malformed sequence supplied in 'since' parameter.",
                server.get("/db/_changes?since=x").refusal());
    }

    @Test
    void descending_beginsAtTheEnd() {
        assertShows("_design/d,doc3,doc1", 6, 0, "descending=true");
        assertShows("_design/d", 8, 2, "descending=true&limit=1");
        assertShows("", 8, 3, "descending=true&limit=0");
        assertShows("_design/d,doc3,doc1", 6, 0, "descending=true&since=" + seq(7));
    }

    @Test
    void style_allDocs_listsAllLeavesTheWinnerFirst() {
        assertEquals(
                "[{\"rev\":\"2-c\"},{\"rev\":\"2-b\"},{\"rev\":\"2-d\"}]",
                changes("style=all_docs").get("results").get(0).get("changes").toString());
    }

    @Test
    void includeDocs_winnersAndTombstones_areShown() {
        JsonNode rows = changes("include_docs=true&conflicts=true").get("results");
        assertEquals(
                "{\"_id\":\"doc1\",\"_rev\":\"2-c\",\"a\":12,\"_conflicts\":[\"2-b\"]}",
                rows.get(0).get("doc").toString());
        assertEquals(
                "{\"_id\":\"doc3\",\"_rev\":\"2-b\",\"_deleted\":true}",
                rows.get(1).get("doc").toString());
    }

    @Test
    void seqInterval_leavesSeqsOut() {
        JsonNode rows = changes("seq_interval=3").get("results");
        assertTrue(rows.get(0).get("seq").isNull());
        assertEquals(seq(7), rows.get(1).get("seq").asString());
        assertTrue(rows.get(2).get("seq").isNull());
    }

    @Test
    void filter_docIds_byPostAndGet() {
        String body = "{\"doc_ids\":[\"doc3\",\"none\",\"doc1\"]}";
        assertEquals(
                "doc1,doc3",
                ids(server.post("/db/_changes?filter=_doc_ids", body).json()));
        assertEquals(
                "doc3",
                ids(server.get("/db/_changes?filter=_doc_ids&doc_ids=[%22doc3%22]")
                        .json()));
        String refusal = "400 bad_request: `doc_ids` filter parameter is not a list of doc ids.";
        assertEquals(refusal, server.get("/db/_changes?filter=_doc_ids").refusal());
        assertEquals(
                refusal,
                server.post("/db/_changes?filter=_doc_ids", "{\"doc_ids\":[1]}").refusal());
        assertEquals(refusal, server.post("/db/_changes?filter=_doc_ids", "{}").refusal());
    }

    @Test
    void filter_design_showsDesignDocuments() {
        JsonNode answer = changes("filter=_design");
        assertEquals("_design/d", ids(answer));
        assertEquals(seq(8), answer.get("last_seq").asString());
    }

    @Test
    void filter_selector_looksIntoDocuments() {
        assertEquals("doc1", ids(selector("{\"selector\":{\"_id\":\"doc1\"}}", "")));
        assertEquals("doc3", ids(selector("{\"selector\":{\"_deleted\":true}}", "")));
        assertEquals("doc1", ids(selector("{\"selector\":{\"a\":{\"$gt\":1}}}", "")));
        assertEquals("_design/d", ids(selector("{\"selector\":{\"x\":1}}", "&limit=1")));
        assertEquals(
                "[{\"rev\":\"2-b\"}]",
                selector("{\"selector\":{\"a\":2}}", "&style=all_docs")
                        .get("results")
                        .get(0)
                        .get("changes")
                        .toString());
        JsonNode nothing = selector("{\"selector\":{\"a\":99}}", "");
        assertEquals("", ids(nothing));
        assertEquals(seq(8), nothing.get("last_seq").asString());
    }

    @Test
    void filter_selectorWithFields_showsOnlyThose() {
        assertEquals(
                "{\"a\":12}",
                selector("{\"selector\":{\"_id\":\"doc1\"},\"fields\":[\"a\",\"z\"]}", "&include_docs=true")
                        .get("results")
                        .get(0)
                        .get("doc")
                        .toString());
    }

    @Test
    void filter_badSelector_isRefused() {
        String path = "/db/_changes?filter=_selector";
        assertEquals(
                "400 bad_request: Selector must be specified in POST payload",
                server.get(path).refusal());
        assertEquals(
                "400 bad_request: Selector error: expected a JSON object",
                server.post(path, "{\"selector\":[]}").refusal());
        assertEquals(
                "400 bad_request: Selector error: fields must be JSON array",
                server.post(path, "{\"selector\":{},\"fields\":1}").refusal());
        assertEquals(
                "400 bad_request: Invalid operator: $bad",
                server.post(path, "{\"selector\":{\"a\":{\"$bad\":1}}}").refusal());
    }

    private static JsonNode selector(String body, String parameters) {
        return server.post("/db/_changes?filter=_selector" + parameters, body).json();
    }

    @Test
    void filter_unknown_isRefused() {
        assertEquals(
                "400 bad_request: unknown builtin filter name",
                server.get("/db/_changes?filter=_x").refusal());
        assertEquals(
                "404 not_found: missing", server.get("/db/_changes?filter=x/y").refusal());
        assertEquals(
                "400 bad_request: `filter` must be of the form `designname/filtername`",
                server.get("/db/_changes?filter=x").refusal());
        assertEquals(
                "400 bad_request: `view` filter parameter is not provided.",
                server.get("/db/_changes?filter=_view").refusal());
        assertEquals(
                "404 not_found: missing json key: filters",
                server.get("/db/_changes?filter=d/y").refusal());
        byte[] json = "{\"filters\":{\"y\":\"\"},\"views\":{\"v\":{}}}".getBytes(StandardCharsets.UTF_8);
        DocumentEdit design = new DocumentEdit.Replicated(
                "_design/f", RevisionPath.of(Revision.parse("1-a")), false, new DocumentBody(json, List.of()));
        server.node().create("functions").write(List.of(design), false);
        String path = "/functions/_changes?filter=";
        assertEquals(
                "404 not_found: missing json key: z", server.get(path + "f/z").refusal());
        assertEquals(
                "404 not_found: missing json key: z",
                server.get(path + "_view&view=f/z").refusal());
    }

    @Test
    void continuous_timeout_endsWithTheLastLine() {
        List<String> lines = server.get("/db/_changes?feed=continuous&timeout=10&include_docs=true")
                .text()
                .lines()
                .toList();
        assertEquals(4, lines.size(), lines.toString());
        assertTrue(lines.get(0).endsWith("\"doc\":{\"_id\":\"doc1\",\"_rev\":\"2-c\",\"a\":12}}"), lines.get(0));
        assertEquals("{\"last_seq\":\"" + seq(8) + "\",\"pending\":0}", lines.get(3));
    }

    @Test
    void continuous_limit_endsAtOnce() {
        List<String> lines = server.get("/db/_changes?feed=continuous&limit=1")
                .text()
                .lines()
                .toList();
        assertEquals("{\"last_seq\":\"" + seq(6) + "\",\"pending\":2}", lines.get(1));
        assertEquals(
                "{\"last_seq\":\"0\",\"pending\":3}\n",
                server.get("/db/_changes?feed=live&limit=0").text());
        lines = server.get("/db/_changes?feed=continuous&descending=true&limit=99")
                .text()
                .lines()
                .toList();
        assertEquals("{\"last_seq\":\"" + seq(6) + "\",\"pending\":0}", lines.get(3));
    }

    @Test
    void eventSource_rows_areEvents() {
        Answer answer =
                server.call("GET", "/db/_changes?feed=eventsource&timeout=10&since=1", null, "Last-Event-ID", seq(7));
        assertEquals("text/event-stream", answer.header("Content-Type"));
        assertEquals("no-cache", answer.header("Cache-Control"));
        assertEquals(
                "data: {\"seq\":\"" + seq(8) + "\",\"id\":\"_design/d\",\"changes\":[{\"rev\":\"2-c\"}]}\n" + "id: \""
                        + seq(8) + "\"\n\n",
                answer.text());
    }

    @Test
    void dbUpdates_normal_hasTheNewestOfEachDatabase() {
        JsonNode answer = server.get("/_db_updates").json();
        JsonNode row = answer.get("results").get(0);
        assertEquals("db", row.get("db_name").asString());
        assertEquals("updated", row.get("type").asString());
        assertEquals(answer.get("last_seq").asString(), row.get("seq").asString());
        String since = row.get("seq").asString();
        assertEquals(
                0,
                server.get("/_db_updates?since=" + since).json().get("results").size());
        assertEquals(
                "{\"last_seq\":\"" + since + "\"}\n",
                server.get("/_db_updates?feed=continuous&timeout=10&since=now")
                        .text()
                        .stripLeading());
        assertEquals(
                "400 bad_request: invalid_integer",
                server.get("/_db_updates?limit=x").refusal());
        assertEquals(
                "400 bad_request: Supported `feed` types: normal, continuous, longpoll, eventsource",
                server.get("/_db_updates?feed=x").refusal());
    }

    @Test
    void changes_farBehind_candidatesGiveTheSameRows() {
        Database many = server.node().create("many");
        List<DocumentEdit> edits = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            byte[] json = "{}".getBytes(StandardCharsets.UTF_8);
            String id = (i % 1000 == 7 ? "_design/" : "") + "d" + i;
            edits.add(new DocumentEdit.Update(
                    id, null, false, new DocumentBody(json, List.of()), CanonicalJson.digest(json, 0, 2)));
        }
        many.write(edits, false);
        JsonNode designs = server.get("/many/_changes?filter=_design").json();
        assertEquals("_design/d7,_design/d1007,_design/d2007", ids(designs));
        assertEquals(0, designs.get("pending").asInt());
        assertEquals(
                many.state().head().lastSequence().toString(),
                designs.get("last_seq").asString());
        JsonNode ids = server.post("/many/_changes?filter=_doc_ids&limit=2", "{\"doc_ids\":[\"d9\",\"d2\",\"d3\"]}")
                .json();
        assertEquals("d2,d3", ids(ids));
        assertEquals(2996, ids.get("pending").asInt());
        JsonNode back = server.post(
                        "/many/_changes?filter=_doc_ids&descending=true", "{\"doc_ids\":[\"d9\",\"d2\",\"d3\"]}")
                .json();
        assertEquals("d9,d3,d2", ids(back));
        JsonNode page = server.get("/many/_changes?since=1000&limit=500").json();
        assertEquals(500, page.get("results").size());
        assertEquals(1500, page.get("pending").asInt());
    }

    private static void assertShows(String ids, long lastSeq, long pending, String parameters) {
        JsonNode answer = changes(parameters);
        assertEquals(ids, ids(answer), parameters);
        assertEquals(seq(lastSeq), answer.get("last_seq").asString(), parameters);
        assertEquals(pending, answer.get("pending").asLong(), parameters);
    }

    private static JsonNode changes(String parameters) {
        return server.get("/db/_changes?" + parameters).json();
    }

    private static String ids(JsonNode answer) {
        return StreamSupport.stream(answer.get("results").spliterator(), false)
                .map(row -> row.get("id").asString())
                .collect(Collectors.joining(","));
    }

    @Test
    void dbUpdates_sinceAheadOfTheEnd_isNotThereYet() {
        String ahead = "2000000000-1000000000.1000000000";
        String refusal = server.get("/_db_updates?wait=0&since=" + ahead).refusal();
        assertTrue(
                refusal.startsWith("503 block_not_reached: Position " + ahead + " does not exist yet; the newest is "),
                refusal);
        String waited = server.get("/_db_updates?feed=longpoll&timeout=1&since=" + ahead)
                .text();
        assertTrue(waited.contains("\"last_seq\":\"" + ahead + "\""), waited);
    }

    @Test
    void dbUpdates_positionOfAnotherShape_beginsAnew() {
        JsonNode all = server.get("/_db_updates").json();
        assertEquals(all, server.get("/_db_updates?since=1000000000").json());
        assertEquals(all, server.get("/_db_updates?since=1000000000-00000000").json());
    }

    /** The shown form of a seq of which there is a row. */
    private static String seq(long number) {
        if (number == 0) {
            return "0";
        }
        try (var reader = database.door().newest(Visibility.EVERYTHING);
                var cursor = reader.changes().after(number - 1, false)) {
            assertTrue(cursor.next());
            return cursor.change().sequence().toString();
        }
    }
}
