package archipel.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.rawhttp.HttpTarget;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DocumentsTest {
    private final Documents documents = new Documents(7);
    private final HttpTarget target = HttpTarget.parse("http://127.0.0.1:1");

    @Test
    void body_everyVariant_hasTheSizeAndItsNumber() {
        for (int i = 0; i < 200; i++) {
            byte[] body = documents.body(i).clone();
            Documents.number(body, 0, i);
            String json = new String(body, StandardCharsets.US_ASCII);
            assertEquals(1024, json.length());
            assertEquals(1_000_000_000L + i, Json.number(json, "number"));
            assertTrue(json.startsWith("{\"") && json.endsWith("\"}"), json);
        }
    }

    @Test
    void body_sameSeed_isTheSame() {
        assertEquals(new String(documents.body(3)), new String(new Documents(7).body(3)));
        assertNotEquals(new String(documents.body(3)), new String(new Documents(8).body(3)));
    }

    @Test
    void id_seriesAndIndexes_areAllDifferent() {
        Set<String> ids = new HashSet<>();
        for (int series = 0; series < 50; series++) {
            for (int index = 0; index < 200; index++) {
                String id = Documents.id(series, index);
                assertTrue(id.matches("[0-9a-f]{32}"), id);
                assertTrue(ids.add(id), id);
            }
        }
    }

    @Test
    void bulkRequest_anyIndex_isWholeJsonOfItsDocuments() {
        BulkRequest request = new BulkRequest(target, "db", documents);
        request.of(1, 0);
        String text = StandardCharsets.US_ASCII.decode(request.of(1, 5000)).toString();
        String json = text.substring(text.indexOf("\r\n\r\n") + 4);

        assertEquals(json.length(), Integer.parseInt(text.replaceAll("(?s).*Content-Length: (\\d+).*", "$1")));
        assertTrue(json.startsWith("{\"docs\":[{\"_id\":\"" + Documents.id(1, 5000) + "\",\"type\":"), json);
        assertTrue(json.endsWith("\"}]}"));
        assertEquals(1000, json.split("\"_id\":").length - 1);
        assertTrue(
                json.contains("{\"_id\":\"" + Documents.id(1, 5999) + "\",\"type\":\"task\",\"number\":1000005999,"));
    }

    @Test
    void documentRequest_put_namesTheDocumentAndEndsWithItsBody() {
        DocumentRequest request = DocumentRequest.put(target, "db");
        String text =
                StandardCharsets.US_ASCII.decode(request.of(2, 9, documents)).toString();
        assertTrue(text.startsWith("PUT /db/" + Documents.id(2, 9) + " HTTP/1.1\r\n"), text);
        assertEquals(1_000_000_009, Json.number(text.substring(text.indexOf("\r\n\r\n")), "number"));
        assertTrue(text.endsWith("\"}"), text);
    }
}
