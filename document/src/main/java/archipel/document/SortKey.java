package archipel.document;

import com.ibm.icu.text.RawCollationKey;
import com.ibm.icu.text.RuleBasedCollator;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import tools.jackson.databind.JsonNode;

/**
 * JSON values as bytes whose unsigned order is {@link JsonCollation}'s; values that collate alike have equal bytes. No
 * key is the beginning of another one, so that something else may follow it. An array's key is a marker, its elements'
 * keys and an end, so that the keys of all arrays that begin alike begin alike.
 *
 * <p>A value is a marker, and what tells it from others of its kind. A number has its sign and its magnitude in the
 * marker (SQLite4's format): the value is {@code 0.ddd...} times a power of 100, each byte that follows is a digit to
 * the base of 100, doubled, and one more unless it is the last. Negative ones are complemented. A string is ICU's sort
 * key, which ends with 0 and has no other. Members of an object are keys, as strings, and values.
 *
 * <p>The raw order is the one of {@code options.collation: "raw"}: numbers, false, null, true, objects, arrays, strings
 * by their UTF-8. Its markers are other bytes, so that a key tells of which order it is.
 */
public final class SortKey {
    private static final int END = 0;
    private static final int MISSING = 0x01;
    private static final int NULL = 0x10;
    private static final int FALSE = 0x11;
    private static final int TRUE = 0x12;
    /** Numbers are from {@link #NUMBER_LEAST} to {@link #NUMBER_GREATEST}, negative ones below this. */
    private static final int ZERO = 0x40;

    private static final int NUMBER_GREATEST = 0x5f;
    private static final int NUMBER_LEAST = 2 * ZERO - NUMBER_GREATEST;
    private static final int NUMBER_SMALL = 0x41;
    /** Powers of 100 that have a marker of their own. */
    private static final int POWER_LEAST = -4;

    private static final int POWER_GREATEST = POWER_LEAST + NUMBER_GREATEST - NUMBER_SMALL - 2;

    private static final int RAW_FALSE = 0x61;
    private static final int RAW_NULL = 0x62;
    private static final int RAW_TRUE = 0x63;
    private static final int RAW_OBJECT = 0x64;
    private static final int RAW_ARRAY = 0x65;
    private static final int RAW_STRING = 0x66;

    private static final int STRING = 0x70;
    private static final int ARRAY = 0x71;
    private static final int OBJECT = 0x72;

    // Each for one thread at a time: the collator that all share would make them wait for each other.
    private static final Queue<Strings> STRINGS = new ConcurrentLinkedQueue<>();

    private final boolean raw;
    private byte[] bytes = new byte[32];
    private int size;

    private SortKey(boolean raw) {
        this.raw = raw;
    }

    /** By {@link JsonCollation}. */
    public static byte[] of(JsonNode value) {
        return new SortKey(false).value(value).toBytes();
    }

    /** What the keys of all arrays with these first elements begin with, and no others. */
    public static byte[] arrayPrefix(List<JsonNode> elements) {
        return new SortKey(false).begin(elements).toBytes();
    }

    /** By the raw order. */
    public static byte[] raw(JsonNode value) {
        return new SortKey(true).value(value).toBytes();
    }

    /** As {@link #arrayPrefix}, by the raw order. */
    public static byte[] rawArrayPrefix(List<JsonNode> elements) {
        return new SortKey(true).begin(elements).toBytes();
    }

    /**
     * What the keys of one group begin with, and no others: of an array with at least {@code level} elements that many
     * of them, without an end, as {@link #arrayPrefix} gives; else the whole key.
     *
     * @param key of either order
     * @param level at least 1
     */
    public static byte[] group(byte[] key, int level) {
        if (key[0] != ARRAY && key[0] != RAW_ARRAY) {
            return key;
        }
        int at = 1;
        for (int i = 0; i < level; i++) {
            if (key[at] == END) {
                return key;
            }
            at = after(key, at);
        }
        return Arrays.copyOf(key, at);
    }

    /** Where the value that begins at {@code from} ends. */
    private static int after(byte[] key, int from) {
        int open = 0;
        int at = from;
        do {
            int marker = key[at++] & 255;
            switch (marker) {
                case END -> open--;
                case ARRAY, OBJECT, RAW_ARRAY, RAW_OBJECT -> open++;
                case STRING -> at = afterZero(key, at);
                case RAW_STRING -> {
                    at = afterZero(key, at);
                    while (key[at++] != END) {
                        at = afterZero(key, at);
                    }
                }
                default -> at = marker == ZERO ? at : afterNumber(key, marker, at);
            }
        } while (open > 0);
        return at;
    }

