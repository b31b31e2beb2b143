package archipel.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DocumentEdit;
import archipel.document.DocumentBody;
import archipel.document.JsonBuffer;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.engine.Database;
import archipel.testkit.Seeded;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Which revisions documents may have: others are refused for that document alone, old ones can be read. */
class RevisionFormTest {
    private static final String ODD = "é\u0000\n\r\t \"\\,;=\u007f\u0080ü😀aZ09-_~!";

    private static TestServer server;
    private static int databases;

    @BeforeAll
    static void start(@TempDir Path directory) {
        server = TestServer.start(directory.resolve("data"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String database() throws IOException {
        String name = "/r" + databases++;
        assertEquals(201, server.put(name, "").status());
        return name;
    }

    private static String json(String text) {
        return new String(new JsonBuffer().string(text).toByteArray(), StandardCharsets.UTF_8);
    }

    private static String document(String rev) {
        return "{\"_id\":\"x\",\"_rev\":" + json(rev) + "}";
    }

    private static void assertRefusedAlone(String document, boolean newEdits) throws IOException {
        String db = database();
        String docs = "{\"new_edits\":" + newEdits + ",\"docs\":[{\"_id\":\"before\",\"_rev\":\"1-a\"}," + document
                + ",{\"_id\":\"after\",\"_rev\":\"1-b\"}]}";
        if (newEdits) {
            docs = docs.replace(",\"_rev\":\"1-a\"", "").replace(",\"_rev\":\"1-b\"", "");
        }
        TestServer.Answer answer = server.post(db + "/_bulk_docs", docs);
        assertEquals(201, answer.status(), document + answer.body());
        JsonNode row = answer.json().get(newEdits ? 1 : 0);
        assertEquals("x", row.get("id").asString(), answer.body());
        assertEquals(400, row.get("error").asString().equals("bad_request") ? 400 : 0, answer.body());
        assertEquals(newEdits ? 3 : 1, answer.json().size(), answer.body());
        assertEquals(200, server.get(db + "/before").status());
        assertEquals(200, server.get(db + "/after").status());
        assertEquals(404, server.get(db + "/x").status());
        assertEquals(400, server.put(db + "/x?new_edits=" + newEdits, document).status(), document);
    }

    @Test
    void bulk_revisionsThatCannotBeGiven_areRefusedAlone() throws IOException {
        for (String rev : new String[] {
            "0-abc",
            "00-a",
            "2147483647-a",
            "2000000001-a",
            "1-a\nb",
            "1-a\rb",
            "1-a\u0000",
            "1-é",
            "1-ü",
            "1-a b",
            "1-\"",
            "1-" + "a".repeat(129)
        }) {
            assertRefusedAlone(document(rev), false);
        }
        assertRefusedAlone("{\"_id\":\"x\",\"_revisions\":{\"start\":0,\"ids\":[\"a\"]}}", false);
        assertRefusedAlone("{\"_id\":\"x\",\"_revisions\":{\"start\":2,\"ids\":[\"a\",\"b\\n\"]}}", false);
        assertRefusedAlone("{\"_id\":\"x\",\"_revisions\":{\"start\":2147483647,\"ids\":[\"a\"]}}", false);
        assertRefusedAlone(document("0-abc"), true);
        assertRefusedAlone("{\"_id\":\"x\",\"_revisions\":{\"start\":0,\"ids\":[\"a\"]}}", true);
    }

    @Test
    void bulk_whatIsNoRevision_isRefusedAlone() throws IOException {
        for (boolean newEdits : new boolean[] {true, false}) {
            for (String rev : new String[] {"x", "", "-", "1", "2147483648-a", "99999999999-a"}) {
                assertRefusedAlone("{\"_rev\":" + json(rev) + ",\"_id\":\"x\"}", newEdits);
            }
            assertRefusedAlone("{\"_rev\":7,\"_id\":\"x\"}", newEdits);
        }
    }

    @Test
    void bulk_histories_thatAreNone_areRefusedAlone() throws IOException {
        String db = database();
        for (String history : new String[] {
            "{\"start\":-1,\"ids\":[\"a\"]}",
            "{\"start\":2147483648,\"ids\":[\"a\"]}",
            "{\"start\":\"1\",\"ids\":[\"a\"]}",
            "{\"ids\":[\"a\"]}",
            "{\"start\":1,\"ids\":[\"a\",\"b\"]}",
            "{\"start\":1,\"ids\":[1]}",
            "{\"start\":1,\"ids\":{}}",
            "{\"start\":1,\"ids\":[\"zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\"]}"
        }) {
            TestServer.Answer answer = server.post(
                    db + "/_bulk_docs",
                    "{\"new_edits\":false,\"docs\":[{\"_id\":\"x\",\"_revisions\":" + history
                            + "},{\"_id\":\"y\",\"_rev\":\"1-a\"}]}");
            assertEquals(201, answer.status(), history + answer.body());
            assertEquals("doc_validation", answer.json().get(0).get("error").asString(), history);
            assertEquals(404, server.get(db + "/x").status());
        }
        assertEquals(200, server.get(db + "/y").status());
    }

    @Test
    void bulk_atomic_isRefusedWhole() throws IOException {
        String db = database();
        for (String rev : new String[] {"0-a", "x"}) {
            TestServer.Answer answer = server.post(
                    db + "/_bulk_docs", "{\"atomic\":true,\"docs\":[{\"_id\":\"y\"}," + document(rev) + "]}");
            assertEquals(400, answer.status(), answer.body());
            assertEquals(404, server.get(db + "/y").status());
        }
    }

    @Test
    void singleWrites_onGenerationZero_are400() throws IOException {
        String db = database();
        server.put(db + "/x", "{}");
        assertEquals(400, server.put(db + "/x?rev=0-a", "{}").status());
        assertEquals(400, server.delete(db + "/x?rev=0-a").status());
        assertEquals(409, server.put(db + "/x/a?rev=0-a", "content").status());
        TestServer.Answer copy =
                server.send("COPY", db + "/x", null, "Authorization", TestServer.ROOT, "Destination", "y?rev=0-a");
        assertEquals(400, copy.status(), copy.body());
        assertEquals(404, server.get(db + "/x?rev=0-a").status());
    }

    @Test
    void greatestGivenGeneration_isEditedAndDeleted() throws IOException {
        String db = database();
        server.put(db + "/x?new_edits=false", document("2000000000-a"));
        String rev = server.put(db + "/x", document("2000000000-a"))
                .json()
                .get("rev")
                .asString();
        assertTrue(rev.startsWith("2000000001-"), rev);
        assertEquals(200, server.delete(db + "/x?rev=" + rev).status());
        assertEquals(201, server.put(db + "/x", "{}").status());
    }

    private static Database engine(String db) {
        return server.server().node().database(db.substring(1));
    }

    /** As versions did that took any revision. */
    private static void storeUnchecked(String db, String id, Revision revision, boolean deleted) {
        byte[] json = "{\"n\":1}".getBytes(StandardCharsets.US_ASCII);
        engine(db)
                .write(
                        List.of(new DocumentEdit.Replicated(
                                id, RevisionPath.of(revision), deleted, new DocumentBody(json, List.of()))),
                        false);
    }

    @Test
    void lastGeneration_thatIsThere_isReadAndPurgedAndSaysWhyItCannotBeEdited() throws IOException {
        String db = database();
        Revision last = new Revision(Integer.MAX_VALUE, "a");
        for (boolean deleted : new boolean[] {false, true}) {
            storeUnchecked(db, "x", last, deleted);
            assertEquals(200, server.get(db + "/x?rev=" + last).status());
            TestServer.Answer edit = server.put(db + "/x", deleted ? "{}" : document(last.toString()));
            assertEquals(400, edit.status(), edit.body());
            assertTrue(edit.json().get("reason").asString().contains("_purge"), edit.body());
            JsonNode rows = server.post(
                            db + "/_bulk_docs",
                            "{\"docs\":[" + (deleted ? "{\"_id\":\"x\"}" : document(last.toString())) + ",{\"_id\":\"y"
                                    + deleted + "\"}]}")
                    .json();
            assertEquals("bad_request", rows.get(0).get("error").asString(), rows.toString());
            assertTrue(rows.get(1).has("rev"), rows.toString());
            assertEquals(
                    201,
                    server.post(db + "/_purge", "{\"x\":[\"" + last + "\"]}").status());
            assertEquals(404, server.get(db + "/x?rev=" + last).status());
        }
    }

    @Test
    void oddRevisions_thatAreThere_areReadUnderTagsOfTheirOwnAndGoOn() throws IOException {
        String db = database();
        Map<String, String> tags = new HashMap<>();
        for (String hash :
                new String[] {"é", "ü", "a\nb", "a\rb", "\u0000", "a\"b", "a b", "b".repeat(5000), "plain"}) {
            String id = "d" + tags.size();
            storeUnchecked(db, id, new Revision(1, hash), false);
            TestServer.Answer get = server.get(db + "/" + id);
            assertEquals(200, get.status(), hash);
            assertEquals("1-" + hash, get.json().get("_rev").asString());
            String tag = get.header("etag");
            assertTrue(tag.matches("\"[!#-~]+\""), tag);
            assertEquals(null, tags.put(tag, hash));
            assertEquals(
                    304,
                    server.send("GET", db + "/" + id, null, "Authorization", TestServer.ROOT, "If-None-Match", tag)
                            .status(),
                    hash);
            // A replica that has it goes on from it.
            TestServer.Answer grown = server.post(
                    db + "/_bulk_docs",
                    "{\"new_edits\":false,\"docs\":[{\"_id\":\"" + id + "\",\"_revisions\":{\"start\":2,\"ids\":[\"c\","
                            + json(hash) + "]}}]}");
            assertEquals("[]", grown.json().toString(), hash);
            TestServer.Answer edited = server.put(db + "/" + id, "{\"_rev\":\"2-c\"}");
            assertEquals(201, edited.status(), hash);
        }
        storeUnchecked(db, "e", new Revision(1, "a\nb"), false);
        assertEquals(201, server.put(db + "/e", document("1-a\nb")).status());
    }

    @Test
    void fuzz_anyRevision_isStoredAndReadOrRefusedInItsRow() {
        Seeded.check(300, random -> {
            StringBuilder hash = new StringBuilder();
            for (int i = random.nextInt(6); i > 0; i--) {
                int at = random.nextInt(ODD.codePointCount(0, ODD.length()));
                hash.appendCodePoint(ODD.codePointAt(ODD.offsetByCodePoints(0, at)));
            }
            String generation = new String[] {
                        "0", "00", "1", "01", "2", "", "-1", "2000000000", "2147483647", "2147483648", "x"
                    }
                    [random.nextInt(11)];
            boolean history = random.nextBoolean();
            String id = "f" + random.nextLong();
            String member = history
                    ? "\"_revisions\":{\"start\":" + (generation.matches("-?[1-9]\\d*|0") ? generation : "1")
                            + ",\"ids\":[" + json(hash.toString()) + "]}"
                    : "\"_rev\":" + json(generation + "-" + hash);
            String document = "{\"_id\":\"" + id + "\"," + member + "}";
            try {
                String db = databases == 0 ? database() : "/r0";
                TestServer.Answer answer = server.post(
                        db + "/_bulk_docs",
                        "{\"new_edits\":false,\"docs\":[" + document + ",{\"_id\":\"n" + id + "\",\"_rev\":\"1-a\"}]}");
                assertEquals(201, answer.status(), document + answer.body());
                assertEquals(200, server.get(db + "/n" + id).status());
                TestServer.Answer get = server.get(db + "/" + id);
                assertEquals(answer.json().isEmpty() ? 200 : 404, get.status(), document + answer.body());
                if (answer.json().isEmpty()) {
                    assertEquals('"' + get.json().get("_rev").asString() + '"', get.header("etag"));
                    String rev = get.json().get("_rev").asString();
                    assertEquals(
                            201,
                            server.put(db + "/" + id, "{\"_rev\":" + json(rev) + "}")
                                    .status(),
                            rev);
                    assertNotEquals(
                            rev, server.get(db + "/" + id).json().get("_rev").asString());
                }
            } catch (IOException e) {
                throw new AssertionError(document, e);
            }
        });
    }
}
