package archipel.document;

import archipel.document.Revision.Stamp;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A revision with its ancestors, newest first, as {@code _revisions} carries them; generations fall by one at each
 * step.
 *
 * @param generation the newest revision's
 * @param hashes newest first, at least one, and no more than there are generations
 * @param stamp the newest revision's, where that is told; null otherwise
 */
public record RevisionPath(
        int generation, List<String> hashes, @Nullable Stamp stamp) {
    /** Without a stamp. */
    public RevisionPath(int generation, List<String> hashes) {
        this(generation, hashes, null);
    }

    public RevisionPath {
        if (hashes.isEmpty() || hashes.size() > Math.max(1, generation)) {
            throw new IllegalArgumentException(hashes.size() + " hashes in a path to generation " + generation);
        }
    }

    public static RevisionPath of(Revision single) {
        return new RevisionPath(single.generation(), List.of(single.hash()));
    }

    /** The path of an edit: {@code newest} on its parent, whose own ancestors the tree knows. */
    public static RevisionPath of(Revision newest, Revision parent) {
        if (newest.generation() != parent.generation() + 1) {
            throw new IllegalArgumentException(newest + " is no child of " + parent);
        }
        return new RevisionPath(newest.generation(), List.of(newest.hash(), parent.hash()));
    }

    public RevisionPath withStamp(@Nullable Stamp other) {
        return new RevisionPath(generation, hashes, other);
    }

    public Revision newest() {
        return new Revision(generation, hashes.getFirst());
    }
}
