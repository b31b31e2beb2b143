package archipel.documents;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.http.RawClient;
import archipel.http.RawClient.Answer;
import archipel.mime.MultipartReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttachmentHandlerTest {
    private static final String HELLO_MD5 = "XUFAKrxLKna5cZ2REBfFkg==";

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

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return out.toByteArray();
    }

    private static String md5(byte[] bytes) throws NoSuchAlgorithmException {
        return Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("MD5").digest(bytes));
    }

    @Test
    void put_newDocument_isReadBackWithItsHeaders() throws IOException {
        Answer put = node.request("PUT", "/db/pic/a/b%2Fc.txt", "hello", "Content-Type: text/plain");
        assertEquals(201, put.status());
        assertEquals("http://h/db/pic/a%2Fb%2Fc.txt", put.header("location"));
        assertEquals("", put.header("etag"));
        String rev = node.revision(put);
        Answer get = node.request("GET", "/db/pic/a/b/c.txt", "");
        assertEquals("hello", get.text());
        assertEquals("text/plain", get.header("content-type"));
        assertEquals("\"" + HELLO_MD5 + "\"", get.header("etag"));
        assertEquals("bytes", get.header("accept-ranges"));
        assertEquals("sandbox", get.header("content-security-policy"));
        assertEquals("5", node.request("HEAD", "/db/pic/a/b/c.txt", "").header("content-length"));
        assertEquals(
                304,
                node.request("GET", "/db/pic/a/b/c.txt", "", "If-None-Match: \"" + HELLO_MD5 + "\"")
                        .status());
        assertEquals(
                "{\"_id\":\"pic\",\"_rev\":\"" + rev + "\",\"_attachments\":{\"a/b/c.txt\":{\"content_type\":"
                        + "\"text/plain\",\"revpos\":1,\"digest\":\"md5-" + HELLO_MD5
                        + "\",\"length\":5,\"stub\":true}}}\n",
                node.get("/db/pic").text());
    }

    @Test
    void put_overRevisions_keepsTheOthersAndTheirPositions() throws IOException {
        String first = node.revision(node.request("PUT", "/db/two/z", "1", "Content-Type: a/b"));
        assertError(409, "conflict", "Document update conflict.", node.request("PUT", "/db/two/a", "2"));
        assertError(409, "not_found", "missing_rev", node.request("PUT", "/db/two/a?rev=5-x", "2"));
        assertError(409, "not_found", "missing_rev", node.request("PUT", "/db/none/a?rev=5-x", "2"));
        String second = node.revision(node.request("PUT", "/db/two/a", "2", "If-Match: \"" + first + "\""));
        assertError(409, "conflict", "Document update conflict.", node.request("PUT", "/db/two/b?rev=" + first, "3"));
        String text = node.get("/db/two").text();
        assertTrue(text.contains("{\"a\":{\"content_type\":\"application/octet-stream\",\"revpos\":2"), text);
        assertTrue(text.contains("\"z\":{\"content_type\":\"a/b\",\"revpos\":1"), text);
        assertError(
                400,
                "bad_request",
                "Attachment name '_a' starts with prohibited character '_'",
                node.request("PUT", "/db/two/_a?rev=" + second, "3"));
        assertEquals("1", node.request("GET", "/db/two/z?rev=" + first, "").text());
        assertError(404, "not_found", "Document is missing attachment", node.get("/db/two/a?rev=" + first));

        Answer deleted = node.request("DELETE", "/db/two/z?rev=" + second, "");
        assertEquals(200, deleted.status());
        assertFalse(node.get("/db/two").text().contains("\"z\""));
        assertError(
                404,
                "not_found",
                "Document is missing attachment",
                node.request("DELETE", "/db/two/z?rev=" + node.revision(deleted), ""));
        assertError(409, "conflict", "Document update conflict.", node.request("DELETE", "/db/two/a", ""));
    }

    @Test
    void put_gzipEncoded_isKeptAndDecodedForThoseWhoCannot() throws IOException, NoSuchAlgorithmException {
        String text = "compress me ".repeat(100);
        byte[] packed = gzip(text);
        node.request("PUT", "/db/zip/t", packed, "Content-Type: text/plain", "Content-Encoding: gzip");
        Answer asStored = node.request("GET", "/db/zip/t", "", "Accept-Encoding: gzip");
        assertEquals("gzip", asStored.header("content-encoding"));
        assertArrayEquals(packed, asStored.bytes());
        assertEquals("none", asStored.header("accept-ranges"));
        Answer decoded = node.request("GET", "/db/zip/t", "");
        assertEquals("", decoded.header("content-encoding"));
        assertEquals(text, decoded.text());
        assertEquals("\"" + md5(packed) + "\"", decoded.header("etag"));
        String shown = node.get("/db/zip?att_encoding_info=true").text();
        assertTrue(
                shown.contains(
                        "\"length\":1200,\"stub\":true,\"encoding\":\"gzip\",\"encoded_length\":" + packed.length),
                shown);
        String inline = node.get("/db/zip?attachments=true").text();
        assertTrue(
                inline.contains(
                        "\"data\":\"" + Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))),
                inline);
        assertError(
                415,
                "bad_content_type",
                "Only gzip and identity content-encodings are supported",
                node.request("PUT", "/db/zip2/t", "x", "Content-Encoding: br"));
    }

    @Test
    void put_md5Differs_isRefused() throws IOException {
        assertEquals(
                201,
                node.request("PUT", "/db/sum/a", "hello", "Content-MD5: " + HELLO_MD5)
                        .status());
        assertEquals(
                400,
                node.request("PUT", "/db/sum2/a", "hallo", "Content-MD5: " + HELLO_MD5)
                        .status());
        assertEquals(404, node.get("/db/sum2").status());
    }

    @Test
    void put_endsEarly_changesNothing() throws IOException {
        try (RawClient client = new RawClient(node.port())) {
            client.send("PUT /db/cut/a HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\nhello")
                    .endOutput();
            assertTrue(client.isClosed());
        }
        assertEquals(404, node.get("/db/cut").status());
    }

    @Test
    void get_ranges_areAnsweredAsCouchDbDoes() throws IOException {
        node.request("PUT", "/db/range/a", "0123456789", "Content-Type: text/plain");
        String[][] expected = {
            {"bytes=2-4", "206", "bytes 2-4/10", "234"},
            {"bytes=7-", "206", "bytes 7-9/10", "789"},
            {"bytes=-3", "206", "bytes 7-9/10", "789"},
            {"bytes=5-99", "206", "bytes 5-9/10", "56789"},
            {"bytes=0-", "200", "", "0123456789"},
            {"bytes=x-2", "200", "", "0123456789"},
            {"lines=1-2", "200", "", "0123456789"},
        };
        for (String[] one : expected) {
            Answer answer = node.request("GET", "/db/range/a", "", "Range: " + one[0]);
            assertEquals(Integer.parseInt(one[1]), answer.status(), one[0]);
            assertEquals(one[2], answer.header("content-range"), one[0]);
            assertEquals(one[3], answer.text(), one[0]);
        }
        for (String range : new String[] {"bytes=4-2", "bytes=10-12", "bytes=10-"}) {
            Answer refused = node.request("GET", "/db/range/a", "", "Range: " + range);
            assertError(416, "requested_range_not_satisfiable", "Requested range not satisfiable", refused);
            assertEquals("bytes */10", refused.header("content-range"));
        }
        Answer several = node.request("GET", "/db/range/a", "", "Range: bytes=0-1, 4-5");
        assertEquals(206, several.status());
        String type = several.header("content-type");
        String boundary = type.substring(type.indexOf('"') + 1, type.length() - 1);
        assertEquals(
                "--" + boundary + "\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01\r\n--"
                        + boundary + "\r\nContent-Type: text/plain\r\nContent-Range: bytes 4-5/10\r\n\r\n45\r\n--"
                        + boundary + "--",
                several.text());
    }

    @Test
    void document_inlineAndStubs_areResolved() throws IOException {
        String first = node.revision(node.put(
                "/db/inline",
                "{\"a\":1,\"_attachments\":{\"x\":{\"content_type\":\"text/plain\",\"data\":\"aGVsbG8=\"},"
                        + "\"b\":{\"data\":\"\"}}}"));
        String shown = node.get("/db/inline?attachments=true").text();
        assertTrue(
                shown.contains("\"x\":{\"content_type\":\"text/plain\",\"revpos\":1,\"digest\":\"md5-" + HELLO_MD5
                        + "\",\"data\":\"aGVsbG8=\"}"),
                shown);
        String second = node.revision(node.put(
                "/db/inline?rev=" + first,
                "{\"_attachments\":{\"x\":{\"stub\":true,\"revpos\":1},\"y\":{\"data\":\"eQ==\"}}}"));
        shown = node.get("/db/inline").text();
        assertFalse(shown.contains("\"b\""), shown);
        assertTrue(shown.contains("\"x\":{\"content_type\":\"text/plain\",\"revpos\":1,"), shown);
        assertTrue(shown.contains("\"y\":{\"content_type\":\"application/octet-stream\",\"revpos\":2,"), shown);
        for (String stub : new String[] {"{\"q\":{\"stub\":true}}", "{\"q\":{\"stub\":true,\"revpos\":7}}"}) {
            assertError(
                    412,
                    "missing_stub",
                    "Invalid attachment stub in inline for q",
                    node.put("/db/inline?rev=" + second, "{\"_attachments\":" + stub + "}"));
        }
        assertError(
                412,
                "missing_stub",
                "Invalid attachment stub in inline for x",
                node.put("/db/inline?rev=" + second, "{\"_attachments\":{\"x\":{\"stub\":true,\"revpos\":2}}}"));
        assertError(
                412,
                "missing_stub",
                "Invalid attachment stub in nostub for x",
                node.put("/db/nostub", "{\"_attachments\":{\"x\":{\"stub\":true}}}"));
        assertError(
                409,
                "conflict",
                "Document update conflict.",
                node.put("/db/inline?rev=" + first, "{\"_attachments\":{\"x\":{\"stub\":true}}}"));
        assertError(
                400,
                "bad_request",
                "Invalid attachment data for x",
                node.put("/db/nostub", "{\"_attachments\":{\"x\":{\"data\":\"!\"}}}"));
    }

    @Test
    void bulk_foreignRevisionsWithStubs_findTheContentOfOtherLeaves() throws IOException {
        for (int i = 0; i < 3; i++) {
            node.put(
                    "/db/leaves?new_edits=false",
                    "{\"_rev\":\"1-" + i + "\",\"_attachments\":{\"x" + i + "\":{\"data\":\"aGVsbG8=\"}}}");
        }
        for (int i = 0; i < 3; i++) {
            Answer stub = node.put(
                    "/db/leaves?new_edits=false",
                    "{\"_rev\":\"1-s" + i + "\",\"_attachments\":{\"x" + i + "\":{\"stub\":true,\"digest\":\"md5-"
                            + HELLO_MD5 + "\"}}}");
            assertEquals(201, stub.status(), stub.text());
            assertEquals(
                    "hello",
                    node.request("GET", "/db/leaves/x" + i + "?rev=1-s" + i, "").text());
        }
        assertError(
                412,
                "missing_stub",
                "Previous revision missing for document leaves",
                node.put(
                        "/db/leaves?new_edits=false",
                        "{\"_rev\":\"1-t\",\"_attachments\":{\"y\":{\"stub\":true,\"digest\":\"md5-" + HELLO_MD5
                                + "\"}}}"));
    }

    @Test
    void document_foreignRevisionWithStub_findsTheAncestorsContent() throws IOException {
        node.put("/db/foreign?new_edits=false", "{\"_rev\":\"1-a\",\"_attachments\":{\"x\":{\"data\":\"aGVsbG8=\"}}}");
        Answer child = node.put(
                "/db/foreign?new_edits=false",
                "{\"_revisions\":{\"start\":3,\"ids\":[\"c\",\"b\",\"a\"]},\"_attachments\":{\"x\":{\"stub\":true,"
                        + "\"revpos\":1,\"digest\":\"md5-" + HELLO_MD5 + "\"}}}");
        assertEquals(201, child.status(), child.text());
        assertEquals("hello", node.request("GET", "/db/foreign/x", "").text());
        assertError(
                412,
                "missing_stub",
                "Previous revision missing for document foreign",
                node.put(
                        "/db/foreign?new_edits=false",
                        "{\"_revisions\":{\"start\":2,\"ids\":[\"q\",\"p\"]},"
                                + "\"_attachments\":{\"x\":{\"stub\":true}}}"));
    }

    @Test
    void multipart_bothDirections_keepOrderAndBytes() throws IOException {
        byte[] packed = gzip("packed content");
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(("--abc\r\nContent-Type: application/json\r\n\r\n{\"v\":1,\"_attachments\":{"
                        + "\"z\":{\"follows\":true,\"content_type\":\"text/plain\",\"length\":5},"
                        + "\"a\":{\"follows\":true,\"content_type\":\"text/x\",\"encoding\":\"gzip\",\"length\":14,"
                        + "\"encoded_length\":" + packed.length + "},"
                        + "\"i\":{\"data\":\"aQ==\"}}}\r\n--abc\r\n\r\nhello\r\n--abc\r\nWhat: ever\r\n\r\n")
                .getBytes(StandardCharsets.UTF_8));
        body.writeBytes(packed);
        body.writeBytes("\r\n--abc--".getBytes(StandardCharsets.UTF_8));
        Answer put =
                node.request("PUT", "/db/mime", body.toByteArray(), "Content-Type: multipart/related;boundary=\"abc\"");
        assertEquals(201, put.status(), put.text());
        assertEquals("hello", node.request("GET", "/db/mime/z", "").text());
        assertEquals("packed content", node.request("GET", "/db/mime/a", "").text());

        Answer get = node.request("GET", "/db/mime?attachments=true", "");
        String type = get.header("content-type");
        assertTrue(type.startsWith("multipart/related; boundary=\""), type);
        MultipartReader parts =
                new MultipartReader(new java.io.ByteArrayInputStream(get.bytes()), MultipartReader.boundary(type));
        String json = new String(parts.next().content().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(
                json.indexOf("\"a\":{") < json.indexOf("\"i\":{") && json.indexOf("\"i\":{") < json.indexOf("\"z\":{"),
                json);
        assertTrue(json.contains("\"follows\":true,\"encoding\":\"gzip\",\"encoded_length\":" + packed.length), json);
        MultipartReader.Part a = parts.next();
        assertEquals("attachment; filename=\"a\"", a.header("content-disposition"));
        assertEquals("gzip", a.header("content-encoding"));
        assertArrayEquals(packed, a.content().readAllBytes());
        assertEquals("i", new String(parts.next().content().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals("hello", new String(parts.next().content().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals(null, parts.next());

        // What one node sends, another takes as it is.
        Answer again = node.request(
                "PUT", "/db/mime2?new_edits=false", get.bytes(), "Content-Type: " + type.replace("; ", ";"));
        assertEquals(201, again.status(), again.text());
        assertEquals("packed content", node.request("GET", "/db/mime2/a", "").text());
        assertEquals(
                Integer.toString(get.bytes().length),
                node.request("HEAD", "/db/mime?attachments=true", "").header("content-length"));
    }

    @Test
    void multipart_attsSinceKnown_sendsOnlyTheNewer() throws IOException {
        String first = node.revision(node.request("PUT", "/db/since/old", "old"));
        String second = node.revision(node.request("PUT", "/db/since/new?rev=" + first, "new"));
        Answer get = node.request("GET", "/db/since?atts_since=[\"" + first + "\"]&revs=true", "");
        String text = get.text();
        assertTrue(text.contains("\"length\":3,\"stub\":true}"), text);
        assertTrue(text.contains("\"length\":3,\"follows\":true}"), text);
        assertTrue(text.contains("\r\n\r\nnew\r\n--"), text);
        assertFalse(text.contains("\r\n\r\nold\r\n--"), text);
        Answer json = node.get("/db/since?atts_since=[\"" + second + "\"]");
        assertFalse(json.text().contains("data"), json.text());
        Answer plain = node.request("GET", "/db/since?atts_since=[\"" + second + "\"]", "");
        assertEquals("application/json", plain.header("content-type"));
        assertError(400, "bad_request", "Invalid list of revisions", node.get("/db/since?atts_since=1"));
        Answer open =
                node.request("GET", "/db/since?open_revs=[\"" + second + "\"]&atts_since=[\"" + first + "\"]", "");
        assertTrue(open.text().contains("Content-Type: multipart/related; boundary=\""), open.text());
    }

    @Test
    void multipart_lengthsOrPartsDiffer_isRefused() throws IOException {
        String[][] cases = {
            {"\"length\":6", "hello\r\n--b--", "attachment shorter than expected"},
            {"\"length\":4", "hello\r\n--b--", "attachment longer than expected"},
            {"\"length\":5", "hello\r\n--b", "Multipart message ends before its last boundary"},
            {"\"length\":5", "hello", "Multipart message ends before its last boundary"},
            {"\"digest\":\"md5-AAAAAAAAAAAAAAAAAAAAAA==\"", "hello\r\n--b--", "md5_mismatch"},
        };
        for (String[] one : cases) {
            String body = "--b\r\ncontent-type: application/json\r\n\r\n{\"_attachments\":{\"x\":{\"follows\":true,"
                    + one[0] + "}}}\r\n--b\r\n\r\n" + one[1];
            assertError(
                    400,
                    "bad_request",
                    one[2],
                    node.request("PUT", "/db/wrong", body, "Content-Type: multipart/related;boundary=b"));
        }
        String none =
                "--b\r\ncontent-type: application/json\r\n\r\n{\"_attachments\":{\"x\":{\"follows\":true}}}\r\n--b--";
        assertError(
                400,
                "bad_request",
                "attachment shorter than expected",
                node.request("PUT", "/db/wrong", none, "Content-Type: multipart/related;boundary=b"));
        assertError(
                415,
                "bad_content_type",
                "Content-Type must be application/json",
                node.request(
                        "PUT", "/db/wrong", "--b\r\n\r\n{}\r\n--b--", "Content-Type: multipart/related;boundary=b"));
        assertEquals(404, node.get("/db/wrong").status());
    }

    @Test
    void form_filesAndRevision_areAddedToTheDocument() throws IOException {
        String rev = node.revision(node.put("/db/form", "{\"a\":1,\"_attachments\":{\"old\":{\"data\":\"aQ==\"}}}"));
        String body = "--b\r\nContent-Disposition: form-data; name=\"_rev\"\r\n\r\n" + rev
                + "\r\n--b\r\nContent-Disposition: form-data; name=\"_attachments\"; filename=\"f.txt\"\r\n"
                + "Content-Type: text/plain\r\n\r\nhello\r\n--b--\r\n";
        Answer posted = node.request(
                "POST", "/db/form", body, "Content-Type: multipart/form-data; boundary=b", "Referer: http://h/db/form");
        assertEquals(201, posted.status(), posted.text());
        assertEquals("hello", node.request("GET", "/db/form/f.txt", "").text());
        assertEquals("i", node.request("GET", "/db/form/old", "").text());
        assertTrue(node.get("/db/form").text().contains("\"a\":1"));
        assertError(400, "bad_request", "Referer header required.", node.request("POST", "/db/form", body));
        assertError(
                400,
                "bad_request",
                "Referer header must match host.",
                node.request("POST", "/db/form", body, "Referer: http://other/"));
    }

    @Test
    void copy_documentWithAttachments_carriesThem() throws IOException {
        String first = node.revision(node.request("PUT", "/db/origin/a", "hello"));
        node.put("/db/origin?rev=" + first, "{\"_attachments\":{\"a\":{\"stub\":true}}}");
        node.request("COPY", "/db/origin", "", "Destination: duplicate");
        assertEquals("hello", node.request("GET", "/db/duplicate/a", "").text());
        assertTrue(node.get("/db/duplicate").text().contains("\"revpos\":1"));
    }
}
