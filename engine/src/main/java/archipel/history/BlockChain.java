package archipel.history;

import archipel.changes.Block;
import archipel.changes.BlockRow;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.StorageException;
import archipel.storage.StoreSnapshot;
import org.jspecify.annotations.Nullable;

/** A database's blocks up to one of them. All are kept, however old. */
public final class BlockChain {
    private final StoreSnapshot store;
    private final KeySpace keys;
    private final Block newest;

    public BlockChain(StoreSnapshot store, KeySpace keys, Block newest) {
        this.store = store;
        this.keys = keys;
        this.newest = newest;
    }

    /** Null when the chain does not have that one. */
    public @Nullable Block block(long number) {
        if (number == newest.number()) {
            return newest;
        }
        if (number < 0 || number > newest.number()) {
            return null;
        }
        byte[] row = store.get(Family.BLOCK, keys.block(number));
        if (row == null) {
            throw new StorageException(StorageException.Kind.CORRUPT, "block " + number + " is missing");
        }
        return BlockRow.decode(number, row);
    }

    /** Null when the chain does not have that one. */
    public @Nullable Block block(byte[] hash) {
        byte[] row = hash.length == 32 ? store.get(Family.BLOCK_HASH, keys.blockHash(hash)) : null;
        return row == null ? null : block(new RowReader(row).u64());
    }

    /** The last one that is not later; null when all are. */
    public @Nullable Block at(long timeMs) {
        if (newest.timeMs() <= timeMs) {
            return newest;
        }
        long later = first(block -> block.timeMs() > timeMs);
        return later == 0 ? null : block(later - 1);
    }

    /**
     * The block that made the change at that seq.
     *
     * @param seq from 1 to the newest block's last
     */
    public Block ofSeq(long seq) {
        return there(first(block -> block.lastSeq() >= seq));
    }

    // The number of the first block that the condition holds for; it holds for all after one that it holds for, and for
    // the newest.
    private long first(Condition condition) {
        long low = 0;
        long high = newest.number();
        while (low < high) {
            long middle = low + high >>> 1;
            if (condition.holds(there(middle))) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private Block there(long number) {
        Block block = block(number);
        if (block == null) {
            throw new IllegalArgumentException("block " + number + " of a chain that ends at " + newest.number());
        }
        return block;
    }

    private interface Condition {
        boolean holds(Block block);
    }
}
