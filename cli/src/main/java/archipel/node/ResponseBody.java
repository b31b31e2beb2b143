package archipel.node;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * The body of an HTTP/1.1 response, by one of its three framings: in chunks, by length, or to the connection's end
 * (RFC 9112, section 6.3). One that ends too early is an {@link EOFException}.
 */
final class ResponseBody extends InputStream {
    private static final int MOST_LINE_BYTES = 64 << 10;
    private static final long CHUNKS = -1;
    private static final long TO_THE_END = -2;

    private final InputStream in;
    private final long framing;
    private final Runnable whole;

    /** Until the chunk ends, or the body where there are none. */
    private long left;

    private boolean ended;
    /** The end of a chunk is read with the beginning of the next: it may be sent only then. */
    private boolean inChunk;

    /**
     * @param framing the length, {@link #CHUNKS} or {@link #TO_THE_END}
     * @param whole is run once the body was read to its end, where others may come after it
     */
    private ResponseBody(InputStream in, long framing, Runnable whole) {
        this.in = in;
        this.framing = framing;
        this.whole = whole;
        left = Math.max(0, framing);
    }

    /**
     * What the headers say of the framing.
     *
     * @param encoding the header Transfer-Encoding
     * @param length the header Content-Length; both are empty where there is none
     */
    static ResponseBody of(InputStream in, String encoding, String length, Runnable whole) throws IOException {
        if (encoding.equalsIgnoreCase("chunked")) {
            return new ResponseBody(in, CHUNKS, whole);
        } else if (length.isEmpty()) {
            return new ResponseBody(in, TO_THE_END, () -> {});
        }
        return new ResponseBody(in, number(length, 10), whole);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
        if (ended || length > 0 && framing != TO_THE_END && left == 0 && !isNextChunk()) {
            return -1;
        }
        int most = framing == TO_THE_END ? length : (int) Math.min(length, left);
        int count = in.read(bytes, from, most);
        if (count < 0) {
            ended = true;
            if (framing != TO_THE_END) {
                throw new EOFException("the answer was cut off");
            }
            return -1;
        }
        left -= count;
        return count;
    }

    /** Where nothing is left of what came before; false at the end of the body. */
    private boolean isNextChunk() throws IOException {
        if (framing == CHUNKS) {
            if (inChunk && !line(in).isEmpty()) {
                throw new IOException("a chunk of the answer is longer than it says");
            }
            inChunk = true;
            left = number(line(in).split(";", 2)[0].strip(), 16);
            if (left > 0) {
                return true;
            }
            while (!line(in).isEmpty()) {
                // Trailers.
            }
        }
        ended = true;
        whole.run();
        return false;
    }

    /** The next line without its end, of a head or between chunks. */
    static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new EOFException("the answer was cut off");
            } else if (line.size() == MOST_LINE_BYTES) {
                throw new IOException("a line of the answer's head does not end");
            }
            line.write(next);
        }
        String text = line.toString(ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    private static long number(String text, int radix) throws IOException {
        try {
            long number = Long.parseLong(text, radix);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException _) {
            // Refused below.
        }
        throw new IOException("the answer has a length that is no number");
    }
}
