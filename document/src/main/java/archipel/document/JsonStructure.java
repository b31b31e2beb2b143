package archipel.document;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.memory.Allowance;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Reads one JSON value, checks all of it, and keeps where the members of its objects are: their keys, their values, and
 * their order. Arrays and scalars leave nothing behind; they are read again from the text where they are needed.
 *
 * <p>Flat arrays grow with what is read and are used again for the next value, so reading allocates next to nothing.
 * Time is linear, but for sorting the keys of objects that do not come sorted. Nothing recurses.
 *
 * <p>Of equal keys in one object the last one counts, as in CouchDB; the others are {@link #isDropped}.
 */
final class JsonStructure {
    static final int NONE = -1;

    private static final int MEMBER = 8;
    private static final int KEY_START = 0;
    private static final int KEY_END = 1;
    private static final int KEY_DECODED = 2;
    private static final int VALUE_START = 3;
    private static final int VALUE_END = 4;
    private static final int FIRST_OBJECT = 5;
    private static final int PREVIOUS = 6;
    private static final int DROPPED = 7;

    private static final int OBJECT = 5;
    private static final int LAST_MEMBER = 0;
    private static final int COUNT = 1;
    private static final int FIRST_ORDER = 2;
    private static final int END = 3;
    private static final int NEXT = 4;

    private static final int UNCOUNTED_BYTES = 64 << 10;
    /** The longest array there is in any Java. */
    private static final int LONGEST = Integer.MAX_VALUE - 16;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] in;
    private final int end;
    private final int maximumDepth;

    private int[] members = new int[24 * MEMBER];
    /** For each member the first eight bytes of its key, in a form that {@link #compareKeys} can rely on. */
    private long[] prefixes = new long[24];

    private int memberCount;
    private int[] objects = new int[4 * OBJECT];
    private int objectCount;
    private int[] order = new int[24];
    private int orderCount;
    private int[] open = new int[16];
    private int depth;
    private byte[][] decoded = new byte[0][];
    private int decodedCount;
    private long decodedBytes;
    private boolean duplicates;

    /** @param end where the text ends, which may be past the value that is read */
    JsonStructure(byte[] in, int end, int maximumDepth) {
        this.in = in;
        this.end = end;
        this.maximumDepth = maximumDepth;
    }

    /**
     * Reads the value that begins at {@code from}, where there is no whitespace.
     *
     * @return the position after it
     * @throws RequestException if there is no valid value
     */
    int read(int from) {
        memberCount = objectCount = orderCount = depth = decodedCount = 0;
        decodedBytes = 0;
        duplicates = false;
        int at = from;
        while (true) {
            byte c = at < end ? in[at] : 0;
            if (c == '{') {
                openObject();
                at = JsonSyntax.space(in, at + 1, end);
                if (at >= end || in[at] != '}') {
                    at = readKey(at);
                    continue;
                }
                closeObject(++at);
            } else if (c == '[') {
                open(NONE);
                at = JsonSyntax.space(in, at + 1, end);
                if (at >= end || in[at] != ']') {
                    continue;
                }
                at++;
                depth--;
            } else if (at < end) {
                at = JsonSyntax.scalar(in, at, end);
            } else {
                throw JsonSyntax.invalid();
            }
            at = ended(at);
            if (depth == 0) {
                return at;
            }
        }
    }

    /**
     * After a value: closes what ends here; then either everything is closed or the next value begins at the result.
     */
    private int ended(int valueEnd) {
        int at = valueEnd;
        while (depth > 0) {
            int object = open[depth - 1];
            if (object != NONE) {
                members[objects[object * OBJECT + LAST_MEMBER] * MEMBER + VALUE_END] = at;
            }
            at = JsonSyntax.space(in, at, end);
            byte c = at < end ? in[at++] : 0;
            if (c == ',') {
                at = JsonSyntax.space(in, at, end);
                return object == NONE ? at : readKey(at);
            } else if (c == '}' && object != NONE) {
                closeObject(at);
            } else if (c == ']' && object == NONE) {
                depth--;
            } else {
                throw JsonSyntax.invalid();
            }
        }
        return at;
    }

    private void open(int object) {
        if (depth == maximumDepth) {
            throw JsonSyntax.invalid();
        }
        if (depth == open.length) {
            open = Arrays.copyOf(open, depth * 2);
        }
        open[depth++] = object;
    }

    private void openObject() {
        open(objectCount);
        int at = objectCount++ * OBJECT;
        if (at == objects.length) {
            objects = longer(objects);
        }
        objects[at + LAST_MEMBER] = NONE;
        objects[at + COUNT] = 0;
    }

    /** Reads a key and its colon; gives the position of the value. */
    private int readKey(int at) {
        if (at >= end || in[at] != '"') {
            throw JsonSyntax.invalid();
        }
        int start = at + 1;
        int close = JsonSyntax.string(in, start, end);
        int key = NONE;
        if (close < 0) {
            close = ~close;
            key = decode(start, close);
        }
        int colon = JsonSyntax.space(in, close + 1, end);
        if (colon >= end || in[colon] != ':') {
            throw JsonSyntax.invalid();
        }
        int value = JsonSyntax.space(in, colon + 1, end);
        int member = memberCount * MEMBER;
        if (member == members.length) {
            members = longer(members);
            count(8L * memberCount);
            prefixes = Arrays.copyOf(prefixes, members.length / MEMBER);
        }
        int object = open[depth - 1] * OBJECT;
        int[] to = members;
        to[member + KEY_START] = start;
        to[member + KEY_END] = close;
        to[member + KEY_DECODED] = key;
        to[member + VALUE_START] = value;
        to[member + FIRST_OBJECT] = objectCount;
        to[member + PREVIOUS] = objects[object + LAST_MEMBER];
        to[member + DROPPED] = 0;
        prefixes[memberCount] = key == NONE ? prefix(in, start, close) : prefix(decoded[key], 0, decoded[key].length);
        objects[object + LAST_MEMBER] = memberCount++;
        objects[object + COUNT]++;
        return value;
    }

    private int[] longer(int[] array) {
        if (array.length > LONGEST / 2) {
            throw new RequestException(ErrorCode.REQUEST_TOO_LARGE);
        }
        count(4L * array.length);
        return Arrays.copyOf(array, array.length * 2);
    }

    /**
     * Takes the memory that the arrays have when one of them is twice as long, before it is made.
     *
     * @param more how much that one grows by, bytes; for a moment it is there twice
     */
    private void count(long more) {
        long bytes = 4L * (members.length + objects.length + order.length) + 8L * (prefixes.length + decoded.length);
        if (bytes > UNCOUNTED_BYTES) {
            Allowance.current().pass(bytes + decodedBytes + 2 * more);
        }
    }

    private int decode(int start, int close) {
        byte[] plain = new byte[close - start];
        decodedBytes += plain.length + 24L;
        if (decodedCount == decoded.length) {
            count(8L * decodedCount);
            decoded = Arrays.copyOf(decoded, Math.max(4, decodedCount * 2));
        }
        decoded[decodedCount] = Arrays.copyOf(plain, JsonSyntax.unescape(in, start, close, plain, 0));
        return decodedCount++;
    }

    private void closeObject(int objectEnd) {
        int object = open[--depth] * OBJECT;
        int count = objects[object + COUNT];
        int first = orderCount;
        if (first + count > order.length) {
            count(4L * (first + count));
            order = Arrays.copyOf(order, Math.max(first + count, (int) Math.min(LONGEST, order.length * 2L)));
        }
        int member = objects[object + LAST_MEMBER];
        for (int i = first + count - 1; i >= first; i--) {
            order[i] = member;
            member = members[member * MEMBER + PREVIOUS];
        }
        for (int i = first + 1; i < first + count; i++) {
            if (compareKeys(order[i - 1], order[i]) >= 0) {
                sort(first, first + count);
                count = dropEarlierOfEqual(first, count);
                break;
            }
        }
        orderCount = first + count;
        objects[object + COUNT] = count;
        objects[object + FIRST_ORDER] = first;
        objects[object + END] = objectEnd;
        objects[object + NEXT] = objectCount;
    }

    private int dropEarlierOfEqual(int first, int count) {
        int kept = first;
        for (int i = first; i < first + count; i++) {
            if (i + 1 < first + count && compareKeys(order[i], order[i + 1]) == 0) {
                members[order[i] * MEMBER + DROPPED] = 1;
                duplicates = true;
            } else {
                order[kept++] = order[i];
            }
        }
        return kept - first;
    }

    /** A stable merge sort, by insertion where there is little to do. */
    private void sort(int from, int to) {
        if (to - from <= 16) {
            for (int i = from + 1; i < to; i++) {
                int member = order[i];
                int at = i;
                for (; at > from && compareKeys(order[at - 1], member) > 0; at--) {
                    order[at] = order[at - 1];
                }
                order[at] = member;
            }
            return;
        }
        int middle = from + to >>> 1;
        sort(from, middle);
        sort(middle, to);
        int[] left = Arrays.copyOfRange(order, from, middle);
        int at = from;
        int right = middle;
        for (int i = 0; i < left.length; ) {
            order[at++] = right < to && compareKeys(left[i], order[right]) > 0 ? order[right++] : left[i++];
        }
    }

    /**
     * The first eight bytes as an unsigned number, the first byte highest, 0 past the end. From the first byte above
     * 127 on it is all ones: greater than any ASCII and the end, and not to be told from another one.
     */
    private static long prefix(byte[] bytes, int from, int to) {
        long prefix;
        int length = to - from;
        if (from + 8 <= bytes.length) {
            prefix = (long) LONG.get(bytes, from);
            if (length < 8) {
                prefix = length == 0 ? 0 : prefix & -1L << 64 - 8 * length;
            }
        } else {
            prefix = 0;
            for (int i = 0; i < 8; i++) {
                prefix = prefix << 8 | (i < length ? bytes[from + i] & 0xFF : 0);
            }
        }
        long high = prefix & 0x8080808080808080L;
        return high == 0 ? prefix : prefix | -1L >>> (Long.numberOfLeadingZeros(high) & ~7);
    }

    /** By UTF-16 code units, as RFC 8785 wants it, read off the UTF-8 bytes. */
    private int compareKeys(int left, int right) {
        long leftPrefix = prefixes[left];
        long rightPrefix = prefixes[right];
        return leftPrefix == rightPrefix ? compareWhole(left, right) : Long.compareUnsigned(leftPrefix, rightPrefix);
    }

    private int compareWhole(int left, int right) {
        byte[] a = keyBytes(left);
        byte[] b = keyBytes(right);
        int aStart = keyFrom(left);
        int bStart = keyFrom(right);
        int aLength = keyLength(left);
        int bLength = keyLength(right);
        int at = Arrays.mismatch(a, aStart, aStart + aLength, b, bStart, bStart + bLength);
        if (at < 0) {
            return 0;
        }
        if (at == aLength || at == bLength) {
            return aLength - bLength;
        }
        return unitOrder(a[aStart + at] & 0xFF) - unitOrder(b[bStart + at] & 0xFF);
    }

    /**
     * From U+10000 on (first byte F0 and up) the first unit is a surrogate, less than U+E000 (first bytes EE and EF).
     */
    private static int unitOrder(int utf8) {
        return utf8 == 0xEE || utf8 == 0xEF ? utf8 + 0x10 : utf8;
    }

    private byte[] keyBytes(int member) {
        int key = members[member * MEMBER + KEY_DECODED];
        return key == NONE ? in : decoded[key];
    }

    private int keyFrom(int member) {
        return members[member * MEMBER + KEY_DECODED] == NONE ? members[member * MEMBER + KEY_START] : 0;
    }

    private int keyLength(int member) {
        int key = members[member * MEMBER + KEY_DECODED];
        return key == NONE
                ? members[member * MEMBER + KEY_END] - members[member * MEMBER + KEY_START]
                : decoded[key].length;
    }

    /** Whether any object had equal keys. */
    boolean hasDuplicates() {
        return duplicates;
    }

    /** How many objects there are; 0 is the outermost one or the first, and they count up as the text goes. */
    int objectCount() {
        return objectCount;
    }

    /** How many different keys an object has. */
    int count(int object) {
        return objects[object * OBJECT + COUNT];
    }

    /** The position after an object. */
    int objectEnd(int object) {
        return objects[object * OBJECT + END];
    }

    /** The number of the first object after this one and all those in it. */
    int nextObject(int object) {
        return objects[object * OBJECT + NEXT];
    }

    /** A member by its key's place, of those that count. */
    int member(int object, int place) {
        return order[objects[object * OBJECT + FIRST_ORDER] + place];
    }

    /** All members as they stand in the text, dropped ones too. */
    int[] inTextOrder(int object) {
        int count = 0;
        for (int m = objects[object * OBJECT + LAST_MEMBER]; m != NONE; m = members[m * MEMBER + PREVIOUS]) {
            count++;
        }
        int[] all = new int[count];
        for (int m = objects[object * OBJECT + LAST_MEMBER]; m != NONE; m = members[m * MEMBER + PREVIOUS]) {
            all[--count] = m;
        }
        return all;
    }

    boolean isDropped(int member) {
        return members[member * MEMBER + DROPPED] != 0;
    }

    /** The position of a key's opening quote. */
    int memberStart(int member) {
        return members[member * MEMBER + KEY_START] - 1;
    }

    int valueStart(int member) {
        return members[member * MEMBER + VALUE_START];
    }

    /** The position after a member's value. */
    int valueEnd(int member) {
        return members[member * MEMBER + VALUE_END];
    }

    /** The number that the first object in a member's value has, if there is one. */
    int firstObject(int member) {
        return members[member * MEMBER + FIRST_OBJECT];
    }

    boolean keyStartsWith(int member, char first) {
        return keyLength(member) > 0 && keyBytes(member)[keyFrom(member)] == first;
    }

    boolean keyHasEscapes(int member) {
        return members[member * MEMBER + KEY_DECODED] != NONE;
    }

    /** A key with its quotes and no more escapes than it needs. */
    void appendKey(int member, JsonBuffer out) {
        if (keyHasEscapes(member)) {
            byte[] plain = keyBytes(member);
            CanonicalJson.appendString(plain, 0, plain.length, out);
        } else {
            out.raw(in, memberStart(member), keyLength(member) + 2);
        }
    }

    String key(int member) {
        return new String(keyBytes(member), keyFrom(member), keyLength(member), UTF_8);
    }
}