    private static int afterZero(byte[] key, int from) {
        int at = from;
        while (key[at] != 0) {
            at++;
        }
        return at + 1;
    }

    private static int afterNumber(byte[] key, int marker, int from) {
        if (marker < NUMBER_LEAST || marker > NUMBER_GREATEST) {
            return from;
        }
        int last = marker < ZERO ? 1 : 0;
        boolean far = marker == NUMBER_LEAST
                || marker == NUMBER_GREATEST
                || marker == NUMBER_SMALL
                || marker == 2 * ZERO - NUMBER_SMALL;
        int at = far ? from + Integer.BYTES : from;
        while ((key[at] & 1) != last) {
            at++;
        }
        return at + 1;
    }

    private SortKey value(JsonNode value) {
        switch (value.getNodeType()) {
            case MISSING -> put(MISSING);
            case NULL -> put(raw ? RAW_NULL : NULL);
            case BOOLEAN -> put(value.booleanValue() ? raw ? RAW_TRUE : TRUE : raw ? RAW_FALSE : FALSE);
            case NUMBER -> number(value);
            case STRING -> string(value.stringValue());
            case ARRAY -> {
                put(raw ? RAW_ARRAY : ARRAY);
                for (JsonNode element : value.values()) {
                    value(element);
                }
                put(END);
            }
            case OBJECT -> {
                put(raw ? RAW_OBJECT : OBJECT);
                for (Map.Entry<String, JsonNode> member : value.properties()) {
                    string(member.getKey());
                    value(member.getValue());
                }
                put(END);
            }
            default -> throw new IllegalArgumentException("no JSON value: " + value.getNodeType());
        }
        return this;
    }

    private SortKey begin(List<JsonNode> elements) {
        put(raw ? RAW_ARRAY : ARRAY);
        elements.forEach(this::value);
        return this;
    }

    private void number(JsonNode value) {
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            long number = value.longValue();
            String digits = Long.toString(number);
            digits = number < 0 ? digits.substring(1) : digits;
            number(number < 0, digits, digits.length());
        } else {
            BigDecimal number = value.decimalValue();
            String digits = number.unscaledValue().abs().toString();
            number(number.signum() < 0, digits, (long) digits.length() - number.scale());
        }
    }

    /** @param point where the decimal point is, counted from before the first digit */
    private void number(boolean negative, String digits, long point) {
        int count = digits.length();
        while (count > 0 && digits.charAt(count - 1) == '0') {
            count--;
        }
        if (count == 0) {
            put(ZERO);
            return;
        }
        long power = Math.floorDiv(point + 1, 2);
        int marker = power < POWER_LEAST
                ? NUMBER_SMALL
                : (int) Math.min(NUMBER_GREATEST, NUMBER_SMALL + 1 + power - POWER_LEAST);
        put(negative ? 2 * ZERO - marker : marker);
        int complement = negative ? 0xff : 0;
        if (power < POWER_LEAST || power > POWER_GREATEST) {
            int far = (int) power ^ Integer.MIN_VALUE;
            for (int shift = 24; shift >= 0; shift -= 8) {
                put(far >>> shift ^ complement);
            }
        }
        for (int at = (int) (point - 2 * power); at < count; at += 2) {
            int ten = at < 0 ? 0 : digits.charAt(at) - '0';
            int one = at + 1 < count ? digits.charAt(at + 1) - '0' : 0;
            int digit = 2 * (10 * ten + one);
            put((at + 2 < count ? digit + 1 : digit) ^ complement);
        }
    }

    private void string(String text) {
        put(raw ? RAW_STRING : STRING);
        if (raw) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            for (byte b : utf8) {
                put(b);
                if (b == 0) {
                    put(0xff);
                }
            }
            put(0);
            put(END);
            return;
        }
        Strings strings = STRINGS.poll();
        strings = strings == null ? new Strings() : strings;
        RawCollationKey key = strings.key(text);
        room(key.size);
        System.arraycopy(key.bytes, 0, bytes, size, key.size);
        size += key.size;
        STRINGS.offer(strings);
    }

    private void put(int value) {
        room(1);
        bytes[size++] = (byte) value;
    }

    private void room(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, 2 * bytes.length));
        }
    }

    private byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    private static final class Strings {
        /** A longer key's room is given back. */
        private static final int KEPT = 4096;

        private final RuleBasedCollator collator = JsonCollation.collator();
        private RawCollationKey key = new RawCollationKey();

        RawCollationKey key(String text) {
            if (key.bytes != null && key.bytes.length > KEPT) {
                key = new RawCollationKey();
            }
            return collator.getRawCollationKey(text, key);
        }
    }
}
