package archipel.feeds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.DocumentGuard;
import archipel.auth.SecurityObject;
import archipel.command.DocumentEdit;
import archipel.document.DocumentBody;
import archipel.document.FunctionException;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.engine.Database;
import archipel.functions.Functions;
import archipel.http.TestServer;
import archipel.http.TestServer.Answer;
import archipel.http.ToyEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Feeds through filters that are functions, with a toy in the place of JavaScript. */
@Timeout(120)
class FunctionFilterTest {
    private static final String FILTERED = "/db/_changes?filter=d/even";

    @TempDir
    private Path directory;

    private final List<JsonNode> documents = new ArrayList<>();
    private final List<JsonNode> requests = new ArrayList<>();
    private final ToyEngine engine = new ToyEngine()
            .filter("even", (document, _) -> document.path("n").asInt(1) % 2 == 0)
            .filter(
                    "named",
                    (document, request) -> document.get("_id")
                            .stringValue()
                            .startsWith(request.path("query").path("name").stringValue()))
            .filter("gone", (document, _) -> document.has("_deleted"))
            .filter("seen", (document, request) -> {
                documents.add(document);
                requests.add(request);
                return true;
            })
            .filter("broken", (_, _) -> {
                throw new FunctionException("TypeError", "\"{[]}\"".getBytes(StandardCharsets.US_ASCII));
            });
    private TestServer server;
    private Database database;

    @BeforeEach
    void start() {
        server = new TestServer(
                directory, SecurityObject.EVERYONE, DocumentGuard.OPEN, new Functions(engine), FeedEndpoints::register);
        database = server.node().create("db");
        write(
                "_design/d",
                "1-a",
                "{'filters':{'even':'f','named':'f','gone':'f','seen':'f','broken':'f'},'views':{'even':{'map':'f'}}}",
                false);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private void write(String id, String revision, String json, boolean deleted, String... ancestors) {
        Revision newest = Revision.parse(revision);
        List<String> hashes = new ArrayList<>(List.of(newest.hash()));
        hashes.addAll(List.of(ancestors));
        DocumentBody body = new DocumentBody(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), List.of());
        database.write(
                List.of(new DocumentEdit.Replicated(id, new RevisionPath(newest.generation(), hashes), deleted, body)),
                false);
    }

    private void writeNumbers(int from, int to) {
        for (int n = from; n < to; n++) {
            write("doc" + n, "1-a", "{'n':" + n + "}", false);
        }
    }

    private static List<String> ids(Answer answer) {
        return answer.json()
                .get("results")
                .valueStream()
                .map(row -> row.get("id").stringValue())
                .toList();
    }

    private static String end(Answer answer) {
        String last = answer.json().get("last_seq").stringValue();
        return last.substring(0, last.indexOf('-')) + " " + answer.json().get("pending");
    }

    @Test
    void normal_filtered_showsWhatPasses() {
        writeNumbers(0, 6);
        Answer answer = server.get(FILTERED);
        assertEquals(List.of("doc0", "doc2", "doc4"), ids(answer));
        assertEquals("7 0", end(answer));
        assertEquals(List.of("doc4", "doc2", "doc0"), ids(server.get(FILTERED + "&descending=true")));
        assertEquals(List.of("doc0", "doc2", "doc4"), ids(server.get("/db/_changes?filter=_view&view=d/even")));
        assertEquals(List.of("doc3"), ids(server.get("/db/_changes?filter=d/named&name=doc3")));
        assertEquals(List.of("doc3"), ids(server.post("/db/_changes?filter=d/named&name=doc3", "{}")));
    }

    @Test
    void limit_filtered_countsWhatPasses() {
        writeNumbers(0, 10);
        Answer answer = server.get(FILTERED + "&limit=2");
        assertEquals(List.of("doc0", "doc2"), ids(answer));
        assertEquals("4 7", end(answer));
        assertEquals(List.of("doc6"), ids(server.get(FILTERED + "&limit=1&since=6")));
    }

    @Test
    void normal_manyDocuments_areAskedAboutTogether() {
        writeNumbers(0, 500);
        assertEquals(250, ids(server.get(FILTERED)).size());
        assertEquals(501, engine.batches().stream().mapToInt(Integer::intValue).sum());
        assertTrue(engine.batches().size() < 10, engine.batches().toString());
        engine.batches().clear();
        assertEquals(1, ids(server.get(FILTERED + "&limit=1")).size());
        assertEquals(List.of(1, 1), engine.batches());
    }

