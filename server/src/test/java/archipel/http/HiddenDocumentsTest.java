package archipel.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.DocumentGuard;
import archipel.auth.SecurityObject;
import archipel.auth.UserContext;
import archipel.blocks.BlockEndpoints;
import archipel.databases.DatabaseEndpoints;
import archipel.databases.IndexCompactor;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.documents.DocumentEndpoints;
import archipel.engine.Database;
import archipel.feeds.FeedEndpoints;
import archipel.find.FindEndpoints;
import archipel.find.KeptIndexes;
import archipel.http.TestServer.Answer;
import archipel.read.Visibility;
import archipel.view.IndexKeeper;
import archipel.view.ScriptLimits;
import archipel.view.Scripts;
import archipel.view.ViewDefinitions;
import archipel.views.ViewEndpoints;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * What HTTP shows of documents that are hidden from who asks: nothing, by whichever endpoint. The documents {@code
 * classified} and {@code deleted-secret}, with the value {@code topsecret} in them, are hidden from everybody but the
 * admin; {@code open} and {@code plain} are not.
 */
class HiddenDocumentsTest {
    private static final String PUBLIC_TEXT = "forall";

    private static TestServer server;
    private static IndexKeeper keeper;
    private static String revision;
    private static String deleted;

    /** Hides by content, from all but the admin. */
    private static final DocumentGuard GUARD = new DocumentGuard() {
        @Override
        public ParsedDocument beforeWrite(
                Database database, UserContext user, String id, boolean newEdits, ParsedDocument document) {
            return document;
        }

        @Override
        public DocumentBody beforeShow(Database database, UserContext user, String id, DocumentBody body) {
            return body;
        }

        @Override
        public void requireDesigns(Database database, UserContext user) {}

        @Override
        public boolean showsAll(Database database) {
            return true;
        }

        @Override
        public Visibility visibility(Database database, UserContext user) {
            return user.name() != null && user.name().equals("admin")
                    ? Visibility.EVERYTHING
                    : document -> !text(document.body()).contains("topsecret");
        }

        private static String text(DocumentBody body) {
            return body == null ? "" : new String(body.json(), StandardCharsets.UTF_8);
        }
    };

    @BeforeAll
    static void start(@TempDir Path directory) {
        keeper = new IndexKeeper(InstantSource.system());
        ViewDefinitions definitions = new ViewDefinitions(
                () -> new Scripts(new ScriptLimits(Duration.ofSeconds(5), 64 << 20, 2, 16)), (_, _, _) -> null);
        server = new TestServer(directory, SecurityObject.EVERYONE, GUARD, (router, services) -> {
            DocumentEndpoints.register(router, services, () -> "made");
            DatabaseEndpoints.register(router, services, () -> "made", IndexCompactor.NONE);
            FindEndpoints.register(router, services, new KeptIndexes(keeper));
            ViewEndpoints.register(router, keeper, definitions);
            BlockEndpoints.register(router, services);
            FeedEndpoints.register(router, services);
        });
        server.put("/db", "");
        server.put("/db/open", "{\"n\":1,\"t\":\"" + PUBLIC_TEXT + "\"}");
        revision = rev(server.put(
                "/db/classified",
                "{\"n\":2,\"t\":\"topsecret\",\"_attachments\":{\"a.txt\":{\"data\":\"dG9wc2VjcmV0\"}}}"));
        server.put("/db/classified?new_edits=false", "{\"_rev\":\"1-0\",\"n\":7,\"t\":\"topsecret\"}");
        server.put("/db/plain", "{\"n\":3,\"t\":\"" + PUBLIC_TEXT + "\"}");
        deleted = rev(server.put("/db/deleted-secret", "{\"n\":4,\"t\":\"topsecret\"}"));
        deleted = rev(server.put("/db/deleted-secret?rev=" + deleted, "{\"t\":\"topsecret\",\"_deleted\":true}"));
        server.post("/db/_index", "{\"index\":{\"fields\":[\"n\"]},\"ddoc\":\"n\",\"name\":\"n\"}");
        server.put(
                "/db/_design/v",
                "{\"views\":{\"n\":{\"map\":\"function(d) { emit(d.n, d.t) }\"},"
                        + "\"c\":{\"map\":\"function(d) { emit(d.n, d.t) }\",\"reduce\":\"_count\"}}}");
        server.as("eve");
    }

    @AfterAll
    static void stop() {
        server.close();
        keeper.close();
    }

