package archipel.document;

import java.util.List;

/**
 * A revision with its ancestors, newest first, as {@code _revisions} carries them; generations fall by one at each step.
 *
 * @param generation the newest revision's
 * @param hashes newest first, at least one
 */
public record RevisionPath(int generation, List<String> hashes) {
    public static RevisionPath of(Revision single) {
        return new RevisionPath(single.generation(), List.of(single.hash()));
    }

    public Revision newest() {
        return new Revision(generation, hashes.getFirst());
    }
}
