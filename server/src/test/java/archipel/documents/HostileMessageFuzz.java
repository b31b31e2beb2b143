package archipel.documents;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.document.RequestException;
import archipel.mime.MultipartReader;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Multipart messages and ranges from outside, with Jazzer. Without more ado each input of the corpus runs once; {@code
 * JAZZER_FUZZ=1 mvn test -Dtest=HostileMessageFuzz#multipart_anyBytes_areReadOrRefused} looks for new ones.
 */
class HostileMessageFuzz {
    @FuzzTest(maxDuration = "2m")
    void multipart_anyBytes_areReadOrRefused(byte[] bytes) throws IOException {
        MultipartReader reader = new MultipartReader(new ByteArrayInputStream(bytes), "b");
        long read = 0;
        try {
            for (MultipartReader.Part part = reader.next(); part != null; part = reader.next()) {
                read += part.content().readAllBytes().length;
            }
        } catch (RequestException e) {
            assertEquals(400, e.code().status());
        }
        assertEquals(true, read <= bytes.length);
    }

    @FuzzTest(maxDuration = "2m")
    void headers_anyText_isReadOrRefused(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        try {
            MultipartReader.boundary(text);
            MultipartReader.parameter(text, "filename");
            for (ByteRanges.Range range : ByteRanges.parse("bytes=" + text, 1000)) {
                assertEquals(true, range.first() >= 0 && range.first() <= range.last() && range.last() < 1000);
            }
            Destination.of(text, true);
        } catch (RequestException e) {
            assertEquals(4, e.code().status() / 100);
        }
    }
}
