package archipel.history;

import archipel.changes.ChangeHistoryRow;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.Opening;
import archipel.storage.StoreSnapshot;

/** All change rows that are kept, in order of seq: those that stand and those whose place others took. */
public final class Versions implements AutoCloseable {
    private final Cursor standing;
    private final Cursor superseded;
    private boolean begun;
    private boolean standingThere;
    private boolean supersededThere;
    private boolean past;
    private long seq;

    /** Begins before the first one after {@code after}; ends with {@code last}. */
    public Versions(StoreSnapshot store, KeySpace keys, long after, long last) {
        byte[] upper = keys.change(last + 1);
        long first = Math.min(after, last) + 1;
        try (Opening opening = new Opening()) {
            this.standing = opening.add(store.cursor(Family.CHANGE, keys.change(first), upper));
            this.superseded = opening.add(store.cursor(Family.CHANGE_HISTORY, keys.changeHistory(first), upper));
            opening.keep();
        }
    }

    public boolean next() {
        if (!begun) {
            begun = true;
            standingThere = standing.first();
            supersededThere = superseded.first();
        } else if (past) {
            supersededThere = superseded.next();
        } else {
            standingThere = standing.next();
        }
        if (!standingThere && !supersededThere) {
            return false;
        }
        long next = standingThere ? KeySpace.suffixNumber(standing.key()) : Long.MAX_VALUE;
        seq = supersededThere ? Math.min(next, KeySpace.suffixNumber(superseded.key())) : next;
        past = seq < next;
        return true;
    }

    public long seq() {
        return seq;
    }

    /** The {@code CHANGE} row, as it was. */
    public byte[] row() {
        return past ? ChangeHistoryRow.change(superseded.value()) : standing.value();
    }

    /** Whether another one has taken its place. */
    public boolean isPast() {
        return past;
    }

    @Override
    public void close() {
        standing.close();
        superseded.close();
    }
}
