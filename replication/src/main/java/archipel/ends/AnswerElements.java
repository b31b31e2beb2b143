package archipel.ends;

import archipel.document.ErrorCode;
import archipel.document.JsonSyntax;
import archipel.document.RequestException;
import archipel.json.JsonCursor;
import archipel.memory.Allowance;
import archipel.remote.RemoteException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a long answer that is an object with one array in it, element by element as it comes, and holds no more than
 * the one at hand: {@code {"results":[…],"last_seq":…}}. The other members are kept where they are short. For one
 * thread.
 */
final class AnswerElements {
    private static final int FIRST_BYTES = 64 << 10;
    private static final int SHORT_MEMBER = 64 << 10;
    private static final int MOST_MEMBERS = 100;

    private final InputStream in;
    private final String array;
    private final int most;
    private final Map<String, String> members = new HashMap<>();
    private byte[] buffer = new byte[FIRST_BYTES];
    private int at;
    private int limit;
    private int elementEnd;
    private State state = State.BEFORE;

    private enum State {
        BEFORE,
        BEFORE_FIRST,
        IN_ARRAY,
        AFTER_ARRAY,
        ENDED
    }

    /**
     * @param array the member whose elements are wanted
     * @param most bytes of one element
     */
    AnswerElements(InputStream in, String array, int most) {
        this.in = in;
        this.array = array;
        this.most = most;
    }

    /**
     * Steps to the next element; false after the last, when all of the answer was read.
     *
     * @throws RemoteException where the answer is cut, is no such object, or one element is too long
     */
    boolean next() throws IOException {
        try {
            if (state == State.BEFORE) {
                expect('{');
                members();
            }
            at = state == State.IN_ARRAY ? elementEnd : at;
            if (state == State.BEFORE_FIRST || state == State.IN_ARRAY) {
                if (element()) {
                    return true;
                }
                state = State.AFTER_ARRAY;
                members();
            }
            return false;
        } catch (RequestException e) {
            throw malformed();
        }
    }

    /** Where the element at hand is; valid until the next step. */
    byte[] array() {
        return buffer;
    }

    int from() {
        return at;
    }

    int to() {
        return elementEnd;
    }

    JsonCursor cursor() {
        return new JsonCursor(buffer, at, elementEnd);
    }

    /** A member of the object beside the array, as JSON text; null where there is none that is short. */
    @Nullable
    String member(String name) {
        return members.get(name);
    }

    private boolean element() throws IOException {
        int sign = space();
        if (sign == ']') {
            at++;
            return false;
        }
        if (state == State.IN_ARRAY) {
            expect(',');
            space();
        }
        state = State.IN_ARRAY;
        elementEnd = value(most);
        return true;
    }

    /** Reads members up to the array, or to the object's end. */
    private void members() throws IOException {
        boolean first = state == State.BEFORE;
        while (true) {
            int sign = space();
            if (sign == '}') {
                at++;
                state = State.ENDED;
                rest();
                return;
            }
            if (!first) {
                expect(',');
                space();
            }
            first = false;
            int keyEnd = value(SHORT_MEMBER);
            String key = new JsonCursor(buffer, at, keyEnd).text();
            at = keyEnd;
            space();
            expect(':');
            if (space() == '[' && key.equals(array) && state == State.BEFORE) {
                at++;
                state = State.BEFORE_FIRST;
                return;
            }
            int end = value(most);
            if (end - at <= SHORT_MEMBER && members.size() < MOST_MEMBERS) {
                members.put(key, new JsonCursor(buffer, at, end).raw());
            }
            at = end;
        }
    }

    /** To the end of the answer, so that its connection can be used again. */
    private void rest() throws IOException {
        for (int passed = limit - at; passed < SHORT_MEMBER; passed += limit - at) {
            at = limit;
            if (!fill(SHORT_MEMBER)) {
                return;
            }
        }
        throw malformed();
    }

    private void expect(char sign) throws IOException {
        if (space() != sign) {
            throw malformed();
        }
        at++;
    }

    /** Steps over space. @return the byte at hand */
    private int space() throws IOException {
        while (true) {
            for (; at < limit; at++) {
                byte b = buffer[at];
                if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                    return b;
                }
            }
            more(SHORT_MEMBER);
        }
    }

    /** @return where the value at hand ends, all of which is in the buffer then */
    private int value(int longest) throws IOException {
        int depth = 0;
        boolean inString = false;
        // Beyond the limit where that cuts an escape.
        int next = at;
        while (true) {
            for (; next < limit; next++) {
                if (inString) {
                    next = JsonSyntax.quoteOrBackslash(buffer, next, limit);
                    if (next == limit) {
                        break;
                    }
                    if (buffer[next] == '\\') {
                        next++;
                        continue;
                    }
                    inString = false;
                    if (depth == 0) {
                        return next + 1;
                    }
                    continue;
                }
                byte b = buffer[next];
                if (b == '"') {
                    inString = true;
                } else if (b == '{' || b == '[') {
                    depth++;
                } else if (b == '}' || b == ']') {
                    if (depth == 0) {
                        return next;
                    }
                    if (--depth == 0) {
                        return next + 1;
                    }
                } else if (depth == 0 && (b == ',' || b == ' ' || b == '\n' || b == '\r' || b == '\t')) {
                    return next;
                }
            }
            int moved = at;
            more(longest);
            next -= moved - at;
        }
    }

    private void more(int longest) throws IOException {
        if (!fill(longest)) {
            throw new RemoteException(RemoteException.Kind.CUT, "the answer ended too early", null);
        }
    }

    /** Reads more behind what is at hand. @return false at the end */
    private boolean fill(int longest) throws IOException {
        if (at > 0) {
            System.arraycopy(buffer, at, buffer, 0, limit - at);
            limit -= at;
            at = 0;
        }
        if (limit == buffer.length) {
            if (limit >= longest) {
                throw malformed();
            }
            int longer = (int) Math.min(longest, 2L * limit);
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

    private static RemoteException malformed() {
        return new RemoteException(
                RemoteException.Kind.MALFORMED,
                "the answer is not what the protocol says, or a document in it is too long",
                new RequestException(ErrorCode.INVALID_JSON));
    }
}
