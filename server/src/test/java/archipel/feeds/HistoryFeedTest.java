package archipel.feeds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.blocks.BlockJson;
import archipel.changes.Block;
import archipel.command.DocumentEdit;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.engine.Database;
import archipel.http.TestServer;
import archipel.http.TestServer.Answer;
import archipel.read.Visibility;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Feeds that know of blocks: where they may begin, and what they say of other histories and of whole blocks. */
class HistoryFeedTest {
    private static final String FOREIGN = "00000001";
    private static TestServer server;
    private static Database database;
    private static final List<Block> BLOCKS = new ArrayList<>();

    /** Block 1: a, b, c. Block 2: d. Block 3: d is deleted. Block 4: e, g. Block 5: f. */
    @BeforeAll
    static void start(@TempDir Path directory) {
        server = new TestServer(directory, FeedEndpoints::register);
        database = server.node().create("db");
        BLOCKS.add(database.state().head());
        write("a", "b", "c");
        write("d");
        writeDeleted("d");
        write("e", "g");
        write("f");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static void write(String... ids) {
        BLOCKS.add(write(database, ids));
    }

    private static Block write(Database database, String... ids) {
        List<DocumentEdit> edits = new ArrayList<>();
        for (String id : ids) {
            byte[] json = "{}".getBytes(StandardCharsets.UTF_8);
            edits.add(new DocumentEdit.Update(
                    id, null, false, new DocumentBody(json, List.of()), CanonicalJson.digest(json, 0, 2)));
        }
        return database.write(edits, false).head();
    }

    private static void writeDeleted(String id) {
        try (var reader = database.door().newest(Visibility.EVERYTHING)) {
            byte[] json = "{}".getBytes(StandardCharsets.UTF_8);
            var parent = reader.documents().find(id).winner().revision();
            BLOCKS.add(database.write(
                            List.of(new DocumentEdit.Update(
                                    id,
                                    parent,
                                    true,
                                    new DocumentBody(json, List.of()),
                                    CanonicalJson.digest(json, 0, 2))),
                            false)
                    .head());
        }
    }

    @Test
    void since_blocksAndTimes_beginAfterThem() {
        assertEquals("a,b,c,d,e,g,f", ids(changes("since=block:0")));
        assertEquals("d,e,g,f", ids(changes("since=block:1")));
        assertEquals("d,e,g,f", ids(changes("since=block:" + BLOCKS.get(1))));
        assertEquals("d,e,g,f", ids(changes("since=block:0x" + BLOCKS.get(1).hashText())));
        assertEquals("", ids(changes("since=block:5")));
        assertEquals("a,b,c,d,e,g,f", ids(changes("since=1999-01-01T00:00:00Z")));
        assertEquals(
                "",
                ids(changes("since=" + BlockJson.time(database.state().head().timeMs()) + "&wait=1000")));
        assertEquals(503, server.get("/db/_changes?since=block:99&wait=0").status());
        assertEquals(
                404,
                server.get("/db/_changes?since=block:1-0x" + "0".repeat(64)).status());
        assertEquals(400, server.get("/db/_changes?since=block:").status());
        assertEquals(400, server.get("/db/_changes?since=block:x").status());
        assertEquals(400, server.get("/db/_changes?since=2026-99-99T00:00:00Z").status());
    }

    @Test
    void since_anotherHistory_beginsAnewAndSaysSo() {
        for (String since :
                List.of("1-" + FOREIGN, "3-" + FOREIGN, "23-g1AAAACReJzLYWBgYMpgTmEQTM4vTc5ISXLIyU9OzMnILy7")) {
            Answer normal = server.get("/db/_changes?since=" + since);
            assertEquals(200, normal.status(), since);
            assertEquals("0", normal.header("Archipel-Rewound-To"));
            assertTrue(normal.text().startsWith("{\"results\":["), normal.text());
            assertEquals("0", normal.json().get("rewound_to").asString());
            assertEquals("a,b,c,d,e,g,f", ids(normal.json()));
            Answer longpoll = server.get("/db/_changes?feed=longpoll&since=" + since);
            assertEquals("0", longpoll.json().get("rewound_to").asString());
            assertEquals(7, longpoll.json().get("results").size());
            String[] lines = server.get("/db/_changes?feed=continuous&timeout=1&since=" + since)
                    .text()
                    .split("\n");
            assertTrue(lines[0].startsWith("{\"seq\":\"1-"), lines[0]);
            assertTrue(lines[7].startsWith("{\"last_seq\":"), lines[7]);
            assertTrue(lines[7].endsWith(",\"pending\":0,\"rewound_to\":\"0\"}"), lines[7]);
            Answer events = server.get("/db/_changes?feed=eventsource&timeout=1&since=" + since);
            assertEquals("0", events.header("Archipel-Rewound-To"));
            assertTrue(
                    events.text().startsWith("event: rewound\ndata: {\"rewound_to\":\"0\"}\n\ndata: "), events.text());
            JsonNode posted = server.post("/db/_changes?filter=_doc_ids&since=" + since, "{\"doc_ids\":[\"a\"]}")
                    .json();
            assertEquals("a", ids(posted));
            assertEquals("0", posted.get("rewound_to").asString());
        }
        Answer ours = server.get("/db/_changes?since=" + BLOCKS.get(1).lastSequence());
        assertEquals("", ours.header("Archipel-Rewound-To"));
        assertFalse(ours.json().has("rewound_to"));
        assertEquals("f", ids(changes("since=1000-" + FOREIGN + "&descending=true&limit=1")));
        assertEquals("f", ids(changes("since=23-g1AAAA&descending=true&limit=1")));
    }

    @Test
    void since_anotherHistoryWhileStrict_is409AndSaysWhereToBegin() {
        for (String since : List.of("1-" + FOREIGN, "3-" + FOREIGN, "23-g1AAAA")) {
            for (String feed : List.of("normal", "longpoll", "continuous", "eventsource")) {
                Answer answer = server.get("/db/_changes?strict=true&since=" + since + "&feed=" + feed);
                assertEquals(409, answer.status(), since + " " + feed);
                assertEquals("other_history", answer.json().get("error").asString());
                assertEquals("0", answer.json().get("restart").asString());
                assertEquals(since, answer.json().get("asked").asString());
            }
        }
    }

    @Test
    void since_aheadOfTheHead_isNotReachedYet() {
        for (String since : List.of("900-" + FOREIGN, "9", "9-" + FOREIGN)) {
            for (String strict : List.of("", "&strict=true")) {
                Answer answer = server.get("/db/_changes?wait=1&since=" + since + strict);
                assertEquals(503, answer.status(), since);
                assertEquals("block_not_reached", answer.json().get("error").asString());
                assertEquals(
                        "Position " + since + " does not exist yet; the newest is "
                                + database.state().head().lastSequence() + ".",
                        answer.json().get("reason").asString());
                assertEquals(since, answer.json().get("asked").asString());
                for (String feed : List.of("longpoll", "continuous")) {
                    String text = server.get("/db/_changes?timeout=1&since=" + since + strict + "&feed=" + feed)
                            .text();
                    String last = since.equals("9") ? "9-00000000" : since;
                    assertTrue(text.endsWith("\"last_seq\":\"" + last + "\",\"pending\":0}\n"), text);
                }
            }
        }
        assertEquals("", ids(changes("since=8")));
    }

    @Test
    void since_aheadAndThenReached_goesOnFromThere() throws Exception {
        Database growing = server.node().create("growing");
        for (String strict : List.of("", "&strict=true")) {
            long head = growing.state().head().lastSeq();
            CompletableFuture<Answer> read =
                    async(() -> server.get("/growing/_changes?wait=60000&since=" + (head + 2) + strict));
            write(growing, "a" + head);
            write(growing, "b" + head);
            assertEquals("", ids(read.get(60, TimeUnit.SECONDS).json()));
        }
    }

    @Test
    void since_aheadAndThenOfAnotherHistory_beginsAnewOrBreaksOff() throws Exception {
        Database growing = server.node().create("grown");
        write(growing, "a");
        CompletableFuture<Answer> plain = async(() -> server.get("/grown/_changes?feed=longpoll&since=3-" + FOREIGN));
        CompletableFuture<Answer> strict =
                async(() -> server.get("/grown/_changes?feed=longpoll&strict=true&since=3-" + FOREIGN));
        write(growing, "b");
        write(growing, "c");
        JsonNode answer = plain.get(60, TimeUnit.SECONDS).json();
        assertEquals("a,b,c", ids(answer));
        assertEquals("0", answer.get("rewound_to").asString());
        assertThrows(ExecutionException.class, () -> {
            Answer refused = strict.get(60, TimeUnit.SECONDS);
            // Where the write came before the question.
            assertEquals(409, refused.status());
            throw new ExecutionException(new IllegalStateException());
        });
    }

    @Test
    void since_ofTheDatabaseThatHadTheName_beginsAnewWhileTheNewOneIsShorter() {
        write(server.node().create("again"), "a", "b", "c");
        Block old = write(server.node().database("again"), "d");
        server.node().delete("again");
        write(server.node().create("again"), "new");
        for (String since : List.of(old.lastSequence().toString(), "2-" + FOREIGN, "3", "4")) {
            for (String feed : List.of("normal", "longpoll", "continuous", "eventsource")) {
                String target = "/again/_changes?wait=60000&timeout=1&since=" + since + "&feed=" + feed;
                Answer answer = server.get(target);
                assertEquals(200, answer.status(), since + " " + feed);
                assertEquals("0", answer.header("Archipel-Rewound-To"), since + " " + feed);
                assertTrue(answer.text().contains("\"id\":\"new\""), since + " " + feed + " " + answer.text());
                assertTrue(answer.text().contains("\"rewound_to\":\"0\""), answer.text());
                Answer strict = server.get(target + "&strict=true");
                assertEquals(409, strict.status());
                assertEquals("0", strict.json().get("restart").asString());
            }
        }
        assertEquals(503, server.get("/again/_changes?wait=1&since=5").status());
        assertEquals(
                404, server.get("/again/_changes?wait=60000&since=block:" + old).status());
        assertEquals(
                404, server.get("/again/_changes?wait=60000&min_block=" + old).status());
        assertEquals(404, server.get("/again/_blocks?wait=60000&since=" + old).status());
        // Which history that is of cannot be told.
        assertEquals(503, server.get("/again/_changes?wait=1&since=block:2").status());
    }

    private static <T> CompletableFuture<T> async(Supplier<T> call) {
        CompletableFuture<T> future = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                future.complete(call.get());
            } catch (Throwable e) {
                future.completeExceptionally(e);
            }
        });
        return future;
    }

    @Test
    void history_thatIsPartlyOurs_rewindsToTheNewestOfOurs() {
        String ours = BLOCKS.get(2).lastSequence().toString();
        String body = "{\"history\":[\"8-" + FOREIGN + "\",\"" + ours + "\",\""
                + BLOCKS.get(1).lastSequence() + "\"]}";
        JsonNode rewound = server.post("/db/_changes?since=9-" + FOREIGN, body).json();
        assertEquals(ours, rewound.get("rewound_to").asString());
        assertEquals("d,e,g,f", ids(rewound));
        Answer continuous = server.post("/db/_changes?feed=continuous&timeout=1&since=9-" + FOREIGN, body);
        assertTrue(continuous.text().startsWith("{\"rewound_to\":\"" + ours + "\"}\n{\"seq\":"), continuous.text());
        String recognized = BLOCKS.get(3).lastSequence().toString();
        assertFalse(server.post("/db/_changes?since=" + recognized, body).json().has("rewound_to"));
    }

    @Test
    void history_thatIsNotOursOrNoHistory_isRefused() {
        String target = "/db/_changes?since=6-" + FOREIGN;
        assertEquals(409, server.post(target, "{\"history\":[]}").status());
        assertEquals(
                409,
                server.post(target, "{\"history\":[\"5-" + FOREIGN + "\"]}").status());
        assertEquals(
                503,
                server.post("/db/_changes?wait=1&since=9-" + FOREIGN, "{\"history\":[]}")
                        .status());
        assertEquals(
                "0",
                server.post(target, "{\"history\":[\"0\"]}")
                        .json()
                        .get("rewound_to")
                        .asString());
        for (String bad : List.of("1", "\"x\"", "{}", "[1]", "[\"x\"]", "[\"3\"]", "[null]", "{\"a\":\"0\"}")) {
            assertEquals(400, server.post(target, "{\"history\":" + bad + "}").status(), bad);
        }
    }

    @Test
    void blocks_marked_endWithTheirLastRow() {
        assertEquals("a1 b1 c1! d3! e4 g4! f5!", marks(changes("blocks=true")));
        assertEquals("a1 b1", marks(changes("blocks=true&limit=2")));
        assertEquals("a1 b1 c1!", marks(changes("blocks=true&limit=3")));
        assertEquals("c1!", marks(changes("blocks=true&since=2&limit=1")));
        assertEquals("f5! g4 e4! d3! c1 b1 a1!", marks(changes("blocks=true&descending=true")));
        JsonNode filtered = server.post(
                        "/db/_changes?blocks=true&filter=_doc_ids", "{\"doc_ids\":[\"a\",\"b\",\"e\",\"f\"]}")
                .json();
        assertEquals("a1 b1! e4! f5!", marks(filtered));
        JsonNode limited = server.post(
                        "/db/_changes?blocks=true&limit=1&filter=_doc_ids", "{\"doc_ids\":[\"a\",\"b\"]}")
                .json();
        assertEquals("a1", marks(limited));
        limited = server.post("/db/_changes?blocks=true&limit=1&filter=_doc_ids", "{\"doc_ids\":[\"a\"]}")
                .json();
        assertEquals("a1!", marks(limited));
        assertFalse(server.get("/db/_changes").text().contains("\"block\""));
    }

    @Test
    void blocks_list_hasEachWithItsChanges() {
        JsonNode all = blocks("include_changes=true");
        assertEquals("0: 1:abc! 2:d! 3:d-! 4:eg! 5:f!", described(all));
        assertEquals(BLOCKS.get(5).toString(), all.get("last_block").asString());
        assertEquals(0, all.get("pending").asInt());
        assertEquals("4: 5:", described(blocks("since=3")));
        assertEquals("4: 5:", described(blocks("since=" + BLOCKS.get(3))));
        assertEquals("5: 4: 3:", described(blocks("descending=true&since=2")));
        assertEquals("5: 4:", described(blocks("descending=true&limit=2")));
        JsonNode page = blocks("limit=2");
        assertEquals("0: 1:", described(page));
        assertEquals(4, page.get("pending").asInt());
        assertEquals(
                "2: 3:",
                described(blocks("limit=2&since=" + page.get("last_block").asString())));
        assertEquals("", described(blocks("limit=0")));
        assertEquals("", described(blocks("since=now")));
        assertEquals("0: 1: 2: 3: 4: 5:", described(blocks("since=1999-01-01T00:00:00Z")));
        assertEquals("0: 1: 2:", described(blocks("block=2")));
        assertEquals(503, server.get("/db/_blocks?since=99&wait=0").status());
        assertEquals(404, server.get("/db/_blocks?since=3-0x" + "0".repeat(64)).status());
        assertEquals(400, server.get("/db/_blocks?since=x").status());
        assertEquals(400, server.get("/db/_blocks?include_changes=x").status());
        assertEquals(400, server.get("/db/_blocks?block=2&feed=continuous").status());
    }

    @Test
    void blocks_chain_isLinked() {
        String parent = "0x" + "0".repeat(64);
        long seq = 0;
        for (JsonNode block : blocks("").get("results")) {
            assertEquals(parent, block.get("parent").asString());
            parent = block.get("hash").asString();
            if (block.get("changes").asInt() > 0) {
                assertEquals(seq + 1, number(block.get("first_seq")));
            } else {
                assertTrue(block.get("first_seq").isNull());
            }
            seq += block.get("changes").asInt();
            assertEquals(seq, number(block.get("last_seq")));
        }
    }

    @Test
    void blocks_feeds_tellAndGoOn() {
        assertTrue(server.get("/db/_blocks?feed=longpoll&since=4").text().contains("\"number\":5"));
        String empty =
                server.get("/db/_blocks?feed=longpoll&since=now&timeout=1").text();
        assertEquals("{\"results\":[\n\n],\n\"last_block\":\"" + BLOCKS.get(5) + "\",\"pending\":0}\n", empty);
        String[] lines = server.get("/db/_blocks?feed=continuous&since=3&timeout=1")
                .text()
                .split("\n");
        assertEquals(3, lines.length);
        assertTrue(lines[0].startsWith("{\"number\":4,\"hash\":\"0x"), lines[0]);
        assertEquals("{\"last_block\":\"" + BLOCKS.get(5) + "\",\"pending\":0}", lines[2]);
        String events =
                server.get("/db/_blocks?feed=eventsource&since=4&timeout=1").text();
        assertTrue(events.startsWith("data: {\"number\":5,"), events);
        assertTrue(events.contains("\nid: " + BLOCKS.get(5) + "\n\n"), events);
        String again = server.call(
                        "GET",
                        "/db/_blocks?feed=eventsource&timeout=1",
                        null,
                        "Last-Event-ID",
                        BLOCKS.get(4).toString())
                .text();
        assertTrue(again.startsWith("data: {\"number\":5,"), again);
        assertEquals(200, server.head("/db/_blocks?feed=continuous").status());
    }

    private static JsonNode changes(String parameters) {
        return server.get("/db/_changes?" + parameters).json();
    }

    private static JsonNode blocks(String parameters) {
        return server.get("/db/_blocks?" + parameters).json();
    }

    private static long number(JsonNode sequence) {
        String text = sequence.asString();
        return Long.parseLong(text.contains("-") ? text.substring(0, text.indexOf('-')) : text);
    }

    private static String described(JsonNode blocks) {
        return rows(blocks)
                .map(block -> block.get("number").asInt() + ":" + (block.has("results") ? content(block) : ""))
                .collect(Collectors.joining(" "));
    }

    private static String content(JsonNode block) {
        return rows(block)
                .map(row -> row.get("id").asString() + (row.has("deleted") ? "-" : "") + (row.has("last") ? "!" : ""))
                .collect(Collectors.joining());
    }

    private static String marks(JsonNode answer) {
        return rows(answer)
                .map(row -> row.get("id").asString() + row.get("block").asInt() + (row.has("last") ? "!" : ""))
                .collect(Collectors.joining(" "));
    }

    private static String ids(JsonNode answer) {
        return rows(answer).map(row -> row.get("id").asString()).collect(Collectors.joining(","));
    }

    private static Stream<JsonNode> rows(JsonNode answer) {
        return StreamSupport.stream(answer.get("results").spliterator(), false);
    }
}