    @Test
    void allLeaves_filtered_areEachTestedForThemselves() {
        write("x", "2-b", "{'n':2}", false, "a");
        write("x", "2-c", "{'n':3}", false, "a");
        write("x", "2-d", "{'n':4}", false, "a");
        assertTrue(server.get(FILTERED + "&style=all_docs")
                .text()
                .contains("\"id\":\"x\",\"changes\":[{\"rev\":\"2-d\"},{\"rev\":\"2-b\"}]"));
        write("x", "2-e", "{'n':5}", false, "a");
        assertEquals(List.of(), ids(server.get(FILTERED)));
    }

    @Test
    void document_asAFilterSeesIt_hasItsRevisionsAndNoConflictsUnlessAsked() {
        write("x", "2-b", "{'n':1.50}", false, "a");
        write("x", "2-c", "{}", true, "a");
        write("y", "1-d", "{'k':1}", true);
        server.get("/db/_changes?filter=d/seen&since=1");
        assertEquals(
                "[{\"_id\":\"x\",\"_rev\":\"2-b\",\"n\":1.50,\"_revisions\":{\"start\":2,\"ids\":[\"b\",\"a\"]}}, "
                        + "{\"_id\":\"y\",\"_rev\":\"1-d\",\"k\":1,\"_deleted\":true,"
                        + "\"_revisions\":{\"start\":1,\"ids\":[\"d\"]}}]",
                documents.toString());
        documents.clear();
        write("x", "2-a", "{}", false, "a");
        server.get("/db/_changes?filter=d/seen&conflicts=true&since=4");
        assertTrue(documents.toString().contains("\"_conflicts\":[\"2-a\"]"), documents.toString());
        assertEquals(List.of("y"), ids(server.get("/db/_changes?filter=d/gone")));
    }

    @Test
    void request_asAFilterSeesIt_isCouchDbs() {
        String target = "/db/_changes?filter=d/seen&a=%201&key=%5B1%5D&a=2";
        server.as("ada").call("GET", target, null, "X-Thing", "t", "Cookie", "AuthSession=x");
        JsonNode request = requests.getFirst();
        assertEquals(
                List.of(
                        "info",
                        "uuid",
                        "id",
                        "method",
                        "requested_path",
                        "path",
                        "raw_path",
                        "query",
                        "headers",
                        "body",
                        "peer",
                        "form",
                        "cookie",
                        "userCtx",
                        "secObj"),
                List.copyOf(request.propertyNames()));
        assertEquals("db", request.get("info").get("db_name").stringValue());
        assertTrue(request.get("uuid").stringValue().matches("[0-9a-f]{32}"));
        assertEquals(
                "null \"GET\" [\"db\",\"_changes\"]",
                request.get("id") + " " + request.get("method") + " " + request.get("requested_path"));
        assertEquals(target, request.get("raw_path").stringValue());
        assertEquals(
                "{\"filter\":\"d/seen\",\"a\":\"2\",\"key\":[1]}",
                request.get("query").toString());
        assertEquals(
                "\"undefined\" \"127.0.0.1\" {} {}",
                request.get("body") + " " + request.get("peer") + " " + request.get("form") + " "
                        + request.get("cookie"));
        assertEquals(
                "{\"db\":\"db\",\"name\":\"ada\",\"roles\":[]} {}",
                request.get("userCtx") + " " + request.get("secObj"));
        String headers = request.get("headers").toString().toLowerCase(java.util.Locale.ROOT);
        assertTrue(headers.contains("\"x-thing\":\"t\""), headers);
        assertTrue(!headers.contains("authorization") && !headers.contains("cookie"), headers);
        requests.clear();
        server.post("/db/_changes?filter=d/seen", "{\"x\":1.0}");
        assertEquals("{\"x\":1.0}", requests.getFirst().get("body").toString());
    }

    @Test
    void longpoll_filtered_waitsForWhatPasses() throws IOException {
        BufferedReader feed = open(FILTERED + "&feed=longpoll&timeout=20000&since=1");
        writeNumbers(1, 3);
        assertEquals("{\"results\":[", feed.readLine());
        assertTrue(feed.readLine().contains("\"id\":\"doc2\""));
    }

