package archipel.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.http.RawClient.Answer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads of attachments that depend on what the client has or means. */
class ConditionalAttachmentTest {
    /** Of {@code 0123456789}. */
    private static final String TAG = "\"eB5eJF1ptWaXm4bijSPyxw==\"";

    private static final String DATE = "Sat, 28 Nov 2026 10:00:00 GMT";

    @TempDir
    static Path directory;

    private static TestNode node;

    @BeforeAll
    static void start() throws IOException {
        node = new TestNode(directory.resolve("data"));
        node.request("PUT", "/db/digits/d", "0123456789", "Content-Type: text/plain");
        for (String rev : new String[] {"1-a", "1-b"}) {
            String data = rev.equals("1-a") ? "bG9zZXI=" : "d2lubmVy";
            node.put(
                    "/db/forked?new_edits=false",
                    "{\"_rev\":\"" + rev + "\",\"_attachments\":{\"d\":{\"content_type\":\"text/plain\",\"data\":\""
                            + data + "\"}}}");
        }
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static Answer range(String... more) throws IOException {
        String[] headers = new String[more.length + 1];
        headers[0] = "Range: bytes=2-4";
        System.arraycopy(more, 0, headers, 1, more.length);
        return node.request("GET", "/db/digits/d", "", headers);
    }

    @Test
    void ifRange_theTagItHas_isAnsweredWithTheRange() throws IOException {
        assertEquals(TAG, range().header("etag"));
        assertEquals("234", range().text());
        Answer answer = range("If-Range: " + TAG);
        assertEquals(206, answer.status());
        assertEquals("234", answer.text());
    }

    @Test
    void ifRange_anythingElse_isAnsweredWithTheWhole() throws IOException {
        for (String other : new String[] {"\"other\"", "W/" + TAG, DATE, TAG.replace("\"", ""), ""}) {
            Answer answer = range("If-Range: " + other);
            assertEquals(200, answer.status(), other);
            assertEquals("0123456789", answer.text(), other);
            assertEquals("", answer.header("content-range"), other);
        }
    }

    @Test
    void ifRange_withoutRange_meansNothing() throws IOException {
        assertEquals(
                200,
                node.request("GET", "/db/digits/d", "", "If-Range: \"other\"").status());
    }

    @Test
    void ifMatch_ofALosingRevision_isAnsweredWithThatRevisions() throws IOException {
        assertEquals("winner", node.request("GET", "/db/forked/d", "").text());
        for (String loser : new String[] {"1-a", "\"1-a\"", " \"1-a\""}) {
            assertEquals(
                    "loser",
                    node.request("GET", "/db/forked/d", "", "If-Match: " + loser)
                            .text(),
                    loser);
        }
        assertEquals(
                "loser",
                node.request("GET", "/db/forked/d?rev=1-a", "", "If-Match: \"1-a\"")
                        .text());
        assertEquals(
                "5",
                node.request("HEAD", "/db/forked/d", "", "If-Match: \"1-a\"").header("content-length"));
    }

    @Test
    void ifMatch_againstTheQuery_is400() throws IOException {
        Answer answer = node.request("GET", "/db/forked/d?rev=1-b", "", "If-Match: \"1-a\"");
        assertEquals(400, answer.status());
        assertEquals(
                "{\"error\":\"bad_request\",\"reason\":\"Document rev and etag have different values\"}\n",
                answer.text());
    }

    @Test
    void ifMatch_aRevisionThatIsNotThere_is404() throws IOException {
        assertEquals(
                404,
                node.request("GET", "/db/forked/d", "", "If-Match: \"1-c\"").status());
    }

    @Test
    void ifMatch_tagsOfAttachments_goOnOrAre412() throws IOException {
        for (String held : new String[] {TAG, "*", "\"x,y\", " + TAG}) {
            assertEquals(
                    200,
                    node.request("GET", "/db/digits/d", "", "If-Match: " + held).status(),
                    held);
        }
        for (String gone : new String[] {"\"other\"", "W/" + TAG}) {
            Answer answer = node.request("GET", "/db/digits/d", "", "If-Match: " + gone);
            assertEquals(412, answer.status(), gone);
        }
    }
}
