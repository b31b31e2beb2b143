package archipel.read;

import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.StoreSnapshot;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Rows of one family that are mostly asked for in ascending order of their keys, and close together: a cursor steps to
 * what lies some rows ahead, which costs a fraction of looking for it from the top, and knows at once that there is
 * nothing. Where they are not close after all, each is looked for by itself. For one thread.
 */
final class OrderedRows implements AutoCloseable {
    private static final int STEPS_BEFORE_SEEK = 4;
    /** A cursor is worth making for more than these. */
    private static final int ALONE = 3;
    /** So many rows that were not close, more than those that were, and no more is tried. */
    private static final int MOST_FAR = 16;

    private final StoreSnapshot store;
    private final KeySpace keys;
    private final Family family;
    private int asked;
    private int far;
    private byte @Nullable [] last;
    private @Nullable Cursor cursor;
    // Of the row at the cursor; null at the end.
    private byte @Nullable [] at;

    OrderedRows(StoreSnapshot store, KeySpace keys, Family family) {
        this.store = store;
        this.keys = keys;
        this.family = family;
    }

    byte @Nullable [] get(byte[] key) {
        boolean ascending = last == null || Arrays.compareUnsigned(last, key) <= 0;
        if (++asked <= ALONE || far >= MOST_FAR || !ascending) {
            far += ascending ? 0 : 1;
            return store.get(family, key);
        }
        last = key;
        Cursor rows = cursor;
        if (rows == null) {
            rows = store.cursor(family, keys.lower(), keys.upper());
            cursor = rows;
            moved(rows.seek(key));
        } else {
            forward(rows, key);
        }
        return Arrays.equals(at, key) ? rows.value() : null;
    }

    private void forward(Cursor rows, byte[] key) {
        for (int step = 0; isBefore(key) && step < STEPS_BEFORE_SEEK; step++) {
            moved(rows.next());
        }
        boolean near = !isBefore(key);
        if (!near) {
            moved(rows.seek(key));
        }
        far = Math.max(0, far + (near ? -1 : 1));
    }

    private boolean isBefore(byte[] key) {
        return at != null && Arrays.compareUnsigned(at, key) < 0;
    }

    private void moved(boolean found) {
        at = found && cursor != null ? cursor.key() : null;
    }

    @Override
    public void close() {
        if (cursor != null) {
            cursor.close();
        }
    }
}
