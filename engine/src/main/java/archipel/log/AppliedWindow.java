package archipel.log;

import archipel.command.GroupCommand.Once;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;

/**
 * Which commands of one run of an origin a group has seen. For one thread.
 *
 * <p>Numbers below {@link #next} were seen, or are settled: the origin never sends them again. Of those above it a ring
 * of bits has one for each, at the number's remainder; it doubles as it has to. Commands mostly come in order, so that
 * there is nothing in it but what a change of leaders has mixed up. A number costs a few instructions, and no memory
 * once the ring is wide enough.
 *
 * <p>Invariants: {@code next} itself was not seen; bits are set for numbers above {@code next}, up to {@code highest},
 * alone; these are fewer than {@link Once#WINDOW}, whatever an origin sends.
 */
final class AppliedWindow {
    private final long run;
    // The lowest number that was not seen.
    private long next;
    // The highest that was seen; below next where none above it was.
    private long highest;
    private long[] bits;

    /** Of which nothing was seen. */
    AppliedWindow(long run) {
        this(run, 1, 0);
    }

    private AppliedWindow(long run, long next, long highest) {
        this.run = run;
        this.next = next;
        this.highest = highest;
        this.bits = new long[words(highest - next)];
    }

    // A power of two, with room for a number that is so far above the next one.
    private static int words(long above) {
        int words = 1;
        while ((long) words * Long.SIZE <= above) {
            words *= 2;
        }
        return words;
    }

    AppliedWindow copy() {
        AppliedWindow copy = new AppliedWindow(run, next, highest);
        if (copy.bits.length == bits.length) {
            System.arraycopy(bits, 0, copy.bits, 0, bits.length);
        } else {
            copyTo(copy);
        }
        return copy;
    }

    private void copyTo(AppliedWindow wider) {
        for (long number = next + 1; number <= highest; number++) {
            if (get(number)) {
                wider.set(number);
            }
        }
    }

    long run() {
        return run;
    }

    boolean hasSeen(long number) {
        return number < next || number <= highest && get(number);
    }

    /** Whether there is room for a number, once those up to {@code settled} are settled. */
    boolean hasRoom(long number, long settled) {
        return number - Math.max(next, settled + 1) < Once.WINDOW;
    }

    /** A number that was not seen, and for which there is room. */
    void see(long number, long settled) {
        if (settled >= next) {
            advance(settled + 1);
        }
        if (number == next) {
            advance(number + 1);
            return;
        }
        if (number - next >= (long) bits.length * Long.SIZE) {
            AppliedWindow wider = new AppliedWindow(run, next, number);
            copyTo(wider);
            bits = wider.bits;
        }
        set(number);
        highest = Math.max(highest, number);
    }

    private void advance(long to) {
        long end = Math.min(to - 1, highest);
        for (long number = next; number <= end; number++) {
            clear(number);
        }
        next = to;
        while (next <= highest && get(next)) {
            clear(next);
            next++;
        }
    }

    private boolean get(long number) {
        return (bits[word(number)] & 1L << number) != 0;
    }

    private void set(long number) {
        bits[word(number)] |= 1L << number;
    }

    private void clear(long number) {
        bits[word(number)] &= ~(1L << number);
    }

    private int word(long number) {
        return (int) (number / Long.SIZE) & bits.length - 1;
    }

    /** The run, the next number, then a bit for each number above it, up to the last that was seen. */
    byte[] encode() {
        byte[] above = new byte[highest <= next ? 0 : (int) ((highest - next - 1) / Byte.SIZE) + 1];
        for (long number = next + 1; number <= highest; number++) {
            if (get(number)) {
                int bit = (int) (number - next - 1);
                above[bit / Byte.SIZE] |= (byte) (1 << bit % Byte.SIZE);
            }
        }
        return new RowWriter(20 + above.length)
                .varint(run)
                .varint(next)
                .raw(above)
                .toBytes();
    }

    /** @throws StorageException of kind corrupt for what {@link #encode} never gives */
    static AppliedWindow decode(byte[] row) {
        RowReader in = new RowReader(row);
        long run = in.varint();
        long next = in.varint();
        byte[] above = in.rest();
        if (run < 0 || next < 1 || next > Once.LAST_NUMBER + 1) {
            throw corrupt("run " + run + " has come to number " + next);
        }
        if (above.length == 0) {
            return new AppliedWindow(run, next, 0);
        }
        int last = above[above.length - 1] & 0xff;
        long highest = next + (long) above.length * Byte.SIZE - (Integer.numberOfLeadingZeros(last) - Byte.SIZE * 3);
        if (last == 0 || highest - next >= Once.WINDOW || highest > Once.LAST_NUMBER) {
            throw corrupt(above.length + " bytes above number " + next + ", the last of which is " + last);
        }
        AppliedWindow window = new AppliedWindow(run, next, highest);
        for (long number = next + 1; number <= highest; number++) {
            int bit = (int) (number - next - 1);
            if ((above[bit / Byte.SIZE] & 1 << bit % Byte.SIZE) != 0) {
                window.set(number);
            }
        }
        return window;
    }

    private static StorageException corrupt(String what) {
        return new StorageException(StorageException.Kind.CORRUPT, "a window of commands: " + what);
    }
}
