package archipel.mime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.document.RequestException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class MultipartReaderTest {
    private static MultipartReader reader(String text, String boundary) {
        return new MultipartReader(new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1)), boundary);
    }

    private static String content(MultipartReader.Part part) throws IOException {
        return new String(part.content().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    @Test
    void boundary_quotedOrNot_isFound() {
        assertEquals("abc", MultipartReader.boundary("multipart/related;boundary=abc"));
        assertEquals("a;b=c", MultipartReader.boundary("multipart/mixed; type=x; Boundary=\"a;b=c\"; q=1"));
        assertEquals("a\"b", MultipartReader.boundary("multipart/mixed; boundary=\"a\\\"b\""));
        for (String type : List.of("multipart/mixed", "multipart/mixed; boundary", "multipart/mixed; boundary=")) {
            assertThrows(RequestException.class, () -> MultipartReader.boundary(type), type);
        }
    }

    @Test
    void next_preambleEpilogueAndPadding_countForNothing() throws IOException {
        MultipartReader reader =
                reader("preamble\r\n--b \t\r\nA: 1\r\n\r\none\r\n--b\r\n\r\n\r\n--b--\r\nepilogue", "b");
        MultipartReader.Part first = reader.next();
        assertEquals("1", first.header("a"));
        assertEquals("one", content(first));
        assertEquals("", content(reader.next()));
        assertNull(reader.next());
        assertNull(reader.next());
    }

    @Test
    void next_partNotRead_isPassedOver() throws IOException {
        MultipartReader reader = reader("--b\r\n\r\n" + "x".repeat(100_000) + "\r\n--b\r\n\r\ntwo\r\n--b--", "b");
        reader.next();
        assertEquals("two", content(reader.next()));
    }

    @Test
    void content_almostABoundary_isContent() throws IOException {
        String content = "\r\n-\r\r\n--bound\r\n--boundar\n--boundary\r\r\n";
        MultipartReader reader = reader("--boundary\r\n\r\n" + content + "\r\n--boundary--", "boundary");
        assertEquals(content, content(reader.next()));
        assertNull(reader.next());
    }

    @Test
    void next_malformed_isRefused() {
        List<String> messages = List.of(
                "",
                "nothing",
                "--b",
                "--bX\r\n\r\n",
                "--b\r\nno colon\r\n\r\nx\r\n--b--",
                "--b\r\n: empty\r\n\r\nx\r\n--b--",
                "--b\r\nA: " + "x".repeat(20_000) + "\r\n\r\nx\r\n--b--",
                "--b\r\n\r\nunfinished");
        for (String message : messages) {
            MultipartReader reader = reader(message, "b");
            assertThrows(
                    RequestException.class,
                    () -> {
                        for (MultipartReader.Part part = reader.next(); part != null; part = reader.next()) {
                            content(part);
                        }
                    },
                    message);
        }
        assertThrows(RequestException.class, () -> reader("", ""));
    }
}
