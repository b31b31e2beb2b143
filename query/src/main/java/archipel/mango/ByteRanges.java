package archipel.mango;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A set of byte strings, in the order of unsigned bytes, as ranges. Immutable.
 *
 * @param ranges in ascending order, without any that touch or overlap, none of them empty
 */
record ByteRanges(List<Range> ranges) {
    static final ByteRanges NONE = new ByteRanges(List.of());
    static final ByteRanges ALL = new ByteRanges(List.of(new Range(new byte[0], null)));

    private static final Comparator<byte[]> ORDER = Arrays::compareUnsigned;

    /**
     * @param from the first that belongs to it
     * @param to the first that does not any more; null for no end
     */
    record Range(byte[] from, byte @Nullable [] to) {
        boolean isEmpty() {
            return to != null && ORDER.compare(from, to) >= 0;
        }

        boolean holds(byte[] value) {
            return ORDER.compare(from, value) <= 0 && (to == null || ORDER.compare(value, to) < 0);
        }
    }

    static ByteRanges of(byte[] from, byte @Nullable [] to) {
        Range range = new Range(from, to);
        return range.isEmpty() ? NONE : new ByteRanges(List.of(range));
    }

    /** All that begin with those bytes. */
    static ByteRanges beginningWith(byte[] prefix) {
        return of(prefix, after(prefix));
    }

    /** The least that is greater than all that begin with those bytes; null when there is none. */
    static byte @Nullable [] after(byte[] prefix) {
        int length = prefix.length;
        while (length > 0 && prefix[length - 1] == (byte) 0xFF) {
            length--;
        }
        if (length == 0) {
            return null;
        }
        byte[] next = Arrays.copyOf(prefix, length);
        next[length - 1]++;
        return next;
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    boolean isAll() {
        return ranges.size() == 1 && ranges.getFirst().from.length == 0 && ranges.getFirst().to == null;
    }

    boolean holds(byte[] value) {
        return ranges.stream().anyMatch(range -> range.holds(value));
    }

    ByteRanges intersect(ByteRanges other) {
        if (isAll()) {
            return other;
        } else if (other.isAll()) {
            return this;
        }
        List<Range> both = new ArrayList<>();
        int left = 0;
        int right = 0;
        while (left < ranges.size() && right < other.ranges.size()) {
            Range one = ranges.get(left);
            Range two = other.ranges.get(right);
            boolean oneEndsFirst = compareEnds(one.to, two.to) <= 0;
            Range common = new Range(
                    ORDER.compare(one.from, two.from) >= 0 ? one.from : two.from, oneEndsFirst ? one.to : two.to);
            if (!common.isEmpty()) {
                both.add(common);
            }
            if (oneEndsFirst) {
                left++;
            } else {
                right++;
            }
        }
        return new ByteRanges(List.copyOf(both));
    }

    ByteRanges union(ByteRanges other) {
        List<Range> all = new ArrayList<>(ranges);
        all.addAll(other.ranges);
        return union(all);
    }

    /** @param ranges in any order, overlapping or not, none of them empty */
    static ByteRanges union(List<Range> ranges) {
        List<Range> sorted = new ArrayList<>(ranges);
        sorted.sort((one, two) -> ORDER.compare(one.from, two.from));
        List<Range> merged = new ArrayList<>();
        for (Range range : sorted) {
            Range last = merged.isEmpty() ? null : merged.getLast();
            if (last != null && (last.to == null || ORDER.compare(range.from, last.to) <= 0)) {
                merged.set(
                        merged.size() - 1,
                        new Range(last.from, compareEnds(last.to, range.to) >= 0 ? last.to : range.to));
            } else {
                merged.add(range);
            }
        }
        return new ByteRanges(List.copyOf(merged));
    }

    private static int compareEnds(byte @Nullable [] one, byte @Nullable [] two) {
        if (one == null || two == null) {
            return one == two ? 0 : one == null ? 1 : -1;
        }
        return ORDER.compare(one, two);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof ByteRanges(List<Range> others)) || others.size() != ranges.size()) {
            return false;
        }
        for (int i = 0; i < others.size(); i++) {
            if (!Arrays.equals(others.get(i).from, ranges.get(i).from)
                    || !Arrays.equals(others.get(i).to, ranges.get(i).to)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        return ranges.stream().mapToInt(range -> Arrays.hashCode(range.from)).sum();
    }
}
