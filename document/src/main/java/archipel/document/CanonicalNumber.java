package archipel.document;

/**
 * Numbers by their exact decimal value, laid out as ECMAScript's {@code Number::toString} (which RFC 8785 refers to)
 * does with a double's digits: plain up to 21 digits and down to a millionth, with an exponent beyond that. So an
 * exponent is never written out, however large.
 */
public final class CanonicalNumber {
    private static final int PLAIN_DIGITS = 21;
    private static final int LEAST_POINT = -6;

    /** Where exponents end; leaves room in a long for what digits before and after the point make of them. */
    private static final long EXPONENT = 1_000_000_000_000_000_000L;

    private final boolean negative;
    /** Without zeros before or after; empty for 0. */
    private final byte[] digits;

    private int count;
    /** Where the decimal point is, counted in digits from before the first one. */
    private long point;

    private CanonicalNumber(byte[] in, int from, int to) {
        negative = in[from] == '-';
        digits = new byte[to - from];
        int at = negative ? from + 1 : from;
        boolean fraction = false;
        for (; at < to && (in[at] | 0x20) != 'e'; at++) {
            if (in[at] == '.') {
                fraction = true;
            } else if (count > 0 || in[at] != '0') {
                digits[count++] = in[at];
                point += fraction ? 0 : 1;
            } else if (fraction) {
                // A zero between the point and the first digit.
                point--;
            }
        }
        while (count > 0 && digits[count - 1] == '0') {
            count--;
        }
        point += at < to ? exponent(in, at + 1, to) : 0;
    }

    /** Appends the number in {@code in[from, to)}, which is a valid one. */
    public static void append(byte[] in, int from, int to, JsonBuffer out) {
        if (isPlainInteger(in, from, to)) {
            out.raw(in, from, to - from);
        } else {
            new CanonicalNumber(in, from, to).layOut(out);
        }
    }

    /**
     * Whether a number's exponent, in its canonical form, is not too large to be read again.
     *
     * @param in has a number in {@code [from, to)} with at most 18 digits in its exponent
     */
    static boolean isBounded(byte[] in, int from, int to) {
        CanonicalNumber number = new CanonicalNumber(in, from, to);
        return number.count == 0 || Math.abs(number.point - 1) < EXPONENT;
    }

    /** Without a point, an exponent or a needless sign, and short enough not to get an exponent. */
    private static boolean isPlainInteger(byte[] in, int from, int to) {
        boolean negative = in[from] == '-';
        if (to - from > (negative ? PLAIN_DIGITS + 1 : PLAIN_DIGITS) || negative && in[from + 1] == '0') {
            return false;
        }
        for (int i = negative ? from + 1 : from; i < to; i++) {
            if (in[i] < '0' || in[i] > '9') {
                return false;
            }
        }
        return true;
    }

    private static long exponent(byte[] in, int from, int to) {
        boolean negative = in[from] == '-';
        long value = 0;
        for (int i = negative || in[from] == '+' ? from + 1 : from; i < to; i++) {
            value = value * 10 + in[i] - '0';
        }
        return negative ? -value : value;
    }

    private void layOut(JsonBuffer out) {
        if (count == 0) {
            out.ascii('0');
            return;
        }
        if (negative) {
            out.ascii('-');
        }
        if (point > 0 && point <= PLAIN_DIGITS) {
            int whole = (int) Math.min(point, count);
            out.raw(digits, 0, whole);
            for (long i = whole; i < point; i++) {
                out.ascii('0');
            }
            if (whole < count) {
                out.ascii('.').raw(digits, whole, count - whole);
            }
        } else if (point <= 0 && point > LEAST_POINT) {
            out.ascii("0.");
            for (long i = point; i < 0; i++) {
                out.ascii('0');
            }
            out.raw(digits, 0, count);
        } else {
            out.raw(digits, 0, 1);
            if (count > 1) {
                out.ascii('.').raw(digits, 1, count - 1);
            }
            out.ascii('e').ascii(point > 0 ? '+' : '-').number(Math.abs(point - 1));
        }
    }
}
