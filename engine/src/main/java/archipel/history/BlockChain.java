package archipel.history;

import archipel.changes.Block;
import archipel.changes.BlockRow;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.StorageException;
import archipel.storage.StoreSnapshot;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A database's blocks up to one of them. All are kept, however old. */
public final class BlockChain {
    private final StoreSnapshot store;
    private final KeySpace keys;
    private final Block newest;
    private final List<Long> restarts;

    /** @param restarts the blocks after which time began anew, ascending; what comes after the newest counts not */
    public BlockChain(StoreSnapshot store, KeySpace keys, Block newest, List<Long> restarts) {
        this.store = store;
        this.keys = keys;
        this.newest = newest;
        this.restarts = restarts;
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

    /**
     * The last one that is not later, of the newest stretch of time that has one; null when all are later. Time goes on
     * within a stretch, and back only where the next one begins.
     */
    public @Nullable Block at(long timeMs) {
        if (newest.timeMs() <= timeMs) {
            return newest;
        }
        long last = newest.number();
        for (long restart : restarts.reversed()) {
            if (restart < last) {
                Block found = at(timeMs, restart + 1, last);
                if (found != null) {
                    return found;
                }
                last = restart;
            }
        }
        return at(timeMs, 0, last);
    }

    private @Nullable Block at(long timeMs, long from, long last) {
        long later = first(from, last + 1, block -> block.timeMs() > timeMs);
        return later == from ? null : block(later - 1);
    }

    /**
     * The block that made the change at that seq.
     *
     * @param seq from 1 to the newest block's last
     */
    public Block ofSeq(long seq) {
        return there(first(0, newest.number(), block -> block.lastSeq() >= seq));
    }

    // The number of the first block that the condition holds for, from the first one to before the second; it holds for
    // all after one that it holds for. The second where it holds for none.
    private long first(long from, long to, Condition condition) {
        long low = from;
        long high = to;
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
