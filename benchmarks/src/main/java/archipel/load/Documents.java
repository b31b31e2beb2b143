package archipel.load;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/**
 * The documents of the load: {@value #BODY_BYTES} bytes of JSON each, text like a task's that compresses as text does,
 * a number of their own, and ids of 32 hex digits that come in no order, as PouchDB makes them.
 */
public final class Documents {
    public static final int BODY_BYTES = 1024;
    static final int ID_BYTES = 32;
    /** Where in a body its number stands. */
    static final int NUMBER_OFFSET = "{\"type\":\"task\",\"number\":".length();
    /** The number that a body is made with; always of {@value #NUMBER_DIGITS} digits. */
    static final int FIRST_NUMBER = 1_000_000_000;

    static final int NUMBER_DIGITS = 10;

    private static final int VARIANTS = 64;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final String[] SYLLABLES = {
        "ar", "chi", "pel", "sea", "ton", "ver", "lo", "mi", "ra", "no", "te", "si", "ka", "ble", "dor", "fen", "gul",
        "hox"
    };

    private final byte[][] bodies = new byte[VARIANTS][];

    public Documents(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < VARIANTS; i++) {
            bodies[i] = body(random);
        }
    }

    private static byte[] body(SplittableRandom random) {
        StringBuilder json = new StringBuilder(BODY_BYTES)
                .append("{\"type\":\"task\",\"number\":")
                .append(FIRST_NUMBER)
                .append(",\"title\":\"");
        words(json, random, 40);
        json.append("\",\"owner\":\"user-").append(random.nextInt(10, 99)).append("\",\"done\":");
        json.append(random.nextBoolean());
        json.append(",\"due\":\"2026-03-1").append(random.nextInt(10)).append("T09:30:00Z\",\"weight\":");
        json.append(random.nextInt(1, 10)).append('.').append(random.nextInt(1, 10));
        json.append(",\"tags\":[\"");
        words(json, random, 8);
        json.append("\",\"");
        words(json, random, 8);
        json.append("\"],\"text\":\"");
        words(json, random, BODY_BYTES - json.length() - 2);
        return json.append("\"}").toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static void words(StringBuilder text, SplittableRandom random, int length) {
        int end = text.length() + length;
        while (text.length() < end) {
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                text.append(SYLLABLES[random.nextInt(SYLLABLES.length)]);
            }
            text.append(' ');
        }
        text.setLength(end);
    }

    /** One of the bodies, to be copied before its number is written. */
    public byte[] body(long index) {
        return bodies[(int) (index & (VARIANTS - 1))];
    }

    /** Writes the number of the document at {@code index} over the one in a body that begins at {@code bodyOffset}. */
    static void number(byte[] bytes, int bodyOffset, long index) {
        long number = FIRST_NUMBER + index % FIRST_NUMBER;
        for (int at = bodyOffset + NUMBER_OFFSET + NUMBER_DIGITS - 1; at >= bodyOffset + NUMBER_OFFSET; at--) {
            bytes[at] = (byte) ('0' + number % 10);
            number /= 10;
        }
    }

    /** Writes the id of the document at {@code index} of a {@code series}; different for all of them. */
    static void id(byte[] bytes, int offset, int series, long index) {
        hex(bytes, offset, mix(mix(series) ^ index));
        hex(bytes, offset + 16, mix(~index));
    }

    public static String id(int series, long index) {
        byte[] id = new byte[ID_BYTES];
        id(id, 0, series, index);
        return new String(id, StandardCharsets.US_ASCII);
    }

    private static void hex(byte[] bytes, int offset, long value) {
        for (int i = 15; i >= 0; i--) {
            bytes[offset + i] = HEX[(int) (value & 15)];
            value >>>= 4;
        }
    }

    /** SplitMix64's finalizer: one to one, and its values look like chance. */
    public static long mix(long value) {
        long mixed = value + 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
