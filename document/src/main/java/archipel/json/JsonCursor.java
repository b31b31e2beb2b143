package archipel.json;

import archipel.document.JsonSyntax;
import archipel.document.RequestException;

/**
 * Walks over JSON text from its beginning to its end, and gives the places of values rather than values, so that most
 * of a long answer is passed on or passed over as the bytes that it is. What is looked at must be well formed; what is
 * passed over is only followed to its end. For one thread.
 *
 * <pre>{@code
 * for (boolean more = cursor.enterObject(); more && cursor.nextMember(); ) {
 *     if (cursor.isKey("seq")) { … cursor.text() … } else { cursor.skip(); }
 * }
 * }</pre>
 */
public final class JsonCursor {
    private final byte[] in;
    private final int end;
    private int at;
    private boolean entered;
    private int keyFrom;
    private int keyTo;
    private boolean keyEscaped;

    /** At the first value in {@code json[from, to)}. */
    public JsonCursor(byte[] json, int from, int to) {
        this.in = json;
        this.end = to;
        this.at = JsonSyntax.space(json, from, to);
    }

    /** Where the value at hand begins. */
    public int position() {
        return at;
    }

    /** The first byte of the value at hand, which tells its kind; 0 at the end. */
    public byte peek() {
        return at < end ? in[at] : 0;
    }

    /** Steps into the object at hand; false, and stays, where that is something else. */
    public boolean enterObject() {
        return enter('{');
    }

    /** Steps into the array at hand; false, and stays, where that is something else. */
    public boolean enterArray() {
        return enter('[');
    }

    private boolean enter(char opening) {
        if (peek() != opening) {
            return false;
        }
        at = JsonSyntax.space(in, at + 1, end);
        entered = true;
        return true;
    }

    /**
     * Steps to the next member's value, past the one before; false after the last, and behind the object then.
     *
     * @throws RequestException 400 {@code invalid UTF-8 JSON}
     */
    public boolean nextMember() {
        if (!next('}')) {
            return false;
        }
        if (peek() != '"') {
            throw JsonSyntax.invalid();
        }
        keyFrom = at + 1;
        int close = JsonSyntax.string(in, keyFrom, end);
        keyEscaped = close < 0;
        keyTo = keyEscaped ? ~close : close;
        at = JsonSyntax.space(in, keyTo + 1, end);
        if (peek() != ':') {
            throw JsonSyntax.invalid();
        }
        at = JsonSyntax.space(in, at + 1, end);
        return true;
    }

    /** Steps to the next element, past the one before; false after the last, and behind the array then. */
    public boolean nextElement() {
        return next(']');
    }

    private boolean next(char closing) {
        if (peek() == closing) {
            at = JsonSyntax.space(in, at + 1, end);
            entered = false;
            return false;
        }
        if (!entered) {
            if (peek() != ',') {
                throw JsonSyntax.invalid();
            }
            at = JsonSyntax.space(in, at + 1, end);
        }
        entered = false;
        return true;
    }

    /** Whether the member at hand has that name, which is ASCII without anything to escape. */
    public boolean isKey(String name) {
        if (keyTo - keyFrom != name.length()) {
            return keyEscaped && key().equals(name);
        }
        for (int i = 0; i < name.length(); i++) {
            if (in[keyFrom + i] != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the name of the member at hand begins with an underscore. */
    public boolean isReserved() {
        return keyTo > keyFrom && (in[keyFrom] == '_' || keyEscaped && key().startsWith("_"));
    }

    /** The name of the member at hand. */
    public String key() {
        return JsonSyntax.text(in, keyFrom, keyTo, keyEscaped);
    }

    /**
     * The string at hand, which is passed.
     *
     * @throws RequestException 400 where it is none
     */
    public String text() {
        if (peek() != '"') {
            throw JsonSyntax.invalid();
        }
        int close = JsonSyntax.string(in, at + 1, end);
        boolean escaped = close < 0;
        close = escaped ? ~close : close;
        String text = JsonSyntax.text(in, at + 1, close, escaped);
        at = JsonSyntax.space(in, close + 1, end);
        return text;
    }

    /**
     * The whole number at hand, which is passed.
     *
     * @throws RequestException 400 where it is none, or has more than 18 digits
     */
    public long number() {
        int after = at;
        boolean negative = peek() == '-';
        after += negative ? 1 : 0;
        long value = 0;
        int first = after;
        while (after < end && in[after] >= '0' && in[after] <= '9' && after - first < 18) {
            value = value * 10 + in[after++] - '0';
        }
        if (after == first || after < end && (in[after] >= '0' && in[after] <= '9' || in[after] == '.')) {
            throw JsonSyntax.invalid();
        }
        at = JsonSyntax.space(in, after, end);
        return negative ? -value : value;
    }

    /** Whether the value at hand is {@code true}; it is passed. */
    public boolean isTrue() {
        boolean isTrue = peek() == 't';
        skip();
        return isTrue;
    }

    /** The value at hand as the text that it is; it is passed. */
    public String raw() {
        int from = at;
        int to = skip();
        return JsonSyntax.text(in, from, to, false);
    }

    /**
     * Passes the value at hand.
     *
     * @return where it ended, before any space after it
     * @throws RequestException 400 where it has no end
     */
    public int skip() {
        int after = after(at);
        at = JsonSyntax.space(in, after, end);
        return after;
    }

    private int after(int start) {
        int depth = 0;
        for (int i = start; i < end; i++) {
            switch (in[i]) {
                case '{', '[' -> depth++;
                case '}', ']' -> {
                    if (depth == 0) {
                        return i;
                    }
                    if (--depth == 0) {
                        return i + 1;
                    }
                }
                case '"' -> {
                    i = closing(i + 1);
                    if (depth == 0) {
                        return i + 1;
                    }
                }
                case ',', ' ', '\n', '\r', '\t' -> {
                    if (depth == 0) {
                        return i;
                    }
                }
                default -> {
                    // Nothing else ends a value, or begins one within it.
                }
            }
        }
        if (depth == 0 && end > start) {
            return end;
        }
        throw JsonSyntax.invalid();
    }

    private int closing(int from) {
        int at = JsonSyntax.quoteOrBackslash(in, from, end);
        while (at < end && in[at] == '\\') {
            at = JsonSyntax.quoteOrBackslash(in, at + 2, end);
        }
        if (at >= end) {
            throw JsonSyntax.invalid();
        }
        return at;
    }
}
