package archipel.mime;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Percent-encoding as URLs have it. */
public final class PercentCoding {
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private PercentCoding() {}

    /**
     * @param plusIsSpace whether {@code +} stands for a space, as in a query, rather than for itself
     * @throws MalformedException for an escape that is none, a character outside ASCII, or bytes that are not UTF-8
     */
    public static String decode(String text, int start, int end, boolean plusIsSpace) throws MalformedException {
        int special = start;
        while (special < end && isPlain(text.charAt(special), plusIsSpace)) {
            special++;
        }
        if (special == end) {
            return text.substring(start, end);
        }
        byte[] bytes = new byte[end - start];
        int size = 0;
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (c == '%') {
                if (i + 2 >= end) {
                    throw new MalformedException();
                }
                int high = Character.digit(text.charAt(i + 1), 16);
                int low = Character.digit(text.charAt(i + 2), 16);
                if (high < 0 || low < 0) {
                    throw new MalformedException();
                }
                bytes[size++] = (byte) (high << 4 | low);
                i += 2;
            } else if (c == '+' && plusIsSpace) {
                bytes[size++] = ' ';
            } else if (c < 0x80) {
                bytes[size++] = (byte) c;
            } else {
                throw new MalformedException();
            }
        }
        return utf8(bytes, size);
    }

    /** Everything but letters, digits and {@code -._~} escaped: fit for one segment of a path. */
    public static String encode(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-._~".indexOf(c) >= 0) {
                out.append(c);
            } else {
                out.append('%').append(HEX[c >> 4]).append(HEX[c & 0xF]);
            }
        }
        return out.toString();
    }

    /** Number signs and characters outside ASCII escaped; {@code from} is the first that is to be escaped. */
    public static String encodeRest(String text, int from) {
        StringBuilder out = new StringBuilder(text.length() + 16).append(text, 0, from);
        for (byte b : text.substring(from).getBytes(StandardCharsets.UTF_8)) {
            if (b >= 0 && b != '#') {
                out.append((char) b);
            } else {
                out.append('%').append(HEX[b >> 4 & 0xF]).append(HEX[b & 0xF]);
            }
        }
        return out.toString();
    }

    private static boolean isPlain(char c, boolean plusIsSpace) {
        return c < 0x80 && c != '%' && (c != '+' || !plusIsSpace);
    }

    private static String utf8(byte[] bytes, int size) throws MalformedException {
        for (int i = 0; i < size; i++) {
            if (bytes[i] < 0) {
                try {
                    return StandardCharsets.UTF_8
                            .newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .onUnmappableCharacter(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(bytes, 0, size))
                            .toString();
                } catch (CharacterCodingException e) {
                    throw new MalformedException();
                }
            }
        }
        return new String(bytes, 0, size, StandardCharsets.ISO_8859_1);
    }

    /** Text that is not percent-encoded UTF-8. */
    public static final class MalformedException extends Exception {
        private MalformedException() {
            super("not percent-encoded UTF-8", null, false, false);
        }
    }
}
