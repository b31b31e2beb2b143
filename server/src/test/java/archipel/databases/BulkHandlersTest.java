package archipel.databases;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.auth.DocumentGuard;
import archipel.auth.SecurityObject;
import archipel.functions.Functions;
import archipel.http.TestServer;
import archipel.http.TestServer.Answer;
import archipel.http.ToyEngine;
import archipel.read.Visibility;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class BulkHandlersTest {
    private static final AtomicLong COUNT = new AtomicLong();
    private static final int EDITS = 20;
    private static final String VALIDATING = "{\"_id\":\"_design/rules\",\"validate_doc_update\":\"function () {}\"}";
    private static final ToyEngine ENGINE = new ToyEngine();
    private static TestServer server;
    private String db;

    @BeforeAll
    static void start(@TempDir Path directory) {
        Functions functions = new Functions(ENGINE);
        server = new TestServer(
                directory,
                SecurityObject.EVERYONE,
                DocumentGuard.OPEN,
                functions,
                (router, services) -> DatabaseEndpoints.register(
                        router, services, () -> "made-" + COUNT.incrementAndGet(), IndexCompactor.NONE));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void makeDatabase() {
        db = "/db" + COUNT.incrementAndGet();
        server.put(db, "");
        ENGINE.validation(document -> {});
    }

    @Test
    void bulkDocs_newEdits_rowForEachInOrder() {
        Answer answer = bulk("{\"docs\":[{\"_id\":\"a\",\"n\":1},{\"_id\":\"a\",\"n\":2},{\"n\":3}]}");
        assertEquals(201, answer.status());
        assertTrue(
                answer.text()
                        .matches("\\[\\{\"ok\":true,\"id\":\"a\",\"rev\":\"1-[0-9a-f]{32}\"},"
                                + "\\{\"id\":\"a\",\"error\":\"conflict\",\"reason\":\"Document update conflict.\"},"
                                + "\\{\"ok\":true,\"id\":\"made-\\d+\",\"rev\":\"1-[0-9a-f]{32}\"}]\n"),
                answer.text());
        assertTrue(answer.header("Archipel-Block").startsWith("1-0x"), answer.header("Archipel-Block"));
        assertEquals("[]\n", bulk("{\"docs\":[]}").text());
    }

    @Test
    void bulkDocs_replicated_onlyFailuresAreListed() {
        assertEquals(
                "[]\n",
                bulk("{\"new_edits\":false,\"docs\":[{\"_id\":\"a\",\"_rev\":\"3-x\"}]}")
                        .text());
        assertEquals(
                "[]\n",
                bulk("{\"new_edits\":false,\"docs\":[{\"_id\":\"a\",\"_rev\":\"3-x\"}]}")
                        .text());
        assertEquals(
                "400 bad_request: When `new_edits: false`, the document needs `_rev` or `_revisions` specified",
                bulk("{\"new_edits\":false,\"docs\":[{\"_id\":\"a\"}]}").refusal());
    }

    @Test
    void bulkDocs_badEnvelope_hasTheReferencesTexts() {
        assertEquals(
                "400 bad_request: POST body must include `docs` parameter.",
                bulk("{}").refusal());
        assertEquals(
                "400 bad_request: `docs` parameter must be an array.",
                bulk("{\"docs\":1}").refusal());
        assertEquals(
                "400 bad_request: `new_edits` parameter must be a boolean.",
                bulk("{\"docs\":[],\"new_edits\":0}").refusal());
        assertEquals(
                "400 bad_request: Request body must be a JSON object",
                bulk("[]").refusal());
        assertEquals("400 bad_request: invalid UTF-8 JSON", bulk("{\"docs\":[").refusal());
        assertEquals(
                "400 doc_validation: Bad special document member: _x",
                bulk("{\"docs\":[{\"_id\":\"fine\"},{\"_x\":1}]}").refusal());
        assertEquals(0, server.get(db).json().get("doc_count").asInt());
    }

    /** JSON that was cut inside an emoji. */
    @Test
    void ids_withHalfOfACharacter_areRefused() {
        String half = "\"x\\ud83d\"";
        String refusal = "400 bad_request: invalid UTF-8 JSON";
        assertEquals(refusal, bulk("{\"docs\":[{\"_id\":" + half + "}]}").refusal());
        assertEquals(
                refusal,
                server.post(db + "/_bulk_get", "{\"docs\":[{\"id\":" + half + "}]}")
                        .refusal());
    }

    @Test
    void bulkDocs_allOrNothing_isNotImplemented() {
        Answer answer = bulk("{\"docs\":[{\"_id\":\"a\"},{\"_id\":\"b\",\"_rev\":\"1-x\"}],\"all_or_nothing\":true}");
        assertEquals(417, answer.status());
        assertEquals(
                "[{\"id\":\"a\",\"rev\":\"0-\",\"error\":\"not_implemented\","
                        + "\"reason\":\"all_or_nothing is not supported\"},"
                        + "{\"id\":\"b\",\"rev\":\"1-x\",\"error\":\"not_implemented\","
                        + "\"reason\":\"all_or_nothing is not supported\"}]\n",
                answer.text());
    }

    @Test
    void bulkDocs_atomic_isAllOrNone() {
        bulk("{\"docs\":[{\"_id\":\"taken\"}]}");
        Answer refused = bulk("{\"atomic\":true,\"docs\":[{\"_id\":\"a\"},{\"_id\":\"taken\"},{\"_id\":\"b\"}]}");
        assertEquals(409, refused.status());
        assertEquals(
                "{\"error\":\"conflict\",\"reason\":\"Nothing was stored: 1 of 3 documents were refused.\","
                        + "\"failed\":[{\"id\":\"taken\",\"error\":\"conflict\","
                        + "\"reason\":\"Document update conflict.\"}]}\n",
                refused.text());
        assertEquals(1, server.get(db).json().get("doc_count").asInt());
        Answer taken = bulk("{\"atomic\":true,\"docs\":[{\"_id\":\"a\"},{\"_id\":\"b\"}]}");
        assertEquals(201, taken.status());
        assertEquals(2, taken.json().size());
        assertEquals(3, server.get(db).json().get("doc_count").asInt());
    }

    @Test
    void bulkDocs_atomicWithALocalDocument_is400AndStoresNothing() {
        for (String newEdits : new String[] {"true", "false"}) {
            Answer refused = bulk("{\"atomic\":true,\"new_edits\":" + newEdits
                    + ",\"docs\":[{\"_id\":\"a\",\"_rev\":\"1-a\"},{\"_id\":\"_local/l\",\"_rev\":\"1-a\"}]}");
            assertEquals(400, refused.status());
            assertEquals(
                    "{\"error\":\"bad_request\",\"reason\":\"`_local/l` is a _local document, which cannot be "
                            + "part of an atomic write; write it separately.\"}\n",
                    refused.text());
            assertEquals("[]", server.get(db + "/_all_docs").json().get("rows").toString());
        }
    }

    @Test
    void bulkDocs_refusedWhole_storesNoLocalDocumentEither() {
        Answer refused = bulk(
                "{\"docs\":[{\"_id\":\"_local/l\"}," + "{\"_id\":\"b\",\"_attachments\":{\"t\":{\"stub\":true}}}]}");
        assertEquals(412, refused.status());
        try (var reader = server.node().database(db.substring(1)).door().newest(Visibility.EVERYTHING)) {
            assertEquals(null, reader.locals().find("_local/l"));
        }
    }

    @Test
    void bulkDocs_atomicWithAStubThatIsNotHere_namesItAndStoresNothing() {
        String stub = "{\"_id\":\"b\",\"_attachments\":{\"t\":{\"stub\":true}}}";
        Answer stubs = bulk("{\"atomic\":true,\"docs\":[{\"_id\":\"a\"}," + stub + "]}");
        assertEquals(412, stubs.status());
        assertEquals(
                "[{\"id\":\"b\",\"error\":\"missing_stub\",\"reason\":\"Invalid attachment stub in b for t\"}]",
                stubs.json().get("failed").toString());
        assertTrue(stubs.header("Archipel-Block").startsWith("0-0x"));
        assertEquals(0, server.get(db).json().get("doc_count").asInt());
    }

    @Test
    void bulkDocs_attachments_inlineAndStub() {
        Answer first = bulk("{\"docs\":[{\"_id\":\"a\",\"_attachments\":{\"t\":{\"content_type\":\"x/y\","
                + "\"data\":\"aGVsbG8=\"}}}]}");
        String rev = first.json().get(0).get("rev").asString();
        Answer second = bulk("{\"docs\":[{\"_id\":\"a\",\"_rev\":\"" + rev
                + "\",\"n\":1,\"_attachments\":{\"t\":{\"stub\":true}}}]}");
        assertEquals(201, second.status(), second.text());
        String row =
                server.get(db + "/_all_docs?include_docs=true&attachments=true").text();
        assertTrue(
                row.contains("\"_attachments\":{\"t\":{\"content_type\":\"x/y\",\"revpos\":1,"
                        + "\"digest\":\"md5-XUFAKrxLKna5cZ2REBfFkg==\",\"data\":\"aGVsbG8=\"}}"),
                row);
        assertEquals(
                "412 missing_stub: Invalid attachment stub in b for t",
                bulk("{\"docs\":[{\"_id\":\"b\",\"_attachments\":{\"t\":{\"stub\":true}}}]}")
                        .refusal());
    }

    @Test
    void bulkGet_leavesRevisionsAndErrors_asTheReferenceShowsThem() {
        bulk("{\"new_edits\":false,\"docs\":["
                + "{\"_id\":\"a\",\"_revisions\":{\"start\":2,\"ids\":[\"c\",\"a\"]},\"n\":2},"
                + "{\"_id\":\"a\",\"_revisions\":{\"start\":2,\"ids\":[\"b\",\"a\"]},\"n\":1},"
                + "{\"_id\":\"g\",\"_rev\":\"1-g\",\"_deleted\":true}]}");
        assertEquals(
                "{\"results\":["
                        + "{\"id\":\"a\",\"docs\":[{\"ok\":{\"_id\":\"a\",\"_rev\":\"2-b\",\"n\":1}},"
                        + "{\"ok\":{\"_id\":\"a\",\"_rev\":\"2-c\",\"n\":2}}]},"
                        + "{\"id\":\"a\",\"docs\":[{\"ok\":{\"_id\":\"a\",\"_rev\":\"2-c\",\"n\":2}}]},"
                        + "{\"id\":\"g\",\"docs\":[{\"ok\":{\"_id\":\"g\",\"_rev\":\"1-g\",\"_deleted\":true}}]},"
                        + "{\"id\":\"a\",\"docs\":[" + error("\"3-x\"", "missing", "\"a\"", "not_found") + "]},"
                        + "{\"id\":\"no\",\"docs\":[" + error("\"undefined\"", "missing", "\"no\"", "not_found") + "]},"
                        + "{\"id\":null,\"docs\":["
                        + error("null", "document must be a JSON object", "null", "bad_request") + "]},"
                        + "{\"id\":null,\"docs\":[" + error("null", "document id missed", "null", "bad_request") + "]},"
                        + "{\"id\":\"\",\"docs\":["
                        + error("null", "Document id must not be empty", "\"\"", "illegal_docid") + "]},"
                        + "{\"id\":\"a\",\"docs\":[" + error("42", "Invalid rev format", "\"a\"", "bad_request") + "]},"
                        + "{\"id\":\"a\",\"docs\":["
                        + error("\"x\"", "att_since value must be array of revs.", "\"a\"", "bad_request") + "]}"
                        + "]}\n",
                server.post(
                                db + "/_bulk_get",
                                "{\"docs\":[{\"id\":\"a\"},{\"id\":\"a\",\"rev\":\"2-c\"},{\"id\":\"g\"},"
                                        + "{\"id\":\"a\",\"rev\":\"3-x\"},{\"id\":\"no\"},\"foo\",{\"rev\":\"1-a\"},"
                                        + "{\"id\":\"\",\"rev\":\"1-a\"},{\"id\":\"a\",\"rev\":42},"
                                        + "{\"id\":\"a\",\"atts_since\":\"x\"}]}")
                        .text());
    }

    @Test
    void bulkGet_acceptMultipart_isAMessageOfParts() {
        bulk("{\"new_edits\":false,\"docs\":[{\"_id\":\"a\",\"_rev\":\"1-a\",\"n\":1},{\"_id\":\"t\",\"_rev\":\"1-t\","
                + "\"_attachments\":{\"x\":{\"content_type\":\"x/y\",\"data\":\"aGVsbG8=\"}}}]}");
        Answer answer = server.post(
                db + "/_bulk_get",
                "{\"docs\":[{\"id\":\"a\"},{\"id\":\"t\",\"rev\":\"1-t\"},{\"id\":\"no\"}]}",
                "Accept",
                "multipart/mixed");
        String type = answer.header("Content-Type");
        assertTrue(type.matches("multipart/mixed; boundary=\"--[0-9a-f]{32}\""), type);
        String boundary = type.substring(type.indexOf('"') + 1, type.length() - 1);
        String inner = answer.text().replaceAll("(?s).*multipart/related; boundary=\"([0-9a-f]{32})\".*", "$1");
        assertEquals(
                "\r\n--B\r\nContent-Type: application/json\r\n\r\n{\"_id\":\"a\",\"_rev\":\"1-a\",\"n\":1}"
                        + "\r\n--B\r\nX-Doc-Id: t\r\nX-Rev-Id: 1-t\r\nContent-Type: multipart/related; boundary=\"I\""
                        + "\r\n\r\n--I\r\nContent-Type: application/json\r\n\r\n{\"_id\":\"t\",\"_rev\":\"1-t\","
                        + "\"_attachments\":{\"x\":{\"content_type\":\"x/y\",\"revpos\":1,"
                        + "\"digest\":\"md5-XUFAKrxLKna5cZ2REBfFkg==\",\"length\":5,\"follows\":true}}}"
                        + "\r\n--I\r\nContent-Disposition: attachment; filename=\"x\"\r\nContent-Type: x/y"
                        + "\r\nContent-Length: 5\r\n\r\nhello\r\n--I--"
                        + "\r\n--B\r\nContent-Type: application/json; error=\"true\"\r\n\r\n"
                        + "{\"rev\":\"undefined\",\"reason\":\"missing\",\"id\":\"no\",\"error\":\"not_found\"}"
                        + "\r\n--B--\r\n",
                answer.text().replace(boundary, "B").replace(inner, "I"));
        assertEquals(
                "",
                server.post(db + "/_bulk_get", "{\"docs\":[]}", "Accept", "multipart/related")
                        .text());
    }

    @Test
    void bulkDocs_replacesMoreThanOneWriteMay_isDoneInSeveralBlocks() {
        bulk("{\"docs\":[" + VALIDATING + "]}");
        List<String> edits = smallEditsOfLargeDocuments();
        edits.set(7, "{\"_id\":\"large7\",\"_rev\":\"1-none\"}");
        List<String> validated = new ArrayList<>();
        ENGINE.validation(document -> validated.add(document.get("_id").asString()));
        long block = block();
        Answer answer = bulk("{\"docs\":[" + String.join(",", edits) + "]}");
        JsonNode rows = answer.json();
        assertEquals(EDITS, rows.size());
        for (int i = 0; i < EDITS; i++) {
            assertEquals("large" + i, rows.get(i).get("id").asString());
            assertEquals(i == 7, rows.get(i).has("error"), rows.get(i)::toString);
        }
        assertTrue(block() > block + 1, "one block has not enough room");
        assertTrue(answer.header("Archipel-Block").startsWith(block() + "-0x"), "the last one");
        assertEquals(EDITS - 1, validated.size(), "each once, but for that which cannot be written");
    }

    @Test
    void bulkDocs_laterPartFails_saysOfEachDocumentWhatBecameOfIt() {
        List<String> edits = smallEditsOfLargeDocuments();
        // The first part brings a function by which the others are validated; meanwhile somebody deletes the database.
        edits.addFirst(VALIDATING);
        edits.addFirst("{\"_id\":\"_local/l\"}");
        ENGINE.validation(document -> {
            if (server.node().find(db.substring(1)) != null) {
                server.node().delete(db.substring(1));
            }
        });
        Answer answer = bulk("{\"docs\":[" + String.join(",", edits) + "]}");
        assertEquals(201, answer.status(), answer.text());
        JsonNode rows = answer.json();
        assertEquals(edits.size(), rows.size());
        assertEquals("not_found", rows.get(0).get("error").asString(), "after the others, and so not at all");
        for (int i = 1; i < rows.size(); i++) {
            boolean first = i < 1 + (EDITS + 1) / 2;
            assertEquals(first, rows.get(i).has("rev"), answer.text());
            assertEquals(first ? "" : "not_found", rows.get(i).path("error").asString(""), answer.text());
        }
    }

    private long block() {
        return server.node().database(db.substring(1)).state().head().number();
    }

    private List<String> smallEditsOfLargeDocuments() {
        String large = "x".repeat(2 << 20);
        List<String> edits = new ArrayList<>();
        for (int i = 0; i < EDITS; i++) {
            String revision = bulk("{\"docs\":[{\"_id\":\"large" + i + "\",\"v\":\"" + large + "\"}]}")
                    .json()
                    .get(0)
                    .get("rev")
                    .asString();
            edits.add("{\"_id\":\"large" + i + "\",\"_rev\":\"" + revision + "\"}");
        }
        return edits;
    }

    @Test
    void bulkDocs_refusedRevisionThatIsLong_isNotRepeated() {
        String answer = bulk("{\"new_edits\":false,\"docs\":[{\"_id\":\"a\",\"_rev\":\"1-" + "x".repeat(1_000_000)
                        + "\"}]}")
                .text();
        assertTrue(answer.length() < 1_000, () -> answer.length() + " bytes");
        assertTrue(answer.startsWith("[{\"id\":\"a\",\"error\":\"bad_request\""), answer);
    }

    @Test
    void bulkGet_latestAndRevs_showWhatGrewFromARevision() {
        bulk("{\"new_edits\":false,\"docs\":[{\"_id\":\"a\",\"_revisions\":{\"start\":2,\"ids\":[\"b\",\"a\"]}}]}");
        JsonNode found = server.post(
                        db + "/_bulk_get?latest=true&revs=true", "{\"docs\":[{\"id\":\"a\",\"rev\":\"1-a\"}]}")
                .json();
        assertEquals(
                "{\"_id\":\"a\",\"_rev\":\"2-b\",\"_revisions\":{\"start\":2,\"ids\":[\"b\",\"a\"]}}",
                found.get("results").get(0).get("docs").get(0).get("ok").toString());
    }

    @Test
    void bulkGet_badRequests_areRefused() {
        assertEquals(
                "400 bad_request: Missing JSON list of 'docs'.",
                server.post(db + "/_bulk_get", "{}").refusal());
        for (String name : new String[] {"rev", "open_revs", "atts_since", "w", "new_edits"}) {
            assertEquals(
                    "400 bad_request: \"" + name + "\" query parameter is not acceptable",
                    server.post(db + "/_bulk_get?" + name, "{\"docs\":[]}").refusal());
        }
        assertEquals(
                "{\"results\":[]}\n",
                server.post(db + "/_bulk_get", "{\"docs\":[]}").text());
    }

    private static String error(String rev, String reason, String id, String error) {
        return "{\"error\":{\"rev\":" + rev + ",\"reason\":\"" + reason + "\",\"id\":" + id + ",\"error\":\"" + error
                + "\"}}";
    }

    private Answer bulk(String body) {
        return server.post(db + "/_bulk_docs", body);
    }
}
