package archipel.index;

import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.StoreSnapshot;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The rows that stand now, or those of them that stood at an earlier block already. */
final class LiveRows implements Source {
    /** For the block: all that stand now. */
    static final long NOW = Long.MAX_VALUE;

    private final IndexSpace space;
    private final Cursor rows;
    private final boolean descending;
    private final long block;
    // Copied out of the store once for each row.
    private byte @Nullable [] key;

    LiveRows(StoreSnapshot store, IndexSpace space, Range range, boolean descending, long block) {
        this.space = space;
        this.rows = store.cursor(Family.INDEX, space.live(range.lower()), space.live(range.upper()));
        this.descending = descending;
        this.block = block;
    }

    @Override
    public boolean seek(byte @Nullable [] place) {
        if (place == null) {
            return settle(descending ? rows.last() : rows.first());
        }
        byte[] key = space.live(place);
        if (!descending) {
            return settle(rows.seek(key));
        }
        boolean found = rows.seekBack(key);
        return settle(found && Arrays.equals(rows.key(), key) ? rows.previous() : found);
    }

    @Override
    public boolean step() {
        return settle(descending ? rows.previous() : rows.next());
    }

    private boolean settle(boolean found) {
        boolean more = found;
        while (more && block != NOW && StoredRow.from(rows.value()) > block) {
            more = descending ? rows.previous() : rows.next();
        }
        key = null;
        return more;
    }

    @Override
    public byte[] key() {
        byte[] known = key;
        if (known == null) {
            known = rows.key();
            key = known;
        }
        return known;
    }

    @Override
    public int end() {
        return key().length;
    }

    @Override
    public byte[] value() {
        return rows.value();
    }

    @Override
    public void close() {
        rows.close();
    }
}
