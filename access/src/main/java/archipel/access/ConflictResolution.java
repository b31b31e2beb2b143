package archipel.access;

import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A conflict to be ended, wholly or in part.
 *
 * @param leaves all that are not deleted, the winner first, in descending order; the write is refused where they are
 *     others by then
 * @param losers which of the others are closed
 * @param result what follows the winner, which its document names as the revision that it replaces; null where the
 *     winner stays as it is
 * @param stamp of the result; null for that of the edit, as of any other
 */
record ConflictResolution(
        String id,
        List<Revision> leaves,
        List<Revision> losers,
        @Nullable DocumentWrite result,
        @Nullable Stamp stamp) {
    /** Of JSON that it writes. */
    long bytes() {
        return 100L * losers.size() + (result == null ? 0 : result.document().json().length);
    }
}
