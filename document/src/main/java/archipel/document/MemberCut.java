package archipel.document;

import java.util.Arrays;

/**
 * Cuts members out of JSON text and leaves every other byte as it is. With a member goes one comma and the whitespace
 * to the next member, or back to the last one that stays.
 */
final class MemberCut {
    private final JsonStructure structure;

    /** Pairs of start and end. */
    private int[] spans = new int[16];

    private int count;

    MemberCut(JsonStructure structure) {
        this.structure = structure;
    }

    /**
     * Marks an object's dropped members to be cut, and more of them.
     *
     * @param more those among {@link JsonStructure#inTextOrder} to be cut as well; may be shorter
     */
    void add(int object, boolean... more) {
        int[] members = structure.inTextOrder(object);
        int lastKept = JsonStructure.NONE;
        int cutFrom = JsonStructure.NONE;
        for (int i = 0; i < members.length; i++) {
            if (i < more.length && more[i] || structure.isDropped(members[i])) {
                cutFrom = cutFrom == JsonStructure.NONE ? structure.memberStart(members[i]) : cutFrom;
            } else {
                if (cutFrom != JsonStructure.NONE) {
                    add(cutFrom, structure.memberStart(members[i]));
                    cutFrom = JsonStructure.NONE;
                }
                lastKept = members[i];
            }
        }
        if (cutFrom != JsonStructure.NONE) {
            int from = lastKept == JsonStructure.NONE ? cutFrom : structure.valueEnd(lastKept);
            add(from, structure.valueEnd(members[members.length - 1]));
        }
    }

    private void add(int from, int to) {
        if (2 * count == spans.length) {
            spans = Arrays.copyOf(spans, 4 * count);
        }
        spans[2 * count] = from;
        spans[2 * count + 1] = to;
        count++;
    }

    /** What is left of {@code in[from, to)}. */
    byte[] apply(byte[] in, int from, int to) {
        long[] sorted = new long[count];
        for (int i = 0; i < count; i++) {
            sorted[i] = (long) spans[2 * i] << 32 | spans[2 * i + 1];
        }
        Arrays.sort(sorted);
        byte[] out = new byte[to - from];
        int size = 0;
        int at = from;
        for (long span : sorted) {
            int start = (int) (span >>> 32);
            // What lies in a cut is cut with it.
            if (start >= at) {
                System.arraycopy(in, at, out, size, start - at);
                size += start - at;
                at = (int) span;
            }
        }
        System.arraycopy(in, at, out, size, to - at);
        return Arrays.copyOf(out, size + to - at);
    }
}