    @Test
    void continuous_filtered_showsWhatPassesAsItComes() throws IOException {
        BufferedReader feed = open(FILTERED + "&feed=continuous&heartbeat=60000");
        assertEquals("", feed.readLine());
        writeNumbers(1, 5);
        assertTrue(feed.readLine().contains("\"id\":\"doc2\""));
        assertTrue(feed.readLine().contains("\"id\":\"doc4\""));
        server.node().delete("db");
        assertTrue(feed.readLine().startsWith("{\"last_seq\":\"5-"));
        assertNull(feed.readLine());
    }

    @Test
    void eventSource_filtered_showsWhatPasses() throws IOException {
        writeNumbers(1, 3);
        BufferedReader feed = open(FILTERED + "&feed=eventsource&heartbeat=60000");
        assertTrue(feed.readLine().contains("\"id\":\"doc2\""));
    }

    @Test
    void pinned_filtered_isThatBlocksFunctionOverThatBlocksDocuments() {
        writeNumbers(0, 3);
        long block = database.state().head().number();
        writeNumbers(3, 7);
        write("_design/d", "2-b", "{}", true, "a");
        assertEquals(List.of("doc0", "doc2"), ids(server.get(FILTERED + "&block=" + block)));
        assertEquals("404 not_found: deleted", server.get(FILTERED).refusal());
    }

    @Test
    void blocks_filtered_saysWhereABlockEnds() {
        List<DocumentEdit> edits = new ArrayList<>();
        for (int n = 0; n < 6; n++) {
            byte[] json = ("{\"n\":" + n + "}").getBytes(StandardCharsets.UTF_8);
            edits.add(new DocumentEdit.Replicated(
                    "doc" + n, RevisionPath.of(Revision.parse("1-a")), false, new DocumentBody(json, List.of())));
        }
        database.write(edits, false);
        String rows = server.get(FILTERED + "&blocks=true").text();
        assertEquals(2, rows.split("\"last\":true", -1).length, rows);
        assertTrue(rows.contains("\"id\":\"doc4\",\"changes\":[{\"rev\":\"1-a\"}],\"block\":2,\"last\":true"), rows);
        String limited = server.get(FILTERED + "&blocks=true&limit=2").text();
        assertTrue(!limited.contains("\"last\":true"), limited);
    }

    @Test
    void brokenFilter_freshFeed_isTheFunctionsError() {
        for (String shape : List.of("normal", "longpoll", "continuous", "eventsource")) {
            assertEquals(
                    "500 TypeError: {[]}",
                    server.get("/db/_changes?filter=d/broken&feed=" + shape).refusal());
        }
    }

    @Test
    void filter_thatIsNotThere_isSaid() {
        assertEquals(
                "404 not_found: missing", server.get("/db/_changes?filter=x/y").refusal());
        assertEquals(
                "404 not_found: missing json key: z",
                server.get("/db/_changes?filter=d/z").refusal());
        assertEquals(
                "400 bad_request: `filter` must be of the form `designname/filtername`",
                server.get("/db/_changes?filter=d/even/x").refusal());
        assertEquals(
                "400 bad_request: `view` must be of the form `designname/viewname`",
                server.get("/db/_changes?filter=_view&view=a/b/c").refusal());
        assertEquals(
                "400 bad_request: `view` filter parameter is not provided.",
                server.get("/db/_changes?filter=_view&view=").refusal());
        assertEquals(
                "404 not_found: missing json key: w",
                server.get("/db/_changes?filter=_view&view=d/w").refusal());
        assertEquals(200, server.get("/db/_changes?filter=d//even").status());
        assertEquals(List.of("_design/d"), ids(server.get("/db/_changes?filter=/")));
        write("_design/q", "1-a", "{'language':'query','filters':{'f':{}},'views':{'v':{}}}", false);
        assertEquals(
                "500 unknown_query_language: query",
                server.get("/db/_changes?filter=_view&view=q/v").refusal());
    }

    private BufferedReader open(String target) {
        return new BufferedReader(
                new InputStreamReader(server.open("GET", target, null).body(), StandardCharsets.UTF_8));
    }
}
