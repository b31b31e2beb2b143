package archipel.index;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import java.util.Arrays;

/**
 * A block of the history that an index's rows come from: none of them is of a later block. As the store of indexes is
 * not the store of documents, it can be ahead of that after a power cut or a restored backup; then the database does
 * not have that block, or another one of its number.
 *
 * @param hash 32 bytes
 */
public record Anchor(long block, byte[] hash) {
    /** Of an index without rows. */
    static final Anchor NONE = new Anchor(0, new byte[0]);

    /** Whether there are no rows that could come from another history. */
    public boolean isNone() {
        return hash.length == 0;
    }

    RowWriter write(RowWriter row) {
        return row.varint(block).block(hash);
    }

    static Anchor read(RowReader row) {
        return new Anchor(row.varint(), row.block());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Anchor(long number, byte[] bytes) && number == block && Arrays.equals(bytes, hash);
    }

    @Override
    public int hashCode() {
        return 31 * Long.hashCode(block) + Arrays.hashCode(hash);
    }

    /** The blocks of a database. */
    @FunctionalInterface
    public interface Chain {
        /** Whether the database has that block, under that number and with that hash. */
        boolean has(Anchor anchor);
    }
}
