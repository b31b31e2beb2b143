package archipel.history;

import archipel.changes.Block;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.SeekableRows;
import archipel.storage.StoreSnapshot;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Documents as they stood at one block. A row that is no newer than the block is the one that stood; of one that is
 * newer, the first version that was superseded after the block did, unless it is newer than the block itself: then the
 * document was not there. So what a read costs grows with what has changed since, and not with how often.
 */
public final class PastDocuments implements AutoCloseable {
    private final Rows rows;
    private final KeySpace keys;
    private final Block block;
    private @Nullable SeekableRows history;

    public PastDocuments(StoreSnapshot store, KeySpace keys, Block block) {
        this(
                new Rows() {
                    @Override
                    public byte @Nullable [] get(Family family, byte[] key) {
                        return store.get(family, key);
                    }

                    @Override
                    public SeekableRows seekable(Family family, byte[] lower, byte[] upper) {
                        return store.cursor(family, lower, upper);
                    }
                },
                keys,
                block);
    }

    /** @param rows as they are now; the versions that were superseded up to now must be among them */
    public PastDocuments(Rows rows, KeySpace keys, Block block) {
        this.rows = rows;
        this.keys = keys;
        this.block = block;
    }

    /** The {@code DOCUMENT} row as it stood; null when the document was not there. */
    public byte @Nullable [] row(String id) {
        byte[] newest = rows.get(Family.DOCUMENT, keys.document(id));
        return newest == null ? null : row(id, newest);
    }

    /** As {@link #row(String)}, for a walk that has the newest row already. */
    public byte @Nullable [] row(String id, byte[] newest) {
        if (DocumentRow.seq(newest) <= block.lastSeq()) {
            return newest;
        }
        SeekableRows cursor = history;
        if (cursor == null) {
            cursor = rows.seekable(Family.HISTORY, keys.lower(), keys.upper());
            history = cursor;
        }
        byte[] wanted = keys.history(id, block.number() + 1);
        if (!cursor.seek(wanted)) {
            return null;
        }
        byte[] key = cursor.key();
        int ofId = wanted.length - Long.BYTES;
        if (key.length != wanted.length || !Arrays.equals(key, 0, ofId, wanted, 0, ofId)) {
            return null;
        }
        byte[] row = cursor.value();
        return DocumentRow.seq(row) <= block.lastSeq() ? row : null;
    }

    @Override
    public void close() {
        if (history != null) {
            history.close();
        }
    }

    /** A snapshot of a store, or the rows as commands have left them so far. */
    public interface Rows extends Bodies.Rows {
        /** The rows from {@code lower} on and before {@code upper}. */
        SeekableRows seekable(Family family, byte[] lower, byte[] upper);
    }
}
