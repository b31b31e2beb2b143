package archipel.ends;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;

class RelatedBodyTest {
    private record Attached(FetchedDocument document) implements AttachedDocument {
        @Override
        public List<AttachmentStub> following() {
            return document.attachments();
        }

        @Override
        public InputStream next() {
            return new ByteArrayInputStream(new byte[] {'x'});
        }
    }

    @Test
    void head_lineBreaksInWhatASourceSays_beginNoLine() throws IOException {
        String json = "{\"_id\":\"d\",\"_rev\":\"1-a\",\"_attachments\":{\"n\\r\\nA: 1\":{\"follows\":true,"
                + "\"content_type\":\"a/b\\r\\nB: 1\",\"encoding\":\"gzip\\r\\nC: 1\\r\\n\\r\\nD\","
                + "\"length\":1,\"encoded_length\":1}}}";
        byte[] bytes = json.getBytes(UTF_8);
        RelatedBody body = new RelatedBody(new Attached(FetchedDocument.of(bytes, 0, bytes.length)), "b");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        body.write(out);
        assertEquals("""
                --b
                Content-Type: application/json

                %s
                --b
                Content-Disposition: attachment; filename="n%%0D%%0AA: 1"
                Content-Type: a/bB: 1
                Content-Length: 1
                Content-Encoding: gzipC: 1D

                x
                --b--""".formatted(json).replace("\n", "\r\n"), out.toString(UTF_8));
        assertEquals(body.length(), out.size());
    }
}
