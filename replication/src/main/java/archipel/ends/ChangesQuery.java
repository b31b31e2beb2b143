package archipel.ends;

import java.util.List;

/**
 * Which changes a replication wants from its source.
 *
 * @param since after which position
 * @param known earlier positions, the newest first, in case the source does not know that one any more
 * @param continuous whether the feed goes on
 * @param winnersOnly whether of each document only the winner is wanted
 */
public record ChangesQuery(
        SourceSequence since,
        List<SourceSequence> known,
        boolean continuous,
        boolean winnersOnly,
        Selection selection) {
    public ChangesQuery from(SourceSequence position) {
        return new ChangesQuery(position, known, continuous, winnersOnly, selection);
    }
}
