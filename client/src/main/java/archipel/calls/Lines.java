package archipel.calls;

import archipel.failures.ErrorAnswer;
import archipel.failures.TooLargeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The lines of an answer as they come, each of bounded length. Not safe for use by many threads. */
public final class Lines {
    private static final int BUFFER = 8 << 10;

    private final String what;
    private final InputStream stream;
    private final int longest;
    private final byte[] buffer = new byte[BUFFER];
    private int position;
    private int limit;

    /**
     * @param what which request, for messages
     * @param longest in bytes
     */
    public Lines(String what, InputStream stream, int longest) {
        this.what = what;
        this.stream = stream;
        this.longest = longest;
    }

    /**
     * The next line without its end.
     *
     * @return null at the end of the answer; what stands there without the end of a line is left out
     * @throws IOException where the answer breaks off, or is silent for too long
     * @throws TooLargeException where a line is too long, which it will be again
     */
    public byte @Nullable [] next() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        while (true) {
            for (int i = position; i < limit; i++) {
                if (buffer[i] == '\n') {
                    line.write(buffer, position, i - position);
                    position = i + 1;
                    requireShort(line);
                    return trimmed(line.toByteArray());
                }
            }
            line.write(buffer, position, limit - position);
            requireShort(line);
            position = 0;
            limit = Math.max(0, stream.read(buffer));
            if (limit == 0) {
                return null;
            }
        }
    }

    private void requireShort(ByteArrayOutputStream line) {
        if (line.size() > longest) {
            throw new TooLargeException(
                    what, ErrorAnswer.none("too_large", "A line is longer than " + longest + " bytes."));
        }
    }

    private static byte[] trimmed(byte[] line) {
        int end = line.length;
        while (end > 0 && line[end - 1] == '\r') {
            end--;
        }
        return end == line.length ? line : java.util.Arrays.copyOf(line, end);
    }
}
