package archipel.document;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A revision's hash as revision trees keep it: 32 lowercase hex digits as two numbers, anything else as text.
 *
 * @param high the first 16 digits
 * @param low the last 16 digits
 * @param text the hash where it has another form; {@code high} and {@code low} are 0 then
 */
record HashKey(long high, long low, @Nullable String text) {
    private static final byte[] DIGITS = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
    };
    private static final byte[] VALUES = new byte[128];

    static {
        Arrays.fill(VALUES, (byte) -1);
        for (int i = 0; i < 16; i++) {
            VALUES[DIGITS[i]] = (byte) i;
        }
    }

    static HashKey of(String hash) {
        if (hash.length() != 32) {
            return new HashKey(0, 0, hash);
        }
        long high = 0;
        long low = 0;
        int valid = 0;
        for (int i = 0; i < 16; i++) {
            int a = value(hash.charAt(i));
            int b = value(hash.charAt(i + 16));
            valid |= a | b;
            high = high << 4 | a & 0xF;
            low = low << 4 | b & 0xF;
        }
        return valid < 0 ? new HashKey(0, 0, hash) : new HashKey(high, low, null);
    }

    private static int value(char c) {
        return c < 128 ? VALUES[c] : -1;
    }

    /** The 32 hex digits that two numbers stand for. */
    static String hex(long high, long low) {
        byte[] digits = new byte[32];
        for (int i = 0; i < 16; i++) {
            digits[i] = DIGITS[(int) (high >>> 60 - 4 * i) & 0xF];
            digits[i + 16] = DIGITS[(int) (low >>> 60 - 4 * i) & 0xF];
        }
        return new String(digits, ISO_8859_1);
    }

    String hash() {
        return text != null ? text : hex(high, low);
    }

    /**
     * Orders as the hashes' UTF-8 bytes do; hex digits are in the order of their values, so numbers compare as such.
     */
    int compareTo(long otherHigh, long otherLow, @Nullable String otherText) {
        if (text == null && otherText == null) {
            int order = Long.compareUnsigned(high, otherHigh);
            return order != 0 ? order : Long.compareUnsigned(low, otherLow);
        }
        return Revision.compareUtf8(hash(), otherText != null ? otherText : hex(otherHigh, otherLow));
    }
}
