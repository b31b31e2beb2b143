package archipel.changes;

import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.storage.Batch;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes a command's changes and the block they make.
 *
 * <p>Invariants: a document has one change row, at its newest seq, its earlier ones being in the history; a block's
 * changes have consecutive seqs that end with its last seq; the block named by hash is the block of that number.
 */
public final class ChangesLog {
    private ChangesLog() {}

    /**
     * Adds block 0.
     *
     * @param batch for what no command reads back
     */
    public static Block begin(Rows rows, Batch batch, KeySpace keys, String databaseUuid, long timeMs) {
        Block block = BlockRow.first(databaseUuid, timeMs);
        put(rows, batch, keys, block);
        return block;
    }

    /**
     * Adds the block after {@code parent}; its changes are then to be {@link #add}ed one by one.
     *
     * @param batch for what no command reads back
     * @param digests of the changes, in order; they get the seqs after the parent's last, which their digests must have
     *     been made with
     * @param extra digest of what else the command did, empty for nothing
     */
    public static Block append(
            Rows rows,
            Batch batch,
            KeySpace keys,
            Block parent,
            long timeMs,
            List<byte[]> digests,
            byte[] extra,
            Block.Totals totals) {
        Block block = BlockRow.next(parent, timeMs, parent.lastSeq() + digests.size(), digests, extra, totals);
        put(rows, batch, keys, block);
        return block;
    }

    /**
     * Writes one of the block's changes. A change row whose place is taken goes to the history.
     *
     * @param rows where change rows are read from and written to
     */
    public static void add(Rows rows, KeySpace keys, Block block, long seq, Pending change) {
        if (change.supersededSeq() > 0) {
            supersede(rows, keys, change.supersededSeq(), block.number());
        }
        ChangeRow row = new ChangeRow(
                new Sequence(seq, block.hashPrefix()),
                block.number(),
                change.digest(),
                change.leaves(),
                change.written(),
                change.id());
        rows.put(Family.CHANGE, keys.change(seq), row.encode());
    }

    private static void supersede(Rows rows, KeySpace keys, long seq, long block) {
        byte[] key = keys.change(seq);
        byte[] row = rows.get(Family.CHANGE, key);
        if (row == null) {
            throw new StorageException(StorageException.Kind.CORRUPT, "there is no change row at seq " + seq);
        }
        rows.delete(Family.CHANGE, key);
        rows.put(Family.CHANGE_HISTORY, keys.changeHistory(seq), ChangeHistoryRow.encode(block, row));
    }

    private static void put(Rows rows, Batch batch, KeySpace keys, Block block) {
        rows.put(Family.BLOCK, keys.block(block.number()), BlockRow.encode(block));
        batch.put(
                Family.BLOCK_HASH,
                keys.blockHash(block.hash()),
                new RowWriter(8).u64(block.number()).toBytes());
    }

    /** Rows as the commands before left them, committed or not. */
    public interface Rows {
        byte @Nullable [] get(Family family, byte[] key);

        void put(Family family, byte[] key, byte[] value);

        void delete(Family family, byte[] key);
    }

    /**
     * A change that has no block yet.
     *
     * @param supersededSeq where the document's change row was, 0 for a new document
     */
    public record Pending(String id, long supersededSeq, List<Leaf> leaves, List<Revision> written, byte[] digest) {}
}
