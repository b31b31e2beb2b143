package archipel.divergence;

import archipel.log.Chains;
import archipel.log.Chains.Head;
import java.util.List;
import java.util.Map;

/**
 * Which points of a group its leader tells the others next: the newest blocks of databases that have changed, and of a
 * few others in turn, so that what nobody writes to is looked at as well. Bounded in what it reads and tells; what did
 * not fit comes next. For one thread.
 */
final class ChainReport {
    /** Rows that are looked at in one round. */
    private static final int SCANNED = 256;

    private static final int CHANGED = 16;
    private static final int UNCHANGED = 2;

    private final int group;
    private final boolean catalog;
    private int after;
    // Up to which command all changes have been told, and the newest when the present turn began.
    private long told;
    private long begun;
    private long before = -1;
    private long digestAt = -1;
    private Value digest = Value.UNKNOWN;

    /** @param catalog whether what the group knows beside its databases is told, too */
    ChainReport(int group, boolean catalog) {
        this.group = group;
        this.catalog = catalog;
    }

    /** Adds the next points. */
    void next(Chains chains, Map<Point, Value> values) {
        long position = chains.position().index();
        if (after == 0) {
            begun = position;
        }
        int changed = CHANGED;
        int unchanged = UNCHANGED;
        List<Head> heads = chains.heads(after, SCANNED);
        int seen = 0;
        while (seen < heads.size() && changed > 0) {
            Head head = heads.get(seen++);
            boolean is = head.position() > told;
            if (is || unchanged > 0) {
                values.put(Point.of(group, head), Value.of(head.hash()));
            }
            changed -= is ? 1 : 0;
            unchanged -= is ? 0 : 1;
            after = head.database();
            if (!is && unchanged == 0 && position <= told) {
                // Nothing has changed: the others come in the rounds after this.
                break;
            }
        }
        if (seen == heads.size() && heads.size() < SCANNED) {
            after = 0;
            told = Math.max(told, begun);
        }
        // While it changes nobody would be at the same command.
        if (catalog && position == before) {
            if (digestAt != position) {
                digest = Value.of(chains.catalogDigest());
                digestAt = position;
            }
            values.put(new Point(group, Point.CATALOG, position, position), digest);
        }
        before = position;
    }
}
