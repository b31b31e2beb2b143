package archipel.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * Sits between the socket and the library's HTTP/1.1 parser, for what that would lose or hold in memory:
 *
 * <ul>
 *   <li>a request target's raw bytes outside ASCII (some clients send them) are percent-encoded, where the parser would
 *       make each a U+FFFD;
 *   <li>a {@code #} in a target is encoded too, where the parser would cut there;
 *   <li>a target in absolute form ({@code http://host/path}) becomes its path;
 *   <li>a large chunk of a chunked body is handed on in pieces, where the parser would gather it whole.
 * </ul>
 */
final class RequestLineReader extends DataReader {
    private static final byte[] VERSION = " HTTP/1.1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);
    private static final int PIECE_BYTES = 64 << 10;

    /** Of the chunk being read, what comes after the piece handed on. */
    private long restOfChunk;

    @SuppressWarnings("removal")
    RequestLineReader(Supplier<byte[]> source) {
        super(source);
    }

    /** Called by the parser for a request line (and for short header values, which do not look like one). */
    @Override
    public byte[] readBytes(int length) {
        byte[] bytes = super.readBytes(length);
        if (!endsWithVersion(bytes)) {
            return bytes;
        }
        int start = indexOf(bytes, (byte) ' ', 0) + 1;
        int end = bytes.length - VERSION.length;
        boolean plain = start < end && bytes[start] == '/';
        for (int i = start; plain && i < end; i++) {
            plain = bytes[i] > 0 && bytes[i] != '#';
        }
        return plain || start >= end ? bytes : rewrite(bytes, start, end);
    }

    /** Called by the parser for the size of a chunk, and for the empty line after the last one. */
    @Override
    public String readLine() throws IncorrectNewLineException {
        long size;
        if (restOfChunk > 0) {
            size = restOfChunk;
        } else {
            String line = super.readLine();
            int extension = line.indexOf(';');
            String digits = (extension < 0 ? line : line.substring(0, extension)).strip();
            if (digits.length() < 5 || digits.length() > 15 || !isHex(digits)) {
                return digits;
            }
            size = Long.parseLong(digits, 16);
        }
        int piece = (int) Math.min(size, PIECE_BYTES);
        restOfChunk = size - piece;
        return Integer.toHexString(piece);
    }

    @Override
    public void skip(int length) {
        if (restOfChunk > 0 && length == 2) {
            // The parser wants to pass over the end of the chunk, which is not there yet.
            return;
        }
        super.skip(length);
    }

    /** A piece of a chunk; its own step past the bytes must not be taken for the end of the chunk. */
    @Override
    public BufferData readBuffer(int length) {
        BufferData data = getBuffer(length);
        super.skip(length);
        return data;
    }

    private static boolean endsWithVersion(byte[] bytes) {
        int from = bytes.length - VERSION.length;
        if (from <= 0) {
            return false;
        }
        for (int i = 0; i < VERSION.length; i++) {
            if (bytes[from + i] != VERSION[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[] rewrite(byte[] line, int start, int end) {
        int target = pathStart(line, start, end);
        byte[] out = new byte[start + 1 + (end - target) * 3 + VERSION.length];
        System.arraycopy(line, 0, out, 0, start);
        int size = start;
        if (target == end || line[target] != '/' && line[target] != '*') {
            out[size++] = '/';
        }
        for (int i = target; i < end; i++) {
            byte b = line[i];
            if (b <= 0 || b == '#') {
                out[size++] = '%';
                out[size++] = HEX[b >> 4 & 0xF];
                out[size++] = HEX[b & 0xF];
            } else {
                out[size++] = b;
            }
        }
        System.arraycopy(VERSION, 0, out, size, VERSION.length);
        return java.util.Arrays.copyOf(out, size + VERSION.length);
    }

    /** Past {@code http://host} where there is one. */
    private static int pathStart(byte[] line, int start, int end) {
        String head = new String(line, start, Math.min(8, end - start), StandardCharsets.ISO_8859_1);
        int authority;
        if (head.regionMatches(true, 0, "http://", 0, 7)) {
            authority = start + 7;
        } else if (head.regionMatches(true, 0, "https://", 0, 8)) {
            authority = start + 8;
        } else {
            return start;
        }
        for (int i = authority; i < end; i++) {
            if (line[i] == '/' || line[i] == '?') {
                return i;
            }
        }
        return end;
    }

    private static int indexOf(byte[] bytes, byte wanted, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return bytes.length;
    }

    private static boolean isHex(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.digit(text.charAt(i), 16) < 0) {
                return false;
            }
        }
        return true;
    }
}
