package archipel.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.http.RawClient;
import archipel.http.RawClient.Answer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentHandlerTest {
    @TempDir
    static Path directory;

    private static TestNode node;

    @BeforeAll
    static void start() {
        node = new TestNode(directory.resolve("data"));
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static void assertError(int status, String error, String reason, Answer answer) {
        assertEquals("{\"error\":\"" + error + "\",\"reason\":\"" + reason + "\"}\n", answer.text());
        assertEquals(status, answer.status());
    }

    @Test
    void put_newDocument_isReadBackAsItCame() throws IOException {
        Answer put = node.put("/db/first", "{\"n\":1.50,\"big\":123456789012345678901234567890,\"s\":\"é\\u00e9\"}");
        assertEquals(201, put.status());
        String rev = node.revision(put);
        assertEquals("{\"ok\":true,\"id\":\"first\",\"rev\":\"" + rev + "\"}\n", put.text());
        assertEquals("\"" + rev + "\"", put.header("etag"));
        assertEquals("http://h/db/first", put.header("location"));
        assertTrue(put.header("archipel-block").matches("\\d+-0x[0-9a-f]{64}"), put.header("archipel-block"));

        Answer get = node.get("/db/first");
        assertEquals(200, get.status());
        assertEquals(
                "{\"_id\":\"first\",\"_rev\":\"" + rev
                        + "\",\"n\":1.50,\"big\":123456789012345678901234567890,\"s\":\"é\\u00e9\"}\n",
                get.text());
        assertEquals("\"" + rev + "\"", get.header("etag"));
        assertEquals("application/json", get.header("content-type"));
        assertEquals("must-revalidate", get.header("cache-control"));
        assertTrue(get.headers().containsKey("archipel-block"));

        Answer head = node.request("HEAD", "/db/first", "");
        assertEquals(Integer.toString(get.bytes().length), head.header("content-length"));
        assertEquals(
                304,
                node.request("GET", "/db/first", "", "If-None-Match: \"" + rev + "\"")
                        .status());
    }

    @Test
    void put_everyWayToGiveTheRevision_isAnUpdate() throws IOException {
        String first = node.revision(node.put("/db/ways", "{}"));
        String second = node.revision(node.put("/db/ways?rev=" + first, "{\"a\":2}"));
        String third = node.revision(node.put("/db/ways", "{\"_rev\":\"" + second + "\",\"a\":3}"));
        String fourth = node.revision(node.put("/db/ways", "{\"a\":4}", "If-Match: \"" + third + "\""));
        assertTrue(fourth.startsWith("4-"));
        assertError(
                400,
                "bad_request",
                "Document rev from request body and query string have different values",
                node.put("/db/ways?rev=" + first, "{\"_rev\":\"" + fourth + "\"}"));
        assertError(
                400,
                "bad_request",
                "Document rev and etag have different values",
                node.put("/db/ways?rev=" + fourth, "{}", "If-Match: " + first));
        assertError(400, "bad_request", "Invalid rev format", node.put("/db/ways?rev=x", "{}"));
    }

    @Test
    void put_staleOrNoRevision_isAConflict() throws IOException {
        String first = node.revision(node.put("/db/stale", "{}"));
        node.put("/db/stale?rev=" + first, "{\"a\":1}");
        for (String target : new String[] {"/db/stale", "/db/stale?rev=" + first, "/db/nothing?rev=" + first}) {
            assertError(409, "conflict", "Document update conflict.", node.put(target, "{\"a\":2}"));
        }
    }

    @Test
    void put_badInput_isRefusedWithCouchDbsTexts() throws IOException {
        assertError(400, "bad_request", "invalid UTF-8 JSON", node.put("/db/bad", "{\"a\":"));
        assertError(400, "bad_request", "invalid UTF-8 JSON", node.put("/db/bad", ""));
        assertError(400, "bad_request", "Document must be a JSON object", node.put("/db/bad", "[]"));
        assertError(400, "doc_validation", "Bad special document member: _x", node.put("/db/bad", "{\"_x\":1}"));
        assertError(
                400,
                "illegal_docid",
                "Only reserved document ids may start with underscore.",
                node.put("/db/_foo", "{}"));
        assertError(404, "not_found", "Database does not exist.", node.put("/nodb/x", "{}"));
        assertError(404, "not_found", "missing", node.get("/db/bad"));
        Answer unknown = node.request("PATCH", "/db/x", "{}");
        assertEquals(405, unknown.status());
        assertEquals("DELETE,GET,HEAD,POST,PUT,COPY", unknown.header("allow"));
    }

    @Test
    void ids_withSlashesUnicodeAndReservedPrefixes_areOneDocument() throws IOException {
        String[][] same = {
            {"/db/a%2Fb%2Fc", "a/b/c"},
            {"/db/%F0%9F%90%99", "\uD83D\uDC19"},
            {"/db/a%2Bb+c", "a+b c"},
            {"/db/q%22%5C", "q\\\"\\\\"},
            {"/db/_design%2Fone", "_design/one"},
        };
        for (String[] pair : same) {
            assertEquals(201, node.put(pair[0], "{}").status(), pair[0]);
            assertTrue(node.get(pair[0]).text().startsWith("{\"_id\":\"" + pair[1] + "\","), pair[0]);
        }
        assertEquals(200, node.get("/db/_design/one").status());
        assertEquals(
                "http://h/db/_design%2Ftwo", node.put("/db/_design/two", "{}").header("location"));
    }

    @Test
    void delete_leaf_leavesATombstoneThatCanBeRevived() throws IOException {
        String first = node.revision(node.put("/db/gone", "{\"a\":1}"));
        assertError(409, "conflict", "Document update conflict.", node.request("DELETE", "/db/gone", ""));
        Answer deleted = node.request("DELETE", "/db/gone?rev=" + first, "");
        assertEquals(200, deleted.status());
        String second = node.revision(deleted);
        assertEquals("\"" + second + "\"", deleted.header("etag"));
        assertError(404, "not_found", "deleted", node.get("/db/gone"));
        assertError(404, "not_found", "deleted", node.request("DELETE", "/db/gone?rev=" + second, ""));
        assertError(404, "not_found", "missing", node.request("DELETE", "/db/never?rev=" + second, ""));
        assertEquals(
                "{\"_id\":\"gone\",\"_rev\":\"" + second + "\",\"_deleted\":true}\n",
                node.get("/db/gone?rev=" + second).text());
        assertEquals(
                "{\"_id\":\"gone\",\"_rev\":\"" + first + "\",\"a\":1}\n",
                node.get("/db/gone?rev=" + first).text());
        String third = node.revision(node.put("/db/gone", "{\"a\":3}"));
        assertTrue(third.startsWith("3-"));
        assertEquals(
                200,
                node.put("/db/gone", "{\"_rev\":\"" + third + "\",\"_deleted\":true,\"why\":1}")
                        .status());
    }

    @Test
    void create_withAndWithoutId_answers201() throws IOException {
        Answer made = node.request("POST", "/db", "{\"a\":1}", "Content-Type: application/json");
        assertEquals(201, made.status());
        assertTrue(made.text().contains("\"id\":\"made-"), made.text());
        assertEquals("", made.header("etag"));
        Answer named =
                node.request("POST", "/db/", "{\"_id\":\"posted\"}", "Content-Type: application/json;charset=utf-8");
        assertEquals("http://h/db/posted", named.header("location"));
        assertError(
                415,
                "bad_content_type",
                "Content-Type must be application/json",
                node.request("POST", "/db", "{}", "Content-Type: text/plain"));
        Answer batch = node.request("POST", "/db?batch=ok", "{\"_id\":\"batched\"}", "Content-Type: application/json");
        assertEquals(202, batch.status());
        assertEquals("{\"ok\":true,\"id\":\"batched\"}\n", batch.text());
        assertEquals(200, node.get("/db/batched").status());
        assertEquals(202, node.put("/db/batched?batch=ok", "{}").status());
    }

    @Test
    void put_newEditsFalse_buildsTheTreeThatIsGiven() throws IOException {
        assertEquals(
                201,
                node.put("/db/tree?new_edits=false", "{\"_rev\":\"1-a\",\"v\":1}")
                        .status());
        Answer given = node.put(
                "/db/tree?new_edits=false",
                "{\"_revisions\":{\"start\":3,\"ids\":[\"c\",\"b\",\"a\"]},\"_rev\":\"3-c\",\"v\":3}");
        assertEquals("3-c", node.revision(given));
        node.put("/db/tree?new_edits=false", "{\"_revisions\":{\"start\":2,\"ids\":[\"x\",\"a\"]},\"v\":\"x\"}");
        node.put("/db/tree?new_edits=false", "{\"_revisions\":{\"start\":2,\"ids\":[\"d\",\"a\"]},\"_deleted\":true}");
        assertError(
                400,
                "bad_request",
                "When `new_edits: false`, the document needs `_rev` or `_revisions` specified",
                node.put("/db/tree?new_edits=false", "{}"));

        Answer meta = node.get("/db/tree?revs=true&meta=true&local_seq=true");
        assertEquals("", meta.header("etag"));
        String text = meta.text();
        assertTrue(
                text.startsWith(
                        "{\"_id\":\"tree\",\"_rev\":\"3-c\",\"v\":3,\"_revisions\":{\"start\":3,\"ids\":[\"c\",\"b\","
                                + "\"a\"]},\"_revs_info\":[{\"rev\":\"3-c\",\"status\":\"available\"},{\"rev\":\"2-b\","
                                + "\"status\":"
                                + "\"missing\"},{\"rev\":\"1-a\",\"status\":\"available\"}],\"_conflicts\":[\"2-x\"],"
                                + "\"_deleted_conflicts\":[\"2-d\"],\"_local_seq\":"),
                text);
        assertError(404, "not_found", "missing", node.get("/db/tree?rev=2-b"));
        assertEquals(
                "{\"_id\":\"tree\",\"_rev\":\"3-c\",\"v\":3}\n",
                node.get("/db/tree?rev=1-a&latest=true").text());
        // Not the winner, but what was made of the revision named.
        assertEquals(
                "{\"_id\":\"tree\",\"_rev\":\"2-x\",\"v\":\"x\"}\n",
                node.get("/db/tree?rev=2-x&latest=true").text());
        assertEquals(
                "[{\"ok\":{\"_id\":\"tree\",\"_rev\":\"2-d\",\"_deleted\":true}},{\"ok\":{\"_id\":\"tree\",\"_rev\":"
                        + "\"2-x\",\"v\":\"x\"}},{\"ok\":{\"_id\":\"tree\",\"_rev\":\"3-c\",\"v\":3}}]\n",
                node.get("/db/tree?open_revs=all").text());
        assertEquals(
                "[{\"ok\":{\"_id\":\"tree\",\"_rev\":\"1-a\",\"v\":1}},{\"missing\":\"2-b\"},{\"missing\":\"9-z\"}]\n",
                node.get("/db/tree?open_revs=[\"9-z\",\"1-a\",\"2-b\"]")
                        .text()
                        .replace("9-z\"},{\"missing\":\"2-b", "2-b\"},{\"missing\":\"9-z"));
        assertTrue(node.get("/db/tree?open_revs=[\"1-a\"]&latest=true").text().contains("\"3-c\""));
        assertEquals(
                "[{\"missing\":\"1-a\"}]\n",
                node.get("/db/none?open_revs=[\"1-a\"]").text());
        assertError(404, "not_found", "missing", node.get("/db/none?open_revs=all"));
        assertEquals(200, node.get("/db/tree?open_revs=[]").status());
        // What is no part of a revision is not repeated with each of them.
        assertEquals(
                node.get("/db/tree?open_revs=all").text(),
                node.get("/db/tree?open_revs=all&meta=true&local_seq=true").text());
    }

    @Test
    void openRevs_multipartAccepted_comesInParts() throws IOException {
        node.put("/db/parts?new_edits=false", "{\"_rev\":\"1-a\",\"v\":1}");
        Answer answer = node.request("GET", "/db/parts?open_revs=[\"1-a\",\"1-b\"]", "", "Accept: multipart/mixed");
        String type = answer.header("content-type");
        assertTrue(type.matches("multipart/mixed; boundary=\"[0-9a-f]{32}\""), type);
        String boundary = type.substring(type.indexOf('"') + 1, type.length() - 1);
        assertEquals(
                "--" + boundary + "\r\nContent-Type: application/json\r\n\r\n"
                        + "{\"_id\":\"parts\",\"_rev\":\"1-a\",\"v\":1}\r\n--" + boundary
                        + "\r\nContent-Type: application/json; error=\"true\"\r\n\r\n{\"missing\":\"1-b\"}\r\n--"
                        + boundary
                        + "--",
                answer.text());
    }

    /** CouchDB 3.5's replicator never goes on after a part without content. */
    @Test
    void openRevs_attachmentWithoutContent_isInline() throws IOException {
        node.put("/db/empty", "{\"_attachments\":{\"e\":{\"content_type\":\"text/plain\",\"data\":\"\"}}}");
        String empty = "\"_attachments\":{\"e\":{\"content_type\":\"text/plain\",\"revpos\":1,"
                + "\"digest\":\"md5-1B2M2Y8AsgTpgAmY7PhCfg==\",\"data\":\"\"}";
        String alone = node.request("GET", "/db/empty?open_revs=all", "", "Accept: multipart/mixed")
                .text();
        assertTrue(alone.contains("\r\nContent-Type: application/json\r\n"), alone);
        assertTrue(alone.contains(empty + "}}\r\n--"), alone);
        node.put(
                "/db/both",
                "{\"_attachments\":{\"e\":{\"content_type\":\"text/plain\",\"data\":\"\"},"
                        + "\"f\":{\"content_type\":\"text/plain\",\"data\":\"YQ==\"}}}");
        String both = node.request("GET", "/db/both?open_revs=all", "", "Accept: multipart/mixed")
                .text();
        assertTrue(both.contains(empty + ",\"f\":{"), both);
        assertFalse(both.contains("filename=\"e\""), both);
        assertTrue(both.contains("filename=\"f\""), both);
    }

    @Test
    void copy_toNewAndExisting_carriesTheBody() throws IOException {
        String source = node.revision(node.put("/db/source", "{\"a\":1}"));
        Answer copy = node.request("COPY", "/db/source", "", "Destination: copied%2Fhere");
        assertEquals(201, copy.status());
        assertEquals("http://h/db/copied%2Fhere", copy.header("location"));
        String rev = node.revision(copy);
        assertEquals(
                "{\"_id\":\"copied/here\",\"_rev\":\"" + rev + "\",\"a\":1}\n",
                node.get("/db/copied%2Fhere").text());
        assertError(
                409,
                "conflict",
                "Document update conflict.",
                node.request("COPY", "/db/source", "", "Destination: copied%2Fhere"));
        assertTrue(node.revision(
                        node.request("COPY", "/db/source?rev=" + source, "", "Destination: copied%2Fhere?rev=" + rev))
                .startsWith("2-"));
        assertError(
                400,
                "bad_request",
                "Destination header is mandatory for COPY.",
                node.request("COPY", "/db/source", ""));
        assertError(
                400,
                "bad_request",
                "Destination URL must be relative.",
                node.request("COPY", "/db/source", "", "Destination: http://h/db/x"));
    }

    @Test
    void local_document_countsUpAndNeverConflicts() throws IOException {
        Answer put = node.put("/db/_local/check", "{\"a\":1}");
        assertEquals(201, put.status());
        assertEquals("0-1", node.revision(put));
        assertEquals("http://h/db/_local%2Fcheck", put.header("location"));
        assertEquals("0-2", node.revision(node.put("/db/_local%2Fcheck", "{\"_rev\":\"0-1\",\"a\":2}")));
        assertEquals(
                "{\"_id\":\"_local/check\",\"_rev\":\"0-2\",\"a\":2}\n",
                node.get("/db/_local/check").text());
        assertError(404, "not_found", "missing", node.get("/db/_local/other"));
        assertError(400, "bad_request", "Invalid _local document id.", node.put("/db/_local/", "{}"));
        assertError(
                400,
                "bad_request",
                "_local documents do not accept attachments.",
                node.put("/db/_local/check/file", "{}"));
        assertEquals("0-0", node.revision(node.request("DELETE", "/db/_local/check", "")));
        assertError(404, "not_found", "missing", node.request("DELETE", "/db/_local/check", ""));
        assertEquals(
                "0-1",
                node.revision(
                        node.request("POST", "/db", "{\"_id\":\"_local/posted\"}", "Content-Type: application/json")));
    }

    @Test
    void put_bodyEndsEarly_changesNothing() throws IOException, InterruptedException {
        long before = node.database().state().head().number();
        try (RawClient client = new RawClient(node.port())) {
            client.send("PUT /db/early HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\n{\"a\":1}")
                    .endOutput();
            assertTrue(client.isClosed());
        }
        assertEquals(before, node.database().state().head().number());
        assertFalse(node.get("/db/early").status() == 200);
    }
}
