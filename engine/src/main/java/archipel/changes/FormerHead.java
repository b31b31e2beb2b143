package archipel.changes;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import java.util.Arrays;

/**
 * How far the databases had come that had a name before the one that has it now. What lies beyond the newest seq and
 * not beyond {@code lastSeq} is a position in the history of one of them, which a reader kept.
 *
 * @param block the greatest number of a block of theirs; 0 where there was no such database, or nothing in it
 * @param hash of that block, 32 bytes
 * @param lastSeq the greatest of their seqs
 */
public record FormerHead(long block, byte[] hash, long lastSeq) {
    private static final int HASH_BYTES = 32;

    /** Of a name that no database had before. */
    public static final FormerHead NONE = new FormerHead(0, new byte[HASH_BYTES], 0);

    /** The same after one more database of that name came to its end. */
    public FormerHead and(FormerHead later) {
        boolean further = later.block >= block;
        return new FormerHead(
                further ? later.block : block, further ? later.hash : hash, Math.max(lastSeq, later.lastSeq));
    }

    /** Whether the other one says nothing that this does not. */
    public boolean covers(FormerHead other) {
        return block >= other.block && lastSeq >= other.lastSeq;
    }

    /** The head of one database. */
    public static FormerHead of(Block head) {
        return head.number() == 0 ? NONE : new FormerHead(head.number(), head.hash(), head.lastSeq());
    }

    /** Whether that block is the one named here. */
    public boolean is(long number, byte[] otherHash) {
        return block > 0 && number == block && Arrays.equals(hash, otherHash);
    }

    public void write(RowWriter row) {
        row.varint(block);
        if (block > 0) {
            row.raw(hash).varint(lastSeq);
        }
    }

    /** Reads what {@link #write} wrote. */
    public static FormerHead read(RowReader row) {
        long block = row.varint();
        return block == 0 ? NONE : new FormerHead(block, row.raw(HASH_BYTES), row.varint());
    }
}
