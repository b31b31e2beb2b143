package archipel.document;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.memory.Allowance;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A growing buffer of UTF-8 bytes in which JSON is put together. Strings are escaped as CouchDB's encoder does: what
 * JSON demands, with uppercase hex digits, and nothing else. Whoever writes sees to commas and brackets.
 *
 * <p>Past {@value #UNCOUNTED_BYTES} bytes its memory is taken from the {@link Allowance} of the thread. Not safe for
 * concurrent use.
 */
public final class JsonBuffer {
    private static final int UNCOUNTED_BYTES = 128 << 10;
    /** The buffer, the one it grows from or the document it is a copy of, and what is made of it to send it. */
    private static final int COPIES = 3;

    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'};

    /** For each ASCII character: 0 stands for itself, 1 is written {@code \\u00XX}, others follow a backslash. */
    private static final byte[] ESCAPE = new byte[128];

    static {
        Arrays.fill(ESCAPE, 0, 0x20, (byte) 1);
        ESCAPE['\b'] = 'b';
        ESCAPE['\t'] = 't';
        ESCAPE['\n'] = 'n';
        ESCAPE['\f'] = 'f';
        ESCAPE['\r'] = 'r';
        ESCAPE['"'] = '"';
        ESCAPE['\\'] = '\\';
    }

    private byte[] bytes;
    private int size;

    public JsonBuffer() {
        this(256);
    }

    /** @param capacity bytes to begin with */
    public JsonBuffer(int capacity) {
        take(capacity);
        bytes = new byte[Math.max(16, capacity)];
    }

    /** A string with its quotes. A lone surrogate, which UTF-8 cannot carry, becomes U+FFFD. */
    public JsonBuffer string(CharSequence text) {
        int length = text.length();
        reserve(length * 3L + 2);
        byte[] out = bytes;
        int at = size;
        out[at++] = '"';
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                byte escape = ESCAPE[c];
                if (escape == 0) {
                    out[at++] = (byte) c;
                } else {
                    size = at;
                    reserve(6 + (length - i) * 3L + 1);
                    out = bytes;
                    at = escape(out, at, c, escape);
                }
            } else if (c < 0x800) {
                out[at++] = (byte) (0xC0 | c >> 6);
                out[at++] = (byte) (0x80 | c & 0x3F);
            } else if (!Character.isSurrogate(c)) {
                at = threeBytes(out, at, c);
            } else if (Character.isHighSurrogate(c) && i + 1 < length && Character.isLowSurrogate(text.charAt(i + 1))) {
                int point = Character.toCodePoint(c, text.charAt(++i));
                out[at++] = (byte) (0xF0 | point >> 18);
                out[at++] = (byte) (0x80 | point >> 12 & 0x3F);
                out[at++] = (byte) (0x80 | point >> 6 & 0x3F);
                out[at++] = (byte) (0x80 | point & 0x3F);
            } else {
                at = threeBytes(out, at, '\uFFFD');
            }
        }
        out[at++] = '"';
        size = at;
        return this;
    }

    /** A string with its quotes, from valid UTF-8. */
    public JsonBuffer string(byte[] utf8, int offset, int length) {
        reserve(length + 2L);
        bytes[size++] = '"';
        int end = offset + length;
        int start = offset;
        for (int i = offset; i < end; i++) {
            byte b = utf8[i];
            if (b >= 0 && ESCAPE[b] != 0) {
                raw(utf8, start, i - start);
                reserve(6);
                size = escape(bytes, size, b, ESCAPE[b]);
                start = i + 1;
            }
        }
        raw(utf8, start, end - start);
        return ascii('"');
    }

    /** A string; {@code null} where there is none. */
    public JsonBuffer stringOrNull(@Nullable String text) {
        return text == null ? ascii("null") : string(text);
    }

    /** Bytes that are JSON already. */
    public JsonBuffer raw(byte[] json) {
        return raw(json, 0, json.length);
    }

    /** Bytes that are JSON already. */
    public JsonBuffer raw(byte[] json, int offset, int length) {
        reserve(length);
        System.arraycopy(json, offset, bytes, size, length);
        size += length;
        return this;
    }

    /** ASCII text as it is, neither quoted nor escaped. */
    public JsonBuffer ascii(String text) {
        int length = text.length();
        reserve(length);
        byte[] out = bytes;
        int at = size;
        for (int i = 0; i < length; i++) {
            out[at + i] = (byte) text.charAt(i);
        }
        size = at + length;
        return this;
    }

    /** One ASCII character as it is. */
    public JsonBuffer ascii(char c) {
        reserve(1);
        bytes[size++] = (byte) c;
        return this;
    }

    public JsonBuffer number(long value) {
        if (value == Long.MIN_VALUE) {
            return ascii("-9223372036854775808");
        }
        reserve(20);
        long rest = value;
        if (rest < 0) {
            bytes[size++] = '-';
            rest = -rest;
        }
        int digits = 1;
        for (long bound = 10; digits < 19 && rest >= bound; bound *= 10) {
            digits++;
        }
        for (int at = size + digits - 1; at >= size; at--) {
            bytes[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        size += digits;
        return this;
    }

    /** A number; {@code null} where there is none. */
    public JsonBuffer number(OptionalLong value) {
        return value.isEmpty() ? ascii("null") : number(value.getAsLong());
    }

    public JsonBuffer bool(boolean value) {
        return ascii(value ? "true" : "false");
    }

    /** How many bytes were written. */
    public int size() {
        return size;
    }

    /** The buffer itself, of which the first {@link #size} bytes count; valid until the next write. */
    public byte[] array() {
        return bytes;
    }

    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    /** What is in it, as characters. */
    @Override
    public String toString() {
        return new String(bytes, 0, size, UTF_8);
    }

    public void writeTo(OutputStream out) throws IOException {
        out.write(bytes, 0, size);
    }

    /** Forgets what was written and keeps the memory. */
    public JsonBuffer reset() {
        size = 0;
        return this;
    }

    /** Takes back what was written past the first {@code newSize} bytes. */
    public JsonBuffer truncate(int newSize) {
        if (newSize < 0 || newSize > size) {
            throw new IllegalArgumentException("cannot cut " + size + " bytes to " + newSize);
        }
        size = newSize;
        return this;
    }

    private void reserve(long more) {
        long needed = size + more;
        if (needed > bytes.length) {
            grow(needed);
        }
    }

    private void grow(long needed) {
        long target = Math.max(needed, bytes.length * 2L);
        if (target > Integer.MAX_VALUE - 16) {
            if (needed > Integer.MAX_VALUE - 16) {
                throw new OutOfMemoryError("a JSON text of " + needed + " bytes does not fit a buffer");
            }
            target = Integer.MAX_VALUE - 16;
        }
        take(target);
        bytes = Arrays.copyOf(bytes, (int) target);
    }

    private static void take(long capacity) {
        if (capacity > UNCOUNTED_BYTES) {
            Allowance.current().pass(COPIES * capacity);
        }
    }

    private static int escape(byte[] out, int at, int c, byte escape) {
        out[at++] = '\\';
        if (escape == 1) {
            out[at++] = 'u';
            out[at++] = '0';
            out[at++] = '0';
            out[at++] = HEX[c >> 4];
            out[at++] = HEX[c & 0xF];
        } else {
            out[at++] = escape;
        }
        return at;
    }

    private static int threeBytes(byte[] out, int at, char c) {
        out[at++] = (byte) (0xE0 | c >> 12);
        out[at++] = (byte) (0x80 | c >> 6 & 0x3F);
        out[at++] = (byte) (0x80 | c & 0x3F);
        return at;
    }
}
