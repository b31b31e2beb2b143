package archipel.ends;

import java.util.List;

/**
 * Which changes a replication wants from its source.
 *
 * @param since after which position
 * @param known earlier positions, the newest first, in case the source does not know that one any more
 * @param continuous whether the feed goes on
 * @param winnersOnly whether of each document only the winner is wanted
 * @param progress the run's, where all of a database is read
 */
public record ChangesQuery(
        SourceSequence since,
        List<SourceSequence> known,
        boolean continuous,
        boolean winnersOnly,
        Selection selection,
        LeavesProgress progress) {
    /** Whether all is wanted that the database has, so that it may come in any order. */
    boolean isOfAll() {
        return since.isZero() && !winnersOnly && selection instanceof Selection.All;
    }

    public ChangesQuery from(SourceSequence position) {
        return new ChangesQuery(position, known, continuous, winnersOnly, selection, progress);
    }
}
