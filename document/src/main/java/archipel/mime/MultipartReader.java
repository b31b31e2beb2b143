package archipel.mime;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the parts of a MIME multipart message as they come (RFC 2046, 5.1), holding no more than a buffer of them. How
 * the input is cut into pieces makes no difference.
 *
 * <p>A part ends at CRLF, two dashes and the boundary; what stands before the first such line and after the last
 * counts for nothing. The message is taken to begin after a CRLF, so that its first line may be a boundary.
 */
public final class MultipartReader {
    private static final int BUFFER_BYTES = 32 << 10;
    private static final int HEADER_BYTES = 16 << 10;
    private static final int BOUNDARY_BYTES = 1024;

    private final InputStream in;
    private final byte[] delimiter;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int position;
    private int limit = 2;
    private int safeEnd;
    private boolean inPart = true;
    private boolean ended;

    /** @throws RequestException 400 for a boundary that cannot be one */
    public MultipartReader(InputStream in, String boundary) {
        if (boundary.isEmpty() || boundary.length() > BOUNDARY_BYTES) {
            throw new RequestException(ErrorCode.BOUNDARY_MALFORMED);
        }
        this.in = in;
        this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
        buffer[0] = '\r';
        buffer[1] = '\n';
    }

    /**
     * The parameter {@code boundary} of a content type, quoted or not.
     *
     * @throws RequestException 400 where there is none
     */
    public static String boundary(String contentType) {
        String value = parameter(contentType, "boundary");
        if (value == null || value.isEmpty()) {
            throw new RequestException(ErrorCode.BOUNDARY_MISSING);
        }
        return value;
    }

    /** A parameter of a header such as {@code Content-Disposition}; null where there is none of that name. */
    public static @Nullable String parameter(String header, String name) {
        int at = header.indexOf(';');
        while (at >= 0 && at < header.length()) {
            int equals = header.indexOf('=', at + 1);
            if (equals < 0) {
                return null;
            }
            String key = header.substring(at + 1, equals).strip();
            int start = equals + 1;
            while (start < header.length() && header.charAt(start) == ' ') {
                start++;
            }
            StringBuilder value = new StringBuilder();
            int end = start;
            if (start < header.length() && header.charAt(start) == '"') {
                end++;
                while (end < header.length() && header.charAt(end) != '"') {
                    if (header.charAt(end) == '\\' && end + 1 < header.length()) {
                        end++;
                    }
                    value.append(header.charAt(end++));
                }
                end = header.indexOf(';', end);
            } else {
                end = header.indexOf(';', start);
                value.append(end < 0 ? header.substring(start) : header.substring(start, end));
            }
            if (key.equalsIgnoreCase(name)) {
                return value.toString().strip();
            }
            at = end;
        }
        return null;
    }

    /**
     * The next part; null after the last. What was not read of the one before is passed over.
     *
     * @throws RequestException 400 where the message is malformed or ends before its last boundary
     */
    public @Nullable Part next() throws IOException {
        if (ended) {
            return null;
        }
        byte[] scratch = new byte[4096];
        while (inPart) {
            read(scratch, 0, scratch.length);
        }
        if (afterDelimiter()) {
            ended = true;
            return null;
        }
        Map<String, String> headers = headers();
        inPart = true;
        return new Part(headers, new Content());
    }

    /** Whether the delimiter just passed was the last; passes over the rest of its line otherwise. */
    private boolean afterDelimiter() throws IOException {
        int first = one();
        int second = one();
        if (first == '-' && second == '-') {
            return true;
        }
        while (first == ' ' || first == '\t') {
            first = second;
            second = one();
        }
        if (first != '\r' || second != '\n') {
            throw new RequestException(ErrorCode.BOUNDARY_MALFORMED);
        }
        return false;
    }

    private Map<String, String> headers() throws IOException {
        Map<String, String> headers = new HashMap<>();
        byte[] line = new byte[256];
        int total = 0;
        while (true) {
            int size = 0;
            for (int b = one(); ; b = one()) {
                if (b == '\n' && size > 0 && line[size - 1] == '\r') {
                    size--;
                    break;
                }
                if (++total > HEADER_BYTES) {
                    throw new RequestException(ErrorCode.BAD_PART_HEADER);
                }
                if (size == line.length) {
                    line = Arrays.copyOf(line, size * 2);
                }
                line[size++] = (byte) b;
            }
            if (size == 0) {
                return headers;
            }
            String text = new String(line, 0, size, StandardCharsets.UTF_8);
            int colon = text.indexOf(':');
            if (colon <= 0) {
                throw new RequestException(ErrorCode.BAD_PART_HEADER);
            }
            headers.put(
                    text.substring(0, colon).strip().toLowerCase(Locale.ROOT),
                    text.substring(colon + 1).strip());
        }
    }

    private int one() throws IOException {
        if (position == limit) {
            fill();
        }
        return buffer[position++] & 0xFF;
    }

    /** Bytes of the part at hand; -1 at its end, past which the delimiter is then. */
    private int read(byte[] target, int offset, int length) throws IOException {
        if (!inPart) {
            return -1;
        }
        while (true) {
            if (position >= safeEnd) {
                safeEnd = safeEnd();
            }
            if (safeEnd > position) {
                int count = Math.min(safeEnd - position, length);
                System.arraycopy(buffer, position, target, offset, count);
                position += count;
                return count;
            }
            if (limit - position >= delimiter.length) {
                position += delimiter.length;
                inPart = false;
                return -1;
            }
            fill();
        }
    }

    /** The end of what is content for certain: up to what is, or may become, a delimiter. */
    private int safeEnd() {
        for (int i = position; i < limit; i++) {
            if (buffer[i] == '\r') {
                int compared = Math.min(delimiter.length, limit - i);
                if (Arrays.equals(buffer, i, i + compared, delimiter, 0, compared)) {
                    return i;
                }
            }
        }
        return limit;
    }

    private void fill() throws IOException {
        if (position > 0) {
            System.arraycopy(buffer, position, buffer, 0, limit - position);
            limit -= position;
            position = 0;
            safeEnd = 0;
        }
        int read = in.read(buffer, limit, buffer.length - limit);
        if (read < 0) {
            throw new RequestException(ErrorCode.MULTIPART_CUT);
        }
        limit += read;
    }

    /**
     * @param headers by lower-case name
     * @param content valid until the next part is asked for
     */
    public record Part(Map<String, String> headers, InputStream content) {
        /** Empty when absent. */
        public String header(String name) {
            return headers.getOrDefault(name, "");
        }
    }

    private final class Content extends InputStream {
        private boolean done;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (done) {
                return -1;
            }
            int read = MultipartReader.this.read(target, offset, length);
            done = read < 0;
            return read;
        }
    }
}
