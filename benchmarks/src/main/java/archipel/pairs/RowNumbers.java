package archipel.pairs;

import archipel.rawhttp.BodySink;
import java.nio.charset.StandardCharsets;
import java.util.function.IntConsumer;

/** Finds the numbers of numbered documents in the rows of a feed, whatever the pieces it comes in. */
final class RowNumbers implements BodySink {
    private static final String PREFIX = "live-";
    private static final byte[] MARKER = ("\"id\":\"" + PREFIX).getBytes(StandardCharsets.US_ASCII);
    private static final int DIGITS = 8;

    private final IntConsumer found;
    private int matched;
    private int digits;
    private int number;

    /** @param found told each number */
    RowNumbers(IntConsumer found) {
        this.found = found;
    }

    /** Of a numbered document. */
    static String id(int number) {
        String text = Integer.toString(number);
        return PREFIX + "0".repeat(DIGITS - text.length()) + text;
    }

    @Override
    public void accept(byte[] bytes, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            byte b = bytes[i];
            if (matched < MARKER.length) {
                matched = b == MARKER[matched] ? matched + 1 : b == MARKER[0] ? 1 : 0;
                continue;
            }
            number = 10 * number + b - '0';
            if (++digits == DIGITS) {
                found.accept(number);
                matched = 0;
                digits = 0;
                number = 0;
            }
        }
    }
}
