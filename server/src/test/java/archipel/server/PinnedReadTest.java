package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * That every way to read documents shows the state of the block it is asked for, with the very same bytes before and
 * after more was written.
 */
class PinnedReadTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> READS = List.of(
            "/db/a",
            "/db/a?conflicts=true",
            "/db/a?revs=true&revs_info=true&local_seq=true&deleted_conflicts=true",
            "/db/a?attachments=true",
            "/db/a?open_revs=all",
            "/db/a/t",
            "/db/b",
            "/db/c?deleted=true",
            "/db/_all_docs",
            "/db/_all_docs?include_docs=true&conflicts=true&attachments=true&update_seq=true",
            "/db/_all_docs?descending=true&skip=1&limit=2",
            "/db/_all_docs?keys=[%22c%22,%22a%22,%22d%22]",
            "/db/_design_docs?include_docs=true",
            "/db/_changes",
            "/db/_changes?include_docs=true&style=all_docs&blocks=true",
            "/db/_changes?descending=true&limit=2",
            "/db/_changes?filter=_design",
            "/db/_blocks?include_changes=true");

    private static TestServer server;
    private static final List<String> BLOCKS = new ArrayList<>();
    private static final List<List<String>> SEEN = new ArrayList<>();

    /** Each write is a block; what was there is read as of it while it is the newest. */
    @BeforeAll
    static void write(@TempDir Path directory) throws IOException {
        server = TestServer.start(directory);
        server.put("/db", "");
        remember("");
        String rev = rev(put(
                "/db/a",
                "{\"n\":1,\"_attachments\":{\"t\":{\"content_type\":\"text/plain\"," + "\"data\":\"aGVsbG8=\"}}}"));
        put("/db/b", "{\"b\":1}");
        rev = rev(put(
                "/db/a",
                "{\"n\":2,\"_rev\":\"" + rev + "\",\"_attachments\":{\"t\":{\"content_type\":"
                        + "\"text/plain\",\"data\":\"d29ybGQ=\"}}}"));
        put("/db/_design/x", "{\"d\":1}");
        post(
                "/db/_bulk_docs",
                "{\"new_edits\":false,\"docs\":[{\"_id\":\"a\",\"_rev\":\"1-conflict\",\"n\":9},"
                        + "{\"_id\":\"c\",\"_rev\":\"1-c\",\"c\":1}]}");
        post("/db/_bulk_docs", "{\"docs\":[{\"_id\":\"c\",\"_rev\":\"1-c\",\"_deleted\":true,\"why\":1}]}");
        rev = rev(put("/db/a", "{\"n\":3,\"_rev\":\"" + rev + "\"}"));
        post(
                "/db/_bulk_docs",
                "{\"docs\":[{\"_id\":\"d\"},{\"_id\":\"a\",\"_rev\":\"" + rev + "\",\"_deleted\":true}]}");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Answer put(String path, String body) throws IOException {
        return remembered(server.put(path, body));
    }

    private static void post(String path, String body) throws IOException {
        remembered(server.post(path, body));
    }

    private static Answer remembered(Answer answer) throws IOException {
        assertEquals(201, answer.status(), answer.body());
        remember(answer.header("Archipel-Block"));
        return answer;
    }

    private static void remember(String block) throws IOException {
        String named = block.isEmpty() ? server.get("/db").header("Archipel-Block") : block;
        BLOCKS.add(named);
        SEEN.add(readAll("block=" + (BLOCKS.size() - 1)));
    }

    private static String rev(Answer answer) {
        return JSON.readTree(answer.body()).get("rev").asString();
    }

    private static List<String> readAll(String pin) throws IOException {
        List<String> answers = new ArrayList<>();
        for (String read : READS) {
            answers.add(read(read + (read.contains("?") ? "&" : "?") + pin));
        }
        return answers;
    }

    private static String read(String target) throws IOException {
        Answer answer = server.send("GET", target + "&wait=0", null, "Authorization", TestServer.ROOT, "Accept", "*/*");
        return answer.status() + " " + answer.header("Archipel-Block") + " " + answer.header("ETag") + " "
                + answer.header("Content-Type") + "\n" + answer.body();
    }

    @Test
    void reads_pinnedByNumber_areTheSameForEver() throws IOException {
        for (int block = 0; block < BLOCKS.size(); block++) {
            List<String> now = readAll("block=" + block);
            for (int i = 0; i < READS.size(); i++) {
                assertEquals(SEEN.get(block).get(i), now.get(i), READS.get(i) + " at block " + block);
                assertTrue(now.get(i).contains(BLOCKS.get(block)), now.get(i));
            }
        }
    }

    @Test
    void reads_pinnedByHash_haveTheBodiesOfThoseByNumber() throws IOException {
        for (int block = 0; block < BLOCKS.size(); block++) {
            String number = BLOCKS.get(block);
            for (String read : READS) {
                String separator = read.contains("?") ? "&" : "?";
                String expected = body(read + separator + "block=" + block);
                assertEquals(expected, body(read + separator + "block=" + number));
                assertEquals(expected, body(read + separator + "block=" + number.substring(number.indexOf('-') + 1)));
            }
        }
    }

    private static String body(String target) throws IOException {
        return server.get(target).toString();
    }

    @Test
    void document_atEachBlock_isAsItStood() throws IOException {
        assertEquals(404, server.get("/db/a?block=0").status());
        assertEquals(1, json("/db/a?block=1").get("n").asInt());
        assertEquals(
                "1-conflict",
                json("/db/a?block=5&conflicts=true").get("_conflicts").get(0).asString());
        assertEquals(null, json("/db/a?block=4&conflicts=true").get("_conflicts"));
        assertEquals("404 {\"error\":\"not_found\",\"reason\":\"deleted\"}", body("/db/c?block=6"));
        assertEquals(9, json("/db/a").get("n").asInt());
        assertEquals("hello", server.get("/db/a/t?block=1").body());
        assertEquals("world", server.get("/db/a/t?block=3").body());
        Answer range =
                server.send("GET", "/db/a/t?block=1", null, "Authorization", TestServer.ROOT, "Range", "bytes=1-2");
        assertEquals("206 el", range.toString());
    }

    @Test
    void document_revisionThatIsNoLeafThere_isMissing() throws IOException {
        String first = json("/db/a?block=1").get("_rev").asString();
        assertEquals(200, server.get("/db/a?block=2&rev=" + first).status());
        assertEquals("404 {\"error\":\"not_found\",\"reason\":\"missing\"}", body("/db/a?block=3&rev=" + first));
        JsonNode info = json("/db/a?block=3&revs_info=true").get("_revs_info");
        assertEquals("available", info.get(0).get("status").asString());
        assertEquals("missing", info.get(1).get("status").asString());
    }

    @Test
    void lists_atEachBlock_countAndListWhatThereWas() throws IOException {
        assertEquals("", ids("/db/_all_docs?block=0"));
        assertEquals("a,b", ids("/db/_all_docs?block=2"));
        assertEquals("_design/x,a,b,c", ids("/db/_all_docs?block=5"));
        assertEquals("_design/x,a,b", ids("/db/_all_docs?block=6"));
        assertEquals("d,b,a,_design/x", ids("/db/_all_docs?descending=true&block=8"));
        assertEquals(4, json("/db/_all_docs?block=5").get("total_rows").asInt());
        assertEquals(3, json("/db/_all_docs?block=6").get("total_rows").asInt());
        assertEquals("_design/x", ids("/db/_design_docs?block=8"));
        assertEquals("", ids("/db/_design_docs?block=3"));
        assertEquals(
                1,
                JSON.readTree(server.post("/db/_all_docs/queries?block=1", "{\"queries\":[{},{\"limit\":1}]}")
                                .body())
                        .get("results")
                        .get(0)
                        .get("rows")
                        .size());
        assertEquals(
                1,
                JSON.readTree(server.post("/db/_bulk_get?block=1", "{\"docs\":[{\"id\":\"a\"}]}")
                                .body())
                        .get("results")
                        .get(0)
                        .get("docs")
                        .get(0)
                        .get("ok")
                        .get("n")
                        .asInt());
        assertEquals(
                "400 {\"error\":\"bad_request\",\"reason\":\"`block` must be in the query string, where it applies "
                        + "to the whole response.\"}",
                server.post("/db/_all_docs", "{\"keys\":[],\"block\":1}").toString());
    }

    @Test
    void changes_asOfABlock_endThere() throws IOException {
        JsonNode pinned = json("/db/_changes?block=3");
        assertEquals(2, pinned.get("results").size());
        assertTrue(pinned.get("last_seq").asString().startsWith("3-"));
        assertEquals(0, pinned.get("pending").asInt());
        assertEquals(1, json("/db/_changes?block=3&limit=1").get("pending").asInt());
        assertEquals(
                0,
                json("/db/_changes?block=3&since="
                                + json("/db/_changes").get("last_seq").asString())
                        .get("results")
                        .size());
        assertEquals(400, server.get("/db/_changes?block=3&feed=longpoll").status());
    }

    @Test
    void tags_ofPinnedReads_spareTheSecondAnswer() throws IOException {
        for (String read : READS) {
            String target = read + (read.contains("?") ? "&" : "?") + "block=8";
            String etag = server.get(target).header("ETag");
            if (!etag.isEmpty()) {
                Answer again =
                        server.send("GET", target, null, "Authorization", TestServer.ROOT, "If-None-Match", etag);
                assertEquals(304, again.status(), target);
                assertEquals(BLOCKS.get(8), again.header("Archipel-Block"));
            }
        }
        assertNotEquals(
                server.get("/db/_all_docs?block=8").header("ETag"),
                server.get("/db/_all_docs?block=7").header("ETag"));
        String hash = BLOCKS.get(8).substring(2);
        assertTrue(server.get("/db/_all_docs?block=" + hash)
                .header("Cache-Control")
                .contains("immutable"));
        assertEquals("must-revalidate", server.get("/db/_all_docs?block=8").header("Cache-Control"));
        assertEquals("must-revalidate", server.get("/db/none?block=" + hash).header("Cache-Control"));
    }

    @Test
    void copy_ofAnEarlierState_restoresIt() throws IOException {
        Answer copied =
                server.send("COPY", "/db/a?block=1", null, "Authorization", TestServer.ROOT, "Destination", "restored");
        assertEquals(201, copied.status(), copied.body());
        assertEquals(1, json("/db/restored").get("n").asInt());
        assertEquals("hello", server.get("/db/restored/t").body());
    }

    private static JsonNode json(String target) throws IOException {
        Answer answer = server.get(target);
        assertEquals(200, answer.status(), answer.body());
        return JSON.readTree(answer.body());
    }

    private static String ids(String target) throws IOException {
        List<String> ids = new ArrayList<>();
        json(target).get("rows").forEach(row -> ids.add(row.get("id").asString()));
        return String.join(",", ids);
    }
}
