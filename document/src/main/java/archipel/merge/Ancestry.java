package archipel.merge;

import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.document.RevisionTree;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What went into each revision of a document: its ancestors in the tree, and those that merges brought into them, which
 * the tree cannot say, since a parent is always one generation older. {@link Tombstone}s say it.
 */
public final class Ancestry {
    /** Of deletions that are looked at, the newest ones. */
    private static final int TOMBSTONES = 200;

    private final RevisionTree tree;
    // By the revision that took their content over, the leaves that were closed.
    private final Map<Revision, Set<Revision>> merged = new HashMap<>();

    public Ancestry(RevisionTree tree, LeafContents contents) {
        this.tree = tree;
        List<Revision> deletions = tree.deletedConflicts();
        for (Revision deletion : deletions.subList(0, Math.min(TOMBSTONES, deletions.size()))) {
            RevisionPath path = tree.pathTo(deletion);
            DocumentBody body = contents.body(deletion);
            Revision successor = body == null ? null : Tombstone.successor(body.json());
            if (successor != null && path != null && path.hashes().size() > 1) {
                Revision closed =
                        new Revision(deletion.generation() - 1, path.hashes().get(1));
                merged.computeIfAbsent(successor, _ -> new HashSet<>()).add(closed);
            }
        }
    }

    /** The leaves whose content a revision took over when they were closed; empty for what is no merge. */
    public Set<Revision> mergedInto(Revision revision) {
        return merged.getOrDefault(revision, Set.of());
    }

    /** A revision and all that went into it. */
    public Set<Revision> of(Revision revision) {
        Set<Revision> all = new HashSet<>();
        add(revision, all);
        return all;
    }

    // Each call adds a revision that was not there, and calls of calls are no more than there are tombstones.
    private void add(Revision revision, Set<Revision> all) {
        RevisionPath path = tree.pathTo(revision);
        if (path == null) {
            return;
        }
        for (int i = 0; i < path.hashes().size(); i++) {
            Revision ancestor =
                    new Revision(path.generation() - i, path.hashes().get(i));
            if (!all.add(ancestor)) {
                return;
            }
            mergedInto(ancestor).forEach(closed -> add(closed, all));
        }
    }

    /** The one of the greatest generation that is in both, the greatest of these; null where there is none. */
    static @Nullable Revision deepestCommon(Set<Revision> one, Set<Revision> other) {
        Revision deepest = null;
        for (Revision revision : one) {
            if (other.contains(revision) && (deepest == null || revision.compareTo(deepest) > 0)) {
                deepest = revision;
            }
        }
        return deepest;
    }

    /** Whether all of its roots are first revisions, rather than what stemming left. */
    boolean reachesFirst(Set<Revision> ancestors) {
        return ancestors.stream()
                .allMatch(revision ->
                        revision.generation() == 1 || !tree.parents(revision).isEmpty());
    }
}
