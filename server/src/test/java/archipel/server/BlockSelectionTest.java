package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How a request says which block it wants, and what it hears where that cannot be had. */
class BlockSelectionTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String NO_HASH = "0x0000000000000000000000000000000000000000000000000000000000000000";
    private static TestServer server;
    private static String first;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        server = TestServer.start(directory);
        server.put("/db", "");
        first = server.put("/db/a", "{\"n\":1}").header("Archipel-Block");
        server.put("/db/b", "{\"n\":2}");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "block=",
                "block=x",
                "block=-1",
                "block=1.5",
                "block=+1",
                "block=0x",
                "block=0x12",
                "block=1-",
                "block=1-0xzz",
                "block=%00",
                "block=%F0%9F%8C%8A",
                "block=null",
                "block=%221%22",
                "block=latest",
                "min_block=",
                "min_block=x",
                "min_block=-1",
                "min_block=" + NO_HASH,
                "at=",
                "at=now",
                "at=2026-01-01",
                "at=2026-01-01T00:00:00",
                "at=2026-13-01T00:00:00Z",
                "at=1767225600",
                "at=%2B999999999-12-31T23:59:59Z"
            })
    void selector_malformed_is400WithFields(String parameter) throws IOException {
        for (String read : new String[] {"/db/a?", "/db/_all_docs?", "/db/_changes?", "/db/_block?", "/db/a/x?"}) {
            Answer answer = server.get(read + parameter);
            assertEquals(400, answer.status(), answer.body());
            JsonNode json = JSON.readTree(answer.body());
            assertEquals("bad_request", json.get("error").asString());
            assertTrue(json.get("head").asString().matches("\\d+-0x[0-9a-f]{64}"));
            assertEquals(0, json.get("horizon").asLong());
            assertTrue(json.has("asked"), answer.body());
            assertEquals(json.get("head").asString(), answer.header("Archipel-Block"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET _design/none/_view/v", "POST _find", "POST _explain", "GET _all_docs", "GET a"})
    void minBlock_neverReached_isWaitedForOnce(String request) throws IOException {
        String[] words = request.split(" ");
        String path = "/db/" + words[1] + "?min_block=1000000&wait=3000";
        Instant before = Instant.now();
        Answer answer = words[0].equals("GET") ? server.get(path) : server.post(path, "{\"selector\":{}}");
        assertEquals(503, answer.status());
        // Five times that, where each attempt waits.
        assertTrue(Duration.between(before, Instant.now()).toMillis() < 15_000);
    }

    @Test
    void selectors_two_areRefusedByName() throws IOException {
        assertEquals(
                "`at` and `block` both select a block; use only one of them.",
                reason(server.get("/db/a?at=2026-01-01T00:00:00Z&block=1")));
        assertEquals(
                "`min_block` and `block` both select a block; use only one of them.",
                reason(server.get("/db/a?min_block=1&block=1")));
        Answer withHeader =
                server.send("GET", "/db/a?block=1", null, "Authorization", TestServer.ROOT, "Archipel-Min-Block", "1");
        assertEquals("`block` and `Archipel-Min-Block` both select a block; use only one of them.", reason(withHeader));
        Answer both = server.send(
                "GET",
                "/db/a?min_block=1&wait=0",
                null,
                "Authorization",
                TestServer.ROOT,
                "Archipel-Min-Block",
                "1000000");
        assertEquals(503, both.status(), "the greater of the two counts");
        assertEquals(400, server.get("/db/a?block=1&block=2").status());
        for (String joined : new String[] {"1,1000000", "1000000, 1"}) {
            Answer answer = server.send(
                    "GET", "/db/a?wait=0", null, "Authorization", TestServer.ROOT, "Archipel-Min-Block", joined);
            assertEquals(503, answer.status(), joined);
        }
    }

    @Test
    void minBlock_notThere_is503AfterTheWait() throws IOException {
        Instant before = Instant.now();
        Answer answer = server.get("/db/a?min_block=1000000&wait=300");
        assertTrue(Duration.between(before, Instant.now()).toMillis() >= 300);
        assertEquals(503, answer.status());
        assertEquals("1", answer.header("Retry-After"));
        JsonNode json = JSON.readTree(answer.body());
        assertEquals("block_not_reached", json.get("error").asString());
        assertEquals("1000000", json.get("asked").asString());
        assertEquals(503, server.get("/db/a?block=1000000&wait=0").status());
        assertEquals(
                503, server.get("/db/a?block=99999999999999999999999&wait=0").status());
        assertEquals(400, server.get("/db/a?min_block=1&wait=soon").status());
        assertEquals(400, server.get("/db/a?min_block=1&wait=-1").status());
        Answer header = server.send(
                "HEAD", "/db/a?wait=0", null, "Authorization", TestServer.ROOT, "Archipel-Min-Block", "1000000");
        assertEquals(503, header.status());
    }

    @Test
    void minBlock_thatIsReachedMeanwhile_answers() throws Exception {
        server.put("/awaited", "");
        FutureTask<Answer> waiting = new FutureTask<>(() -> server.get("/awaited/a?min_block=2&wait=30000"));
        Thread.ofVirtual().start(waiting);
        server.put("/awaited/x", "{}");
        assertFalse(waiting.isDone());
        String written = server.put("/awaited/a", "{\"n\":1}").header("Archipel-Block");
        Answer answer = waiting.get();
        assertEquals(200, answer.status(), answer.body());
        assertEquals(written, answer.header("Archipel-Block"));
    }

    @Test
    void header_ofAnAnswer_isUnderstoodWhereABlockIsWanted() throws IOException {
        assertEquals(first, server.get("/db/a?block=" + first).header("Archipel-Block"));
        assertEquals(200, server.get("/db/a?min_block=" + first).status());
        Answer header =
                server.send("GET", "/db/a", null, "Authorization", TestServer.ROOT, "Archipel-Min-Block", first);
        assertEquals(200, header.status());
        assertEquals(first, server.get("/db/a?block=" + first.toUpperCase()).header("Archipel-Block"));
    }

    @Test
    void hash_ofNoBlock_is404() throws IOException {
        for (String selector : new String[] {"block=" + NO_HASH, "block=1-" + NO_HASH, "min_block=1-" + NO_HASH}) {
            Answer answer = server.get("/db/a?" + selector);
            assertEquals(404, answer.status(), answer.body());
            assertEquals(
                    "block_unknown", JSON.readTree(answer.body()).get("error").asString());
        }
        String of1 = first.substring(2);
        assertEquals(404, server.get("/db/a?block=2-" + of1).status());
        assertEquals(200, server.get("/db/a?block=1-" + of1).status());
    }

    @Test
    void at_time_readsTheLastBlockThatIsNotLater() throws IOException {
        server.put("/timed", "");
        server.put("/timed/a", "{\"n\":1}");
        OffsetDateTime time = OffsetDateTime.now(ZoneOffset.UTC);
        String told = server.get("/timed/a?wait=1000&at=" + time).header("Archipel-Block");
        assertTrue(told.startsWith("1-"), told);
        server.put("/timed/b", "{}");
        assertEquals(told, server.get("/timed/a?at=" + time).header("Archipel-Block"));
        assertEquals(404, server.get("/timed/b?at=" + time).status());
        String elsewhere = time.withOffsetSameInstant(ZoneOffset.ofHours(2)).toString();
        assertEquals(told, server.get("/timed/a?at=" + elsewhere).header("Archipel-Block"), "a raw plus sign");
        assertEquals(404, server.get("/timed/a?at=1999-01-01T00:00:00Z").status());
        assertEquals(503, server.get("/timed/a?wait=0&at=2999-01-01T00:00:00Z").status());
    }

    @Test
    void pin_whereOnlyTheNewestCanBeMeant_isRefused() throws IOException {
        assertEquals(400, server.put("/db/new?block=1", "{}").status());
        assertEquals(400, server.post("/db?block=1", "{}").status());
        assertEquals(400, server.delete("/db/a?block=1").status());
        assertEquals(400, server.put("/db/a/t?block=1", "x").status());
        assertEquals(400, server.post("/db/_bulk_docs?block=1", "{\"docs\":[]}").status());
        assertEquals(400, server.get("/db/_local/x?block=1").status());
        assertEquals(400, server.get("/db/_local_docs?block=1").status());
        assertEquals(404, server.get("/db/new").status());
        assertEquals(404, server.get("/db/_local/x?min_block=1").status());
    }

    private static String reason(Answer answer) {
        assertEquals(400, answer.status(), answer.body());
        return JSON.readTree(answer.body()).get("reason").asString();
    }
}
