package archipel.merge;

import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.document.RevisionHash;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a conflict is resolved, wholly or in part. The branch of the winner goes on, whichever content was chosen, and
 * the losers are closed with {@link Tombstone}s. So of two nodes that choose differently each keeps the same branch
 * open: their revisions stand beside each other on it, and neither content is lost.
 *
 * @param leaves that are not deleted, the winner first, in descending order: what the plan was made of
 * @param losers leaves whose content the result contains, or that it takes the place of
 * @param stamp the newest of the leaves that went into the result: a merge is no newer than what was merged
 * @param result what the revision that follows the winner has; null where the winner's content is the result
 */
public record MergePlan(
        List<Revision> leaves,
        List<Revision> losers,
        Stamp stamp,
        @Nullable DocumentBody result) {
    public Revision winner() {
        return leaves.getFirst();
    }

    /** The revision that has the result: a new one, or the winner as it is. */
    public Revision revision() {
        DocumentBody body = result;
        if (body == null) {
            return winner();
        }
        byte[] digest = CanonicalJson.digest(body.json(), 0, body.json().length);
        return RevisionHash.next(winner(), false, digest, body.attachments());
    }

    /** In the order of {@link #losers}. */
    public List<Tombstone> tombstones() {
        Revision successor = revision();
        return losers.stream().map(loser -> Tombstone.of(loser, successor)).toList();
    }
}
