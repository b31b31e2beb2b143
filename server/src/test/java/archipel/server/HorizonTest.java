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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a horizon lets go, who may move it, and what is answered behind it. */
class HorizonTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static TestServer server;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        server = TestServer.start(directory, Map.of("history_blocks", "7", "history_age_seconds", "90"));
        server.put("/db", "");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void horizon_neverSet_isTheNodes() throws IOException {
        server.put("/fresh", "");
        JsonNode json = JSON.readTree(server.get("/fresh/_horizon").body());
        assertEquals("{\"blocks\":7,\"age\":\"90s\"}", json.get("policy").toString());
        assertTrue(json.get("default").asBoolean());
        assertEquals(0, json.get("horizon").asInt());
        assertEquals(0, json.get("pruned_to").asInt());
        assertTrue(json.get("head").asString().startsWith("0-0x"));
    }

    @Test
    void restartTime_clockIsNotAhead_changesNothing() throws IOException {
        server.put("/timed", "");
        assertEquals(
                "{\"ok\":true}", server.post("/timed/_restart_time", "").body().strip());
        assertEquals(405, server.get("/timed/_restart_time").status());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"blocks\":5}             | {\"blocks\":5,\"age\":\"0s\"}",
                "{\"age\":7200}             | {\"blocks\":1,\"age\":\"2h\"}",
                "{\"blocks\":9,\"age\":\"90m\"} | {\"blocks\":9,\"age\":\"90m\"}",
                "{\"age\":\"2d\"}           | {\"blocks\":1,\"age\":\"2d\"}",
                "{\"age\":\"1500ms\"}       | {\"blocks\":1,\"age\":\"1500ms\"}",
                "{\"keep\":\"all\"}         | {\"keep\":\"all\"}",
                "{}                         | {\"blocks\":7,\"age\":\"90s\"}"
            })
    void horizon_set_isShown(String policy, String shown) throws IOException {
        server.put("/set", "");
        Answer answer = server.put("/set/_horizon", policy);
        assertEquals(200, answer.status(), answer.body());
        JsonNode json = JSON.readTree(server.get("/set/_horizon").body());
        assertEquals(shown, json.get("policy").toString());
        assertEquals(policy.equals("{}"), json.get("default").asBoolean());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "1",
                "null",
                "{\"blocks\":0}",
                "{\"blocks\":-1}",
                "{\"blocks\":1.5}",
                "{\"blocks\":\"5\"}",
                "{\"blocks\":99999999999999999999}",
                "{\"age\":-1}",
                "{\"age\":\"1y\"}",
                "{\"age\":\"\"}",
                "{\"age\":\"999999999999d\"}",
                "{\"age\":1e99}",
                "{\"keep\":\"none\"}",
                "{\"keep\":true}",
                "{\"keep\":\"all\",\"blocks\":1}",
                "{\"blocks\":1,\"size\":2}"
            })
    void horizon_malformed_isRefused(String policy) throws IOException {
        String before = server.get("/db/_horizon").body();
        assertEquals(400, server.put("/db/_horizon", policy).status());
        assertEquals(before, server.get("/db/_horizon").body());
    }

    @Test
    void horizon_othersThanAdmins_onlySee() throws IOException {
        server.put("/open", "");
        server.put("/open/_security", "{\"admins\":{\"roles\":[\"_admin\"]},\"members\":{\"roles\":[]}}");
        assertEquals(200, server.send("GET", "/open/_horizon", null).status());
        assertEquals(401, server.send("PUT", "/open/_horizon", "{}").status());
        assertEquals(401, server.send("GET", "/db/_horizon", null).status());
    }

    @Test
    void reads_belowTheHorizon_are410WithFields() throws IOException {
        server.put("/pruned", "");
        String rev = "";
        for (int i = 1; i <= 10; i++) {
            String body = rev.isEmpty() ? "{\"n\":1}" : "{\"n\":" + i + ",\"_rev\":\"" + rev + "\"}";
            rev = JSON.readTree(server.put("/pruned/a", body).body()).get("rev").asString();
        }
        String third =
                JSON.readTree(server.get("/pruned/_block/3").body()).get("hash").asString();
        String seq = JSON.readTree(server.get("/pruned/_block/3").body())
                .get("last_seq")
                .asString();
        server.put("/pruned/_horizon", "{\"blocks\":3}");
        JsonNode horizon = awaited("/pruned/_horizon", 8);
        assertEquals(8, horizon.get("horizon").asInt());
        assertEquals(
                8, JSON.readTree(server.get("/pruned").body()).get("horizon").asInt());
        String[] reads = {"/pruned/a?", "/pruned/_all_docs?", "/pruned/_changes?", "/pruned/_blocks?", "/pruned/a/t?"};
        for (String read : reads) {
            for (String pin : new String[] {"block=7", "block=" + third, "block=3-" + third}) {
                Answer answer = server.get(read + pin);
                assertEquals(410, answer.status(), read + pin + " " + answer.body());
                JsonNode json = JSON.readTree(answer.body());
                assertEquals("block_pruned", json.get("error").asString());
                assertEquals(8, json.get("horizon").asInt());
                assertTrue(json.get("head").asString().startsWith("10-0x"));
            }
        }
        assertEquals(
                8,
                JSON.readTree(server.get("/pruned/a?block=8").body()).get("n").asInt());
        // The chain itself stays, and so does a place in it.
        assertEquals(
                third,
                JSON.readTree(server.get("/pruned/_block/3").body()).get("hash").asString());
        assertEquals(200, server.get("/pruned/_block/" + third).status());
        assertEquals(404, server.get("/pruned/_block/4-" + third).status());
        assertEquals(200, server.get("/pruned/_changes?since=" + seq).status());
        assertEquals(
                409, server.get("/pruned/_changes?strict=true&since=3-00000001").status());
        assertEquals(200, server.get("/pruned/_changes?since=block:3").status());
        assertEquals(
                11,
                JSON.readTree(server.get("/pruned/_blocks").body())
                        .get("results")
                        .size());
        assertEquals(410, server.get("/pruned/_blocks?include_changes=true").status());
        assertEquals(
                200, server.get("/pruned/_blocks?include_changes=true&since=7").status());
        JsonNode back = JSON.readTree(server.get("/pruned/_blocks?include_changes=true&descending=true")
                        .body())
                .get("results");
        assertEquals(1, back.get(2).get("results").size());
        assertTrue(back.get(3).get("pruned").asBoolean());
    }

    /** Looks until pruning has come that far; a read that waits for a block in vain is the pause between two looks. */
    private static JsonNode awaited(String target, int horizon) throws IOException {
        JsonNode json = JSON.readTree(server.get(target).body());
        for (int i = 0; i < 300 && json.get("pruned_to").asInt() < horizon; i++) {
            server.get("/pruned/a?min_block=1000000&wait=50");
            json = JSON.readTree(server.get(target).body());
        }
        return json;
    }
}
