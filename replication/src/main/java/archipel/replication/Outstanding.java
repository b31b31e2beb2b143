package archipel.replication;

import archipel.document.Revision;
import archipel.ends.FetchedDocument;
import archipel.ends.MissingRevisions;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Which of the revisions that a source was asked for it has not sent. An answer may be valid and still lack some of
 * them; a checkpoint that passed these would lose them. For one thread.
 */
final class Outstanding {
    private final Map<String, Set<Revision>> revisions = new LinkedHashMap<>();

    /** @param wanted may name a document several times */
    Outstanding(Iterable<MissingRevisions> wanted) {
        for (MissingRevisions one : wanted) {
            revisions.computeIfAbsent(one.id(), _ -> new LinkedHashSet<>(2)).addAll(one.missing());
        }
    }

    /** Strikes off the revision that was sent, and those which it has grown from meanwhile. */
    void received(FetchedDocument document) {
        Set<Revision> left = revisions.get(document.id());
        if (left != null && left.removeIf(document::isOrDescendsFrom) && left.isEmpty()) {
            revisions.remove(document.id());
        }
    }

    boolean isEmpty() {
        return revisions.isEmpty();
    }

    void forEach(BiConsumer<String, Revision> each) {
        revisions.forEach((id, left) -> left.forEach(revision -> each.accept(id, revision)));
    }
}
