package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.server.TestServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class RewindTest {
    private static final String VIEW = "{\"views\":{\"v\":{\"map\":\"function(doc){emit(doc.n,doc.t)}\","
            + "\"reduce\":\"_count\"}},\"language\":\"javascript\"}";

    @TempDir
    private Path directory;

    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start(directory, Map.of("max_rewind_size", "1MiB"));
        server.put("/db", "");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String write(String id, String body) throws IOException {
        Answer answer = server.put("/db/" + id, body);
        assertEquals(201, answer.status(), answer.body());
        return answer.json().get("rev").asString();
    }

    private Answer rewind(Object block) throws IOException {
        return server.post("/db/_rewind", "{\"block\":" + block + "}");
    }

    @Test
    void rewind_editedAndMade_answersWhatItDid() throws IOException {
        String a = write("a", "{\"n\":1,\"_attachments\":{\"t\":{\"data\":\"aGVsbG8=\"}}}");
        write("a", "{\"n\":2,\"_rev\":\"" + a + "\"}");
        write("b", "{\"n\":3}");

        Answer answer = rewind(1);

        assertEquals(201, answer.status(), answer.body());
        JsonNode json = answer.json();
        assertTrue(json.get("ok").asBoolean());
        assertEquals(answer.header("Archipel-Block"), json.get("block").asString());
        assertTrue(json.get("block").asString().startsWith("4-0x"));
        assertTrue(json.get("to").asString().startsWith("1-0x"));
        assertEquals(1, json.get("restored").asInt());
        assertEquals(1, json.get("deleted").asInt());
        assertEquals(0, json.get("closed_conflicts").asInt());
        assertEquals(0, json.get("skipped").asInt());
        assertEquals(1, server.get("/db/a").json().get("n").asInt());
        assertEquals("hello", server.get("/db/a/t").body());
        assertEquals("deleted", server.get("/db/b").json().get("reason").asString());
        Answer again = rewind("\"" + json.get("to").asString() + "\"");
        assertEquals(200, again.status());
        assertEquals(json.get("block").asString(), again.json().get("block").asString());
        JsonNode changes = server.get("/db/_changes?since=1").json().get("results");
        assertEquals(2, changes.size());
    }

    @Test
    void rewind_viewsAndQueries_tellWhatTheyTold() throws IOException {
        write("_design/d", VIEW);
        server.post("/db/_index", "{\"index\":{\"fields\":[\"n\"]},\"name\":\"n\"}");
        for (int i = 0; i < 20; i++) {
            write("d" + i, "{\"n\":" + i % 5 + ",\"t\":\"x" + i + "\"}");
        }
        String block = server.get("/db").header("Archipel-Block");
        List<String> queries = List.of("/db/_design/d/_view/v?reduce=false", "/db/_design/d/_view/v?group=true");
        List<String> told = queries.stream().map(this::rows).toList();
        String found = find();
        for (int i = 0; i < 10; i++) {
            String rev = server.get("/db/d" + i).json().get("_rev").asString();
            if (i % 3 == 0) {
                server.delete("/db/d" + i + "?rev=" + rev);
            } else {
                write("d" + i, "{\"n\":7,\"_rev\":\"" + rev + "\"}");
            }
            write("e" + i, "{\"n\":" + i + "}");
        }
        queries.forEach(query -> assertFalse(told.contains(rows(query))));

        assertEquals(201, rewind("\"" + block + "\"").status());

        assertEquals(told, queries.stream().map(this::rows).toList());
        assertEquals(found, find());
        assertEquals(found.isEmpty(), false);
    }

    private String rows(String query) {
        try {
            return server.get(query).json().get("rows").toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private String find() throws IOException {
        return server.post(
                        "/db/_find", "{\"selector\":{\"n\":{\"$gt\":1}},\"fields\":[\"_id\",\"n\",\"t\"],\"limit\":99}")
                .json()
                .get("docs")
                .toString();
    }

    @Test
    void rewind_designDocument_validatesByTheOneItWas() throws IOException {
        String open = "{\"language\":\"javascript\"}";
        String rev = write("_design/v", open);
        write(
                "_design/v",
                "{\"_rev\":\"" + rev + "\",\"language\":\"javascript\","
                        + "\"validate_doc_update\":\"function(d,o,u){throw({forbidden:'no'})}\"}");
        Answer refused = server.put("/db/a", "{}");
        assertEquals(403, refused.status(), refused.body());

        // Its own documents are not validated: an admin may go back from anything.
        assertEquals(201, rewind(1).status());

        assertEquals(201, server.put("/db/a", "{}").status());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | {}",
                "400 | []",
                "400 | {\"block\":null}",
                "400 | {\"block\":-1}",
                "400 | {\"block\":\"x\"}",
                "400 | {\"block\":{}}",
                "503 | {\"block\":99}",
                "503 | {\"block\":\"2999-01-01T00:00:00Z\"}",
                "404 | {\"block\":\"1999-01-01T00:00:00Z\"}",
                "404 | {\"block\":\"0x0000000000000000000000000000000000000000000000000000000000000000\"}",
                "404 | {\"block\":\"0-0x0000000000000000000000000000000000000000000000000000000000000000\"}"
            })
    void rewind_toWhatIsNoBlock_isRefused(int status, String body) throws IOException {
        write("a", "{}");
        Answer answer = server.post("/db/_rewind", body);
        assertEquals(status, answer.status(), answer.body());
        assertEquals(400, server.post("/db/_rewind?block=0", "{\"block\":0}").status());
        assertEquals(200, server.get("/db/a").status());
    }

    @Test
    void rewind_prunedBlock_saysWhatIsKept() throws IOException {
        String rev = write("a", "{}");
        server.post("/db/_purge", "{\"a\":[\"" + rev + "\"]}");

        Answer answer = rewind(1);

        assertEquals(410, answer.status(), answer.body());
        assertEquals("block_pruned", answer.json().get("error").asString());
        assertEquals(2, answer.json().get("horizon").asInt());
    }

    @Test
    void rewind_moreThanTheSetting_isRefused() throws IOException {
        for (int i = 0; i < 2; i++) {
            write("large" + i, "{\"x\":\"" + "x".repeat(600_000) + "\"}");
        }

        Answer answer = rewind(0);

        assertEquals(413, answer.status(), answer.body());
        assertTrue(answer.body().contains("max_rewind_size"), answer.body());
        assertEquals(200, server.get("/db/large0").status());
        assertEquals(201, rewind(1).status());
    }

    @Test
    void rewind_members_areRefused() throws IOException {
        server.put("/db/_security", "{\"admins\":{\"names\":[\"ann\"]},\"members\":{\"names\":[\"bob\"]}}");
        server.put("/_users", "");
        for (String name : List.of("ann", "bob")) {
            server.put(
                    "/_users/org.couchdb.user:" + name,
                    "{\"name\":\"" + name + "\",\"password\":\"p\",\"roles\":[],\"type\":\"user\"}");
        }
        write("a", "{}");

        assertEquals(401, as("bob", "/db"));
        assertEquals(201, as("ann", "/db"));
        server.put("/_users/_security", "{\"admins\":{\"names\":[\"ann\"]}}");
        assertTrue(as("ann", "/_users") >= 400);
        assertEquals(
                401,
                server.send("POST", "/db/_rewind", "{\"block\":0}", "Content-Type", "application/json")
                        .status());
        // By who may: the users are gone at once.
        assertEquals(201, server.post("/_users/_rewind", "{\"block\":0}").status());
        assertEquals(401, as("ann", "/db"));
    }

    private int as(String name, String database) throws IOException {
        return server.send(
                        "POST",
                        database + "/_rewind",
                        "{\"block\":0}",
                        "Authorization",
                        TestServer.basic(name, "p"),
                        "Content-Type",
                        "application/json")
                .status();
    }
}
