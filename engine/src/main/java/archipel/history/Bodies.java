package archipel.history;

import archipel.document.Revision;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import org.jspecify.annotations.Nullable;

/**
 * Where bodies lie: a leaf's in {@link Family#BODY}, one of a revision that is a leaf no more in {@link
 * Family#PAST_BODY}. Whoever reads the newest state never meets a superseded one.
 */
public final class Bodies {
    private Bodies() {}

    /** @param leaf whether the revision is a leaf of the document as it is now */
    public static Family family(boolean leaf) {
        return leaf ? Family.BODY : Family.PAST_BODY;
    }

    /** A body's row, wherever it lies; for readers of earlier blocks, whose leaves may be leaves no more. */
    public static byte @Nullable [] find(Rows rows, KeySpace keys, String id, Revision revision) {
        byte[] key = keys.body(id, revision);
        byte[] row = rows.get(Family.BODY, key);
        return row == null ? rows.get(Family.PAST_BODY, key) : row;
    }

    /** A store, or a snapshot of one. */
    @FunctionalInterface
    public interface Rows {
        byte @Nullable [] get(Family family, byte[] key);
    }
}
