package archipel.document;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class JsonBufferTest {
    private static String text(JsonBuffer buffer) {
        return new String(buffer.toByteArray(), UTF_8);
    }

    @Test
    void string_controlCharacters_areEscapedAsCouchDbDoes() {
        assertEquals(
                "\"\\u0000\\u001F\\b\\t\\n\\f\\r\\\"\\\\/\u007f\"",
                text(new JsonBuffer().string("\0\u001f\b\t\n\f\r\"\\/\u007f")));
    }

    @Test
    void string_everyWidthOfUtf8_isEncoded() {
        String all = "aß€\uD83D\uDE00";
        assertEquals('"' + all + '"', text(new JsonBuffer().string(all)));
    }

    @Test
    void string_loneSurrogates_becomeReplacementCharacters() {
        assertEquals("\"a\uFFFDb\uFFFD\"", text(new JsonBuffer().string("a\uD800b\uDC00")));
        assertEquals("\"\uFFFD\"", text(new JsonBuffer().string("\uD83D")));
    }

    @Test
    void string_manyEscapes_outgrowTheBuffer() {
        assertEquals(
                '"' + "\\u0001".repeat(1000) + "€".repeat(1000) + '"',
                text(new JsonBuffer(16).string("\u0001".repeat(1000) + "€".repeat(1000))));
    }

    @Test
    void string_utf8Bytes_sameAsText() {
        String all = "\0x\"€\\\uD83D\uDE00\n";
        byte[] bytes = ("##" + all + "##").getBytes(UTF_8);
        assertEquals(text(new JsonBuffer().string(all)), text(new JsonBuffer().string(bytes, 2, bytes.length - 4)));
    }

    @Test
    void number_extremes_areWhole() {
        for (long value : new long[] {0, 9, 10, -1, 99, 100, Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1}) {
            assertEquals(Long.toString(value), text(new JsonBuffer().number(value)));
        }
    }

    @Test
    void pieces_putTogether_areInOrder() throws IOException {
        JsonBuffer buffer = new JsonBuffer(1);
        buffer.ascii('{').string("a").ascii(":").raw("[1]".getBytes(UTF_8)).raw("x,y".getBytes(UTF_8), 1, 1);
        buffer.string("b").ascii(':').bool(true).ascii('}');
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        buffer.writeTo(out);
        assertEquals("{\"a\":[1],\"b\":true}", out.toString(UTF_8));
        assertEquals(out.size(), buffer.size());
        assertEquals("{\"a\"", text(buffer.truncate(4)));
        assertThrows(IllegalArgumentException.class, () -> buffer.truncate(5));
        assertArrayEquals(new byte[0], buffer.reset().toByteArray());
    }
}
