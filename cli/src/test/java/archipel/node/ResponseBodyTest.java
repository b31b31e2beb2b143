package archipel.node;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class ResponseBodyTest {
    /** What a connection has brought so far: to read on would block. */
    private static InputStream arrived(String text) {
        return new InputStream() {
            private final byte[] bytes = text.getBytes(ISO_8859_1);
            private int next;

            @Override
            public int read() {
                if (next == bytes.length) {
                    throw new AssertionError("waits for what may not come for long");
                }
                return bytes[next++];
            }

            @Override
            public int read(byte[] to, int from, int length) {
                int count = Math.min(length, bytes.length - next);
                if (count == 0 && length > 0) {
                    to[from] = (byte) read();
                }
                System.arraycopy(bytes, next, to, from, count);
                next += count;
                return count;
            }
        };
    }

    private static InputStream whole(String text) {
        return new ByteArrayInputStream(text.getBytes(ISO_8859_1));
    }

    /** Some servers, Jetty among them, end a chunk when they begin the next, which in a feed may be much later. */
    @Test
    void read_chunkWhoseEndIsMissing_isThereAtOnce() throws IOException {
        InputStream body = ResponseBody.of(arrived("5\r\nline\n"), "chunked", "", () -> {});
        byte[] bytes = new byte[100];
        assertEquals(5, body.read(bytes, 0, 100));
        assertEquals("line\n", new String(bytes, 0, 5, ISO_8859_1));
        InputStream more = ResponseBody.of(arrived("5\r\nline\n\r\n2\r\nab"), "chunked", "", () -> {});
        assertEquals("line\nab", new String(more.readNBytes(7), ISO_8859_1));
    }

    @Test
    void read_eachFraming_endsWhereItSays() throws IOException {
        AtomicInteger ends = new AtomicInteger();
        String chunks = "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\nnext";
        InputStream in = whole(chunks);
        InputStream body = ResponseBody.of(in, "chunked", "", ends::incrementAndGet);
        assertEquals("abcde", new String(body.readAllBytes(), ISO_8859_1));
        assertEquals(1, ends.get());
        assertEquals("next", new String(in.readAllBytes(), ISO_8859_1));
        body = ResponseBody.of(whole("abcnext"), "", "3", ends::incrementAndGet);
        assertEquals("abc", new String(body.readAllBytes(), ISO_8859_1));
        assertEquals(2, ends.get());
        body = ResponseBody.of(whole("abc"), "", "", ends::incrementAndGet);
        assertEquals("abc", new String(body.readAllBytes(), ISO_8859_1));
        assertEquals(2, ends.get(), "nothing comes after what ends with the connection");
    }

    @Test
    void read_cutOffOrMalformed_fails() throws IOException {
        for (String cut : new String[] {"", "5", "5\r\n", "5\r\nab", "2\r\nab", "2\r\nab\r\n", "2\r\nab\r\n0\r\n"}) {
            InputStream body = ResponseBody.of(whole(cut), "chunked", "", () -> {});
            assertThrows(EOFException.class, body::readAllBytes, cut);
        }
        for (String wrong : new String[] {"x\r\nab\r\n", "-1\r\n", "2\r\nabc\r\n0\r\n\r\n"}) {
            InputStream body = ResponseBody.of(whole(wrong), "chunked", "", () -> {});
            assertThrows(IOException.class, body::readAllBytes, wrong);
        }
    }
}