    private static String rev(Answer written) {
        assertTrue(written.status() < 300, written.text());
        return written.json().get("rev").asString();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "classified",
                "classified?rev=REV",
                "classified?open_revs=all",
                "classified?open_revs=[\"REV\"]",
                "classified?rev=1-0",
                "classified?revs=true&conflicts=true&meta=true",
                "classified?block=3",
                "classified?at=2100-01-01T00:00:00Z&wait=0",
                "classified/a.txt",
                "classified/a.txt?rev=REV",
                "deleted-secret?rev=DEL",
                "deleted-secret?open_revs=all",
            })
    void document_hidden_isMissing(String path) {
        Answer answer = server.get("/db/"
                + path.replace("REV", revision)
                        .replace("DEL", deleted)
                        .replace("[", "%5B")
                        .replace("]", "%5D")
                        .replace("\"", "%22"));
        if (answer.status() == 200) {
            assertTrue(answer.text().contains("\"missing\":"), answer.text());
        } else {
            assertTrue(answer.status() == 404 || path.contains("at="), answer.text());
        }
        assertNothingHidden(answer);
    }

    @Test
    void head_ofAHidden_isMissing() {
        assertEquals(404, server.head("/db/classified").status());
        assertEquals(404, server.head("/db/classified/a.txt").status());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "_all_docs?include_docs=true&conflicts=true",
                "_all_docs?descending=true",
                "_all_docs?include_docs=true&block=6",
                "_all_docs?startkey=%22classified%22",
                "_changes?include_docs=true&attachments=true",
                "_changes?style=all_docs",
                "_changes?descending=true",
                "_changes?style=all_docs&block=4",
                "_changes?blocks=true",
                "_changes?feed=eventsource&timeout=1",
                "_blocks?include_changes=true",
                "_diff?from=0",
                "_design/v/_view/n?include_docs=true",
                "_design/v/_view/n?descending=true",
                "_design/v/_view/n?update=false",
                "_design/v/_view/c?reduce=false",
            })
    void list_anyKind_isWithoutHiddenOnes(String path) {
        Answer answer = server.get("/db/" + path);
        assertEquals(200, answer.status(), answer.text());
        assertTrue(answer.text().contains("open"), answer.text());
        assertNothingHidden(answer);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        _all_docs                    | {"keys":["classified","open"],"include_docs":true}
        _all_docs/queries            | {"queries":[{"include_docs":true}]}
        _bulk_get?revs=true          | {"docs":[{"id":"classified"},{"id":"classified","rev":"1-0"},{"id":"open"}]}
        _changes?filter=_doc_ids     | {"doc_ids":["classified","open"]}
        _changes?filter=_selector    | {"selector":{"n":{"$gt":0}}}
        _find                        | {"selector":{"n":{"$gt":0}}}
        _find                        | {"selector":{"n":{"$gt":0}},"fields":["n","_id"],"conflicts":true}
        _find                        | {"selector":{"n":{"$gt":0}},"fields":["n"],"sort":[{"n":"desc"}]}
        _find                        | {"selector":{"t":{"$gt":null}}}
        _find                        | {"selector":{"$or":[{"n":2},{"n":1}]},"execution_stats":true}
        _find                        | {"selector":{"_id":{"$gt":null}},"sort":[{"n":"asc"}]}
        _design/v/_view/n/queries    | {"queries":[{"keys":[1,2,4]}]}
        """)
    void query_anyKind_isWithoutHiddenOnes(String path, String body) {
        Answer answer = server.post("/db/" + path, body);
        assertEquals(200, answer.status(), answer.text());
        assertTrue(answer.text().contains("open") || answer.text().contains("\"n\":1"), answer.text());
        // What was asked for by its name is named in the answer; more is not.
        boolean asked = body.contains("classified");
        assertFalse(answer.text().contains("topsecret"), answer.text());
        assertFalse(answer.text().contains("\"n\":2"), answer.text());
        assertFalse(answer.text().contains(revision), answer.text());
        assertTrue(asked || !answer.text().contains("classified"), answer.text());
    }

    private static void assertNothingHidden(Answer answer) {
        for (String text : new String[] {"topsecret", "dG9wc2VjcmV0", "deleted-secret", "\"id\":\"classified"}) {
            assertFalse(answer.text().contains(text), () -> text + " in " + answer.text());
        }
    }

    @Test
    void counts_areOfWhatIsSeen() {
        JsonNode info = server.get("/db").json();
        assertEquals(4, info.get("doc_count").asInt());
        assertEquals(0, info.get("doc_del_count").asInt());
        assertEquals(4, server.get("/db/_all_docs").json().get("total_rows").asInt());
        assertEquals(
                2, server.get("/db/_design/v/_view/n").json().get("total_rows").asInt());
        assertEquals(
                1,
                server.get("/db/_design/v/_view/n?startkey=3")
                        .json()
                        .get("offset")
                        .asInt());
        assertEquals(
                "[{\"key\":null,\"value\":2}]",
                server.get("/db/_design/v/_view/c").json().get("rows").toString());
        assertEquals(
                "[{\"key\":1,\"value\":1},{\"key\":3,\"value\":1}]",
                server.get("/db/_design/v/_view/c?group=true")
                        .json()
                        .get("rows")
                        .toString());
        assertEquals(
                3, server.get("/db/_changes?limit=1").json().get("pending").asInt(), "of four documents that are seen");
    }

    /** Neither blindly, as replicators write, nor over its revision; nor can its content be taken over. */
    @Test
    void write_ofAHidden_isForbidden() {
        for (Answer answer : List.of(
                server.put("/db/classified", "{}"),
                server.put("/db/classified?rev=" + revision, "{}"),
                server.put("/db/classified?new_edits=false", "{\"_rev\":\"9-a\"}"),
                server.put("/db/deleted-secret", "{}"))) {
            assertEquals("403 forbidden: You are not allowed to access this document.", answer.refusal());
        }
        // As of a document that is not there.
        assertEquals(
                "409 not_found: missing_rev",
                server.put("/db/classified/b.txt?rev=" + revision, "text").refusal());
        String stub = "\"_attachments\":{\"a.txt\":{\"stub\":true,\"revpos\":1}}";
        Answer rows = server.post(
                "/db/_bulk_docs", "{\"docs\":[{\"_id\":\"classified\",\"_rev\":\"" + revision + "\"," + stub + "}]}");
        assertEquals(412, rows.status(), rows.text());
        assertNothingHidden(rows);
        try (AutoCloseable _ = () -> server.as("eve")) {
            server.as("admin");
            assertEquals(
                    revision, server.get("/db/classified").json().get("_rev").asString());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void differences_ofAHidden_areAllMissing() {
        String body = "{\"classified\":[\"" + revision + "\"]}";
        assertTrue(server.post("/db/_revs_diff", body).text().contains("\"missing\":[\"" + revision + "\"]"));
        assertEquals(
                "{}",
                server.post("/db/_missing_revs", "{\"open\":[]}")
                        .json()
                        .get("missing_revs")
                        .toString());
        assertTrue(server.post("/db/_missing_revs", body).text().contains(revision));
    }

    @Test
    void explain_sayTheSame_withoutNumbersOfHiddenOnes() {
        JsonNode plan = server.post("/db/_explain", "{\"selector\":{\"n\":{\"$gt\":0}}}")
                .json();
        assertEquals("n", plan.get("index").get("name").asString());
        assertFalse(plan.has("documents"), plan.toString());
    }

    @Test
    void admin_seesThemAll() {
        try (AutoCloseable _ = () -> server.as("eve")) {
            server.as("admin");
            assertEquals(200, server.get("/db/classified").status());
            assertEquals(5, server.get("/db").json().get("doc_count").asInt());
            assertTrue(server.get("/db/_changes").text().contains("deleted-secret"));
            assertEquals(
                    3,
                    server.get("/db/_design/v/_view/n").json().get("total_rows").asInt());
            assertTrue(
                    server.post("/db/_find", "{\"selector\":{\"n\":2}}").text().contains("topsecret"));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"linearizable", "leader", "any"})
    void consistency_each_isServed(String consistency) {
        assertEquals(200, server.get("/db/open?consistency=" + consistency).status());
        assertEquals(
                200, server.get("/db/open?block=2&consistency=" + consistency).status());
        assertEquals(200, server.get("/db/_changes?consistency=" + consistency).status());
    }

    @Test
    void consistency_ofAnotherName_isRefused() {
        assertEquals(
                "400 query_parse_error: Invalid value for `consistency`: `strong`; use linearizable, leader or any",
                server.get("/db/open?consistency=strong").refusal());
        assertEquals(400, server.get("/db/_all_docs?consistency=").status());
    }
}
