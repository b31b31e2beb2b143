package archipel.history;

import archipel.changes.Block;
import archipel.changes.ChangeHistoryRow;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.Opening;
import archipel.storage.StoreSnapshot;

/**
 * The change rows as they stood at one block, in order of seq: those that are no newer than the block and still stand,
 * and between them those that stood until a later block.
 */
public final class PastChanges implements AutoCloseable {
    private final KeySpace keys;
    private final Block block;
    private final Source standing;
    private final Source superseded;
    private final boolean descending;
    private boolean begun;
    private Source at;

    public PastChanges(StoreSnapshot store, KeySpace keys, Block block, boolean descending) {
        this.keys = keys;
        this.block = block;
        this.descending = descending;
        byte[] upper = keys.change(block.lastSeq() + 1);
        try (Opening opening = new Opening()) {
            this.standing = new Source(opening.add(store.cursor(Family.CHANGE, keys.lower(), upper)), false);
            this.superseded = new Source(opening.add(store.cursor(Family.CHANGE_HISTORY, keys.lower(), upper)), true);
            opening.keep();
        }
        this.at = standing;
    }

    /** How many changes after {@code seq} stood at the block and were superseded later. */
    public static long superseded(StoreSnapshot store, KeySpace keys, Block block, long seq) {
        long count = 0;
        try (Cursor rows = store.cursor(
                Family.CHANGE_HISTORY, keys.changeHistory(seq + 1), keys.changeHistory(block.lastSeq() + 1))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                if (ChangeHistoryRow.supersededAt(rows.value()) > block.number()) {
                    count++;
                }
            }
        }
        return count;
    }

    /** To the first change after {@code seq}, or when descending to the last one up to it; then on from there. */
    public boolean next(long seq) {
        if (begun) {
            at.step();
        } else {
            begun = true;
            standing.begin(seq);
            superseded.begin(seq);
        }
        if (!superseded.there) {
            at = standing;
        } else if (!standing.there) {
            at = superseded;
        } else {
            at = standing.seq < superseded.seq == !descending ? standing : superseded;
        }
        return at.there;
    }

    public long seq() {
        return at.seq;
    }

    /** The {@code CHANGE} row. */
    public byte[] row() {
        byte[] value = at.rows.value();
        return at.past ? ChangeHistoryRow.change(value) : value;
    }

    @Override
    public void close() {
        standing.rows.close();
        superseded.rows.close();
    }

    private final class Source {
        final Cursor rows;
        final boolean past;
        boolean there;
        long seq;

        Source(Cursor rows, boolean past) {
            this.rows = rows;
            this.past = past;
        }

        void begin(long from) {
            boolean found = descending ? rows.seekBack(keys.change(from)) : rows.seek(keys.change(from + 1));
            settle(found);
        }

        void step() {
            settle(descending ? rows.previous() : rows.next());
        }

        // Steps over what was superseded at the block or before.
        private void settle(boolean found) {
            boolean more = found;
            while (more && past && ChangeHistoryRow.supersededAt(rows.value()) <= block.number()) {
                more = descending ? rows.previous() : rows.next();
            }
            there = more;
            if (more) {
                seq = KeySpace.suffixNumber(rows.key());
            }
        }
    }
}
