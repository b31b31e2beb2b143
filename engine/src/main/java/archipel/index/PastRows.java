package archipel.index;

import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.StoreSnapshot;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The rows that stood at a block and stand no more. At one place there may be many, of which one at the most stood at
 * the block: after some steps that found none, the others of the place are jumped over.
 */
final class PastRows implements Source {
    private static final int STEPS = 4;

    private final IndexSpace space;
    private final Cursor rows;
    private final boolean descending;
    private final long block;
    // Copied out of the store once for each row.
    private byte @Nullable [] key;

    PastRows(StoreSnapshot store, IndexSpace space, Range range, boolean descending, long block) {
        this.space = space;
        this.rows = store.cursor(Family.INDEX, space.past(range.lower()), space.past(range.upper()));
        this.descending = descending;
        this.block = block;
    }

    @Override
    public boolean seek(byte @Nullable [] place) {
        if (place == null) {
            return settle(descending ? rows.last() : rows.first());
        }
        // Keys of rows at the place are longer than this one.
        byte[] key = space.past(place);
        return settle(descending ? rows.seekBack(key) : rows.seek(key));
    }

    @Override
    public boolean step() {
        return settle(move());
    }

    private boolean move() {
        return descending ? rows.previous() : rows.next();
    }

    private boolean settle(boolean found) {
        boolean more = found;
        int steps = 0;
        while (more && !stood()) {
            steps++;
            if (steps < STEPS) {
                more = move();
            } else {
                steps = 0;
                more = jump();
            }
        }
        key = null;
        return more;
    }

    private boolean stood() {
        return IndexSpace.to(rows.key()) > block && StoredRow.from(rows.value()) <= block;
    }

    // From a row that did not stand, past others at its place of which the same is known.
    private boolean jump() {
        byte[] key = rows.key();
        byte[] place = Arrays.copyOfRange(key, IndexSpace.PLACE, key.length - IndexSpace.TO);
        boolean earlier = IndexSpace.to(key) <= block;
        if (earlier) {
            return descending ? rows.seekBack(space.past(place, 0)) : rows.seek(space.past(place, block + 1));
        }
        // Those after it began even later.
        if (!descending) {
            return rows.seek(space.past(place, -1));
        }
        // The first that ended after the block: if it did not stand, none did.
        return rows.seek(space.past(place, block + 1)) && (stood() || rows.previous());
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
        return key().length - IndexSpace.TO;
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
