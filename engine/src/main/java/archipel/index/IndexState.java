package archipel.index;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How an index stands.
 *
 * @param signature names it among its database's
 * @param definition JSON, kept for whoever lists indexes
 * @param base the oldest block that is answered
 * @param block the newest block that is answered
 * @param anchor in the history that its rows come from
 * @param seq all changes up to it are in
 * @param purgeSeq all purges up to it are in
 * @param scannedTo the id up to which the first scan, of the versions up to block {@code block}, came; of that one some
 *     may be missing; null before the scan begins and when it is over
 * @param scanned whether the first scan is over
 * @param rows how many rows stand now, for each view
 * @param pastRows how many rows stood at retained blocks and stand no more
 * @param errors how many times a map failed
 * @param bytes of keys and values (JSON) of the rows that stand now
 * @param summarised whether there are summaries of all rows that the last changes did not touch
 * @param failures why views have failed, by their numbers: their rows are not kept up to date, and must not be shown
 * @param gaps documents that views lack the rows of: at those blocks these views must not be shown either
 */
public record IndexState(
        String signature,
        byte[] definition,
        long base,
        long block,
        Anchor anchor,
        long seq,
        long purgeSeq,
        @Nullable String scannedTo,
        boolean scanned,
        long[] rows,
        long pastRows,
        long errors,
        long bytes,
        boolean summarised,
        Map<Integer, String> failures,
        List<Gap> gaps) {
    /** How many views there are. */
    public int views() {
        return rows.length;
    }
}
