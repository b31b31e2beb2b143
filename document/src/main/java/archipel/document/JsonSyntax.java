package archipel.document;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The tokens of JSON text: finds where each ends and refuses what is none, as strictly as CouchDB's parser does. That
 * is RFC 8259 with two additions: text is valid UTF-8, and an escaped surrogate has its other half.
 *
 * <p>An exponent has at most 18 digits, as written and in canonical form (CouchDB draws the line at what fits a
 * double), so that arithmetic on it cannot overflow.
 */
public final class JsonSyntax {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final int EXPONENT_DIGITS = 18;

    private JsonSyntax() {}

    public static RequestException invalid() {
        return new RequestException(ErrorCode.INVALID_JSON);
    }

    /** The first position from {@code at} on that is not whitespace; may be {@code end}. */
    public static int space(byte[] in, int at, int end) {
        int next = at;
        while (next < end && in[next] <= ' ') {
            byte c = in[next];
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                break;
            }
            next++;
        }
        return next;
    }

    /**
     * Reads a string.
     *
     * @param at after the opening quote
     * @return the closing quote's position, or its complement ({@code ~}) if there are escapes before it
     */
    public static int string(byte[] in, int at, int end) {
        int next = at;
        boolean escaped = false;
        while (next < end) {
            if (next + 8 <= end) {
                // Eight bytes at once: the lowest bit that stays set belongs to the first that is a control character,
                // a
                // quote, a backslash or above 127. (A borrow can make a byte look special only after one that is.)
                long eight = (long) LONG.get(in, next);
                long special = (eight | eight - ' ' * ONES | (eight ^ '"' * ONES) - ONES | (eight ^ '\\' * ONES) - ONES)
                        & 0x80 * ONES;
                if (special == 0) {
                    next += 8;
                    continue;
                }
                next += Long.numberOfTrailingZeros(special) >>> 3;
            }
            byte c = in[next];
            if (c == '"') {
                return escaped ? ~next : next;
            } else if (c == '\\') {
                escaped = true;
                next = escape(in, next, end);
            } else if (c >= ' ') {
                next++;
            } else if (c < 0) {
                next = multibyte(in, next, end);
            } else {
                throw invalid();
            }
        }
        throw invalid();
    }

    /**
     * The first quote or backslash from {@code at} on, eight bytes at once; {@code end} where there is none. For text
     * that is followed to its end and not checked.
     */
    public static int quoteOrBackslash(byte[] in, int at, int end) {
        int next = at;
        while (next + 8 <= end) {
            long eight = (long) LONG.get(in, next);
            long quote = eight ^ '"' * ONES;
            long backslash = eight ^ '\\' * ONES;
            // The lowest bit that is set belongs to the first; a borrow can only make a later byte look like one.
            long found = ((quote - ONES) & ~quote | (backslash - ONES) & ~backslash) & 0x80 * ONES;
            if (found != 0) {
                return next + (Long.numberOfTrailingZeros(found) >>> 3);
            }
            next += 8;
        }
        while (next < end && in[next] != '"' && in[next] != '\\') {
            next++;
        }
        return next;
    }

    private static int escape(byte[] in, int at, int end) {
        if (at + 1 >= end) {
            throw invalid();
        }
        switch (in[at + 1]) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
                return at + 2;
            }
            case 'u' -> {
                int unit = hex(in, at + 2, end);
                if (unit < 0xD800 || unit > 0xDFFF) {
                    return at + 6;
                }
                if (unit < 0xDC00 && at + 8 <= end && in[at + 6] == '\\' && in[at + 7] == 'u') {
                    int other = hex(in, at + 8, end);
                    if (other >= 0xDC00 && other <= 0xDFFF) {
                        return at + 12;
                    }
                }
                throw invalid();
            }
            default -> throw invalid();
        }
    }

    private static int hex(byte[] in, int at, int end) {
        if (at + 4 > end) {
            throw invalid();
        }
        int value = 0;
        for (int i = at; i < at + 4; i++) {
            int digit = Character.digit(in[i], 16);
            if (digit < 0) {
                throw invalid();
            }
            value = value << 4 | digit;
        }
        return value;
    }

    private static int multibyte(byte[] in, int at, int end) {
        int first = in[at] & 0xFF;
        int length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
        if (first < 0xC2 || first > 0xF4 || at + length > end) {
            throw invalid();
        }
        int second = in[at + 1] & 0xFF;
        int least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        int most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (second < least || second > most) {
            throw invalid();
        }
        for (int i = at + 2; i < at + length; i++) {
            if ((in[i] & 0xC0) != 0x80) {
                throw invalid();
            }
        }
        return at + length;
    }

    /** Reads a number, a string or a word. */
    static int scalar(byte[] in, int at, int end) {
        return switch (in[at]) {
            case '"' -> {
                int close = string(in, at + 1, end);
                yield (close < 0 ? ~close : close) + 1;
            }
            case 't' -> word(in, at, end, "true");
            case 'f' -> word(in, at, end, "false");
            case 'n' -> word(in, at, end, "null");
            default -> number(in, at, end);
        };
    }

    private static int word(byte[] in, int at, int end, String word) {
        int length = word.length();
        if (at + length > end) {
            throw invalid();
        }
        for (int i = 1; i < length; i++) {
            if (in[at + i] != word.charAt(i)) {
                throw invalid();
            }
        }
        return at + length;
    }

    private static int number(byte[] in, int at, int end) {
        int next = in[at] == '-' ? at + 1 : at;
        int after = digits(in, next, end);
        if (in[next] == '0' && after > next + 1) {
            throw invalid();
        }
        next = after;
        if (next < end && in[next] == '.') {
            next = digits(in, next + 1, end);
        }
        if (next < end && (in[next] | 0x20) == 'e') {
            next++;
            if (next < end && (in[next] == '+' || in[next] == '-')) {
                next++;
            }
            int first = next;
            next = digits(in, next, end);
            while (first < next - 1 && in[first] == '0') {
                first++;
            }
            int exponentDigits = next - first;
            if (exponentDigits > EXPONENT_DIGITS
                    || exponentDigits == EXPONENT_DIGITS && !CanonicalNumber.isBounded(in, at, next)) {
                throw invalid();
            }
        }
        return next;
    }

    private static int digits(byte[] in, int at, int end) {
        int next = at;
        while (next < end && in[next] >= '0' && in[next] <= '9') {
            next++;
        }
        if (next == at) {
            throw invalid();
        }
        return next;
    }

    /** The characters between two quotes that {@link #string} found. */
    public static String text(byte[] in, int from, int to, boolean escaped) {
        if (!escaped) {
            return new String(in, from, to - from, UTF_8);
        }
        byte[] plain = new byte[to - from];
        return new String(plain, 0, unescape(in, from, to, plain, 0), UTF_8);
    }

    /**
     * Writes a string's characters as UTF-8, no longer than they are in the text.
     *
     * @return the position after them in {@code out}
     */
    static int unescape(byte[] in, int from, int to, byte[] out, int outAt) {
        int next = outAt;
        for (int at = from; at < to; at++) {
            byte c = in[at];
            if (c != '\\') {
                out[next++] = c;
                continue;
            }
            c = in[++at];
            switch (c) {
                case 'b' -> out[next++] = '\b';
                case 'f' -> out[next++] = '\f';
                case 'n' -> out[next++] = '\n';
                case 'r' -> out[next++] = '\r';
                case 't' -> out[next++] = '\t';
                case 'u' -> {
                    int point = hex(in, at + 1, to);
                    at += 4;
                    if (Character.isHighSurrogate((char) point)) {
                        point = Character.toCodePoint((char) point, (char) hex(in, at + 3, to));
                        at += 6;
                    }
                    next = utf8(point, out, next);
                }
                default -> out[next++] = c;
            }
        }
        return next;
    }

    private static int utf8(int point, byte[] out, int at) {
        int next = at;
        if (point < 0x80) {
            out[next++] = (byte) point;
            return next;
        }
        if (point < 0x800) {
            out[next++] = (byte) (0xC0 | point >> 6);
        } else {
            if (point < 0x10000) {
                out[next++] = (byte) (0xE0 | point >> 12);
            } else {
                out[next++] = (byte) (0xF0 | point >> 18);
                out[next++] = (byte) (0x80 | point >> 12 & 0x3F);
            }
            out[next++] = (byte) (0x80 | point >> 6 & 0x3F);
        }
        out[next++] = (byte) (0x80 | point & 0x3F);
        return next;
    }
}
