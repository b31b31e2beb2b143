package archipel.history;

import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.StoreSnapshot;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Leaves' bodies that are asked for in ascending order of their keys, as a walk over documents does, since both are
 * sorted by id: one that lies some rows ahead is stepped to, one further away is sought.
 */
public final class BodyWalk implements AutoCloseable {
    private static final int STEPS_BEFORE_SEEK = 4;

    private final Cursor rows;
    private boolean begun;
    private byte @Nullable [] at;

    public BodyWalk(StoreSnapshot store, KeySpace keys) {
        this.rows = store.cursor(Family.BODY, keys.lower(), keys.upper());
    }

    /**
     * The row; null when there is none.
     *
     * @param key no smaller than the one before
     */
    public byte @Nullable [] find(byte[] key) {
        if (!begun) {
            begun = true;
            moved(rows.seek(key));
        }
        for (int step = 0; isBefore(key) && step < STEPS_BEFORE_SEEK; step++) {
            moved(rows.next());
        }
        if (isBefore(key)) {
            moved(rows.seek(key));
        }
        return Arrays.equals(at, key) ? rows.value() : null;
    }

    private boolean isBefore(byte[] key) {
        return at != null && Arrays.compareUnsigned(at, key) < 0;
    }

    private void moved(boolean found) {
        at = found ? rows.key() : null;
    }

    @Override
    public void close() {
        rows.close();
    }
}
