package archipel.documents;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DocumentEdit;
import archipel.document.Attachment;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.engine.AttachmentUpload;
import archipel.http.RawClient.Answer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attachments that are marked as gzip and are not: none comes in, and those that are there harm nobody. */
class BrokenGzipTest {
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

    private static byte[] gzip(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    private static Map<String, byte[]> broken() {
        byte[] whole = gzip("hello, hello, hello");
        byte[] checksum = whole.clone();
        checksum[whole.length - 8] ^= 1;
        Map<String, byte[]> broken = new LinkedHashMap<>();
        broken.put("plain", "not gzip at all, and long enough".getBytes(StandardCharsets.US_ASCII));
        broken.put("cut", Arrays.copyOf(whole, whole.length - 9));
        broken.put("trailerless", Arrays.copyOf(whole, whole.length - 3));
        broken.put("empty", new byte[0]);
        broken.put("checksum", checksum);
        return broken;
    }

    /** As versions stored it that did not look at the content. */
    private static void storeUnchecked(String id, byte[] content) throws IOException {
        byte[] json = "{}".getBytes(StandardCharsets.US_ASCII);
        try (AttachmentUpload upload = node.database().upload()) {
            List<Attachment> attachments = new ArrayList<>();
            for (String name : new String[] {"a", "b"}) {
                byte[] bytes = name.equals("a") ? content : gzip("the neighbour");
                Attachment plain =
                        upload.receive(name, "text/plain", null, new ByteArrayInputStream(bytes), Long.MAX_VALUE);
                attachments.add(new Attachment(
                        name,
                        "text/plain",
                        0,
                        plain.content(),
                        plain.length(),
                        plain.encodedLength(),
                        plain.md5(),
                        "gzip"));
            }
            DocumentEdit edit = new DocumentEdit.Update(
                    id, null, false, new DocumentBody(json, attachments), CanonicalJson.digest(json, 0, json.length));
            assertTrue(node.database().write(List.of(edit), false).applied());
        }
    }

    @Test
    void put_markedAsGzip_is400() throws IOException {
        for (Map.Entry<String, byte[]> one : broken().entrySet()) {
            Answer put = node.request(
                    "PUT",
                    "/db/put-" + one.getKey() + "/a",
                    one.getValue(),
                    "Content-Encoding: gzip",
                    "Content-Type: a/b");
            assertEquals(400, put.status(), one.getKey());
            assertEquals(
                    "{\"error\":\"bad_request\",\"reason\":\"Attachment a is declared as gzip, but its data is "
                            + "not.\"}\n",
                    put.text());
            assertEquals(404, node.get("/db/put-" + one.getKey()).status());
        }
        assertEquals(
                201,
                node.request("PUT", "/db/put/a", gzip("hello"), "Content-Encoding: gzip", "Content-Type: a/b")
                        .status());
    }

    @Test
    void multipart_markedAsGzip_is400() throws IOException {
        for (String query : new String[] {"", "?new_edits=false"}) {
            for (Map.Entry<String, byte[]> one : broken().entrySet()) {
                byte[] content = one.getValue();
                ByteArrayOutputStream message = new ByteArrayOutputStream();
                message.writeBytes(("--b\r\nContent-Type: application/json\r\n\r\n{"
                                + (query.isEmpty() ? "" : "\"_rev\":\"1-a\",")
                                + "\"_attachments\":{\"a\":{\"follows\":true,\"content_type\":\"a/b\","
                                + "\"encoding\":\"gzip\","
                                + "\"length\":100,\"encoded_length\":" + content.length + "}}}\r\n--b\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                message.writeBytes(content);
                message.writeBytes("\r\n--b--".getBytes(StandardCharsets.US_ASCII));
                Answer put = node.request(
                        "PUT",
                        "/db/parts-" + one.getKey() + query,
                        message.toByteArray(),
                        "Content-Type: multipart/related; boundary=b");
                assertEquals(400, put.status(), one.getKey() + put.text());
            }
        }
    }

    @Test
    void stored_readAlone_isServedAsItIs() throws IOException {
        for (Map.Entry<String, byte[]> one : broken().entrySet()) {
            storeUnchecked("alone-" + one.getKey(), one.getValue());
            for (String accepted : new String[] {"identity", "gzip"}) {
                Answer get =
                        node.request("GET", "/db/alone-" + one.getKey() + "/a", "", "Accept-Encoding: " + accepted);
                assertEquals(200, get.status());
                assertEquals("", get.header("content-encoding"), one.getKey());
                assertArrayEquals(one.getValue(), get.bytes(), one.getKey());
            }
            assertEquals(
                    String.valueOf(one.getValue().length),
                    node.request("HEAD", "/db/alone-" + one.getKey() + "/a", "").header("content-length"));
        }
    }

    @Test
    void stored_inDocuments_leavesTheNeighboursWhole() throws IOException {
        String neighbour = Base64.getEncoder().encodeToString("the neighbour".getBytes(StandardCharsets.US_ASCII));
        for (Map.Entry<String, byte[]> one : broken().entrySet()) {
            String id = "among-" + one.getKey();
            storeUnchecked(id, one.getValue());
            String json = node.get("/db/" + id + "?attachments=true").text();
            assertTrue(json.contains("\"data\":\"" + neighbour + "\""), json);
            assertTrue(json.contains("\"data\":\"" + Base64.getEncoder().encodeToString(one.getValue()) + "\""), json);
            Answer parts = node.request("GET", "/db/" + id + "?attachments=true", "", "Accept: multipart/related");
            String message = new String(parts.bytes(), StandardCharsets.ISO_8859_1);
            assertEquals(200, parts.status());
            assertEquals(1, message.split("Content-Encoding: gzip", -1).length - 1, message);
            assertEquals(1, message.split("\"encoding\":\"gzip\"", -1).length - 1, message);
            assertTrue(message.contains(new String(one.getValue(), StandardCharsets.ISO_8859_1)));
            assertEquals(
                    String.valueOf(parts.bytes().length), parts.header("content-length"), "the length that was said");
        }
    }

    @Test
    void stored_wholeWithManyMembersAndAWrongLength_isDecoded() throws IOException {
        ByteArrayOutputStream members = new ByteArrayOutputStream();
        for (int i = 0; i < 3000; i++) {
            members.writeBytes(gzip("member " + i + '\n'));
        }
        storeUnchecked("members", members.toByteArray());
        Answer get = node.request("GET", "/db/members/a", "", "Accept-Encoding: identity");
        assertTrue(get.text().endsWith("member 2999\n"));
        assertEquals(3000, get.text().lines().count());
        assertEquals(String.valueOf(get.bytes().length), get.header("content-length"));
        String json = node.get("/db/members?attachments=true").text();
        assertTrue(json.contains(Base64.getEncoder().encodeToString(get.bytes())));
    }
}
