package archipel.history;

import archipel.changes.Block;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.StoreSnapshot;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Documents as they stood at one block. A row that is no newer than the block is the one that stood; of one that is
 * newer, the first version that was superseded after the block did, unless it is newer than the block itself: then the
 * document was not there. So what a read costs grows with what has changed since, and not with how often.
 */
public final class PastDocuments implements AutoCloseable {
    private final StoreSnapshot store;
    private final KeySpace keys;
    private final Block block;
    private @Nullable Cursor history;

    public PastDocuments(StoreSnapshot store, KeySpace keys, Block block) {
        this.store = store;
        this.keys = keys;
        this.block = block;
    }

    /** The {@code DOCUMENT} row as it stood; null when the document was not there. */
    public byte @Nullable [] row(String id) {
        byte[] newest = store.get(Family.DOCUMENT, keys.document(id));
        return newest == null ? null : row(id, newest);
    }

    /** As {@link #row(String)}, for a walk that has the newest row already. */
    public byte @Nullable [] row(String id, byte[] newest) {
        if (DocumentRow.seq(newest) <= block.lastSeq()) {
            return newest;
        }
        Cursor cursor = history;
        if (cursor == null) {
            cursor = store.cursor(Family.HISTORY, keys.lower(), keys.upper());
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
}
