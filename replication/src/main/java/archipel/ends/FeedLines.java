package archipel.ends;

import archipel.json.JsonCursor;
import archipel.memory.Allowance;
import archipel.remote.RemoteException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The lines of a feed as they come, without the empty ones, which are signs of life. For one thread. */
public final class FeedLines {
    private static final int FIRST_BYTES = 4 << 10;

    private final InputStream in;
    private final int most;
    private byte[] buffer = new byte[FIRST_BYTES];
    private int at;
    private int limit;

    /** @param most bytes of one line */
    public FeedLines(InputStream in, int most) {
        this.in = in;
        this.most = most;
    }

    /** Waits for the next line; null at the end. What it gives is valid until the next call. */
    public @Nullable JsonCursor next() throws IOException {
        while (true) {
            passEmpty();
            int end = lineEnd();
            if (end >= 0) {
                JsonCursor line = new JsonCursor(buffer, at, end);
                at = end + 1;
                return line;
            }
            if (!fill()) {
                if (at < limit) {
                    throw new RemoteException(RemoteException.Kind.CUT, "the feed ended within a line", null);
                }
                return null;
            }
        }
    }

    /** Whether another line is here already, or is about to be. */
    boolean hasMore() throws IOException {
        passEmpty();
        return lineEnd() >= 0 || at < limit && in.available() > 0;
    }

    private void passEmpty() {
        while (at < limit && (buffer[at] == '\n' || buffer[at] == '\r' || buffer[at] == ' ')) {
            at++;
        }
    }

    private int lineEnd() {
        for (int i = at; i < limit; i++) {
            if (buffer[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private boolean fill() throws IOException {
        System.arraycopy(buffer, at, buffer, 0, limit - at);
        limit -= at;
        at = 0;
        if (limit == buffer.length) {
            if (limit >= most) {
                throw new RemoteException(RemoteException.Kind.MALFORMED, "a line of the feed is too long", null);
            }
            int longer = (int) Math.min(most, 2L * limit);
            Allowance.current().pass(2L * longer);
            buffer = Arrays.copyOf(buffer, longer);
        }
        int read = in.read(buffer, limit, buffer.length - limit);
        if (read < 0) {
            return false;
        }
        limit += read;
        return true;
    }
}
