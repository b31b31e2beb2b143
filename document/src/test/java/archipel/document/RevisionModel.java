package archipel.document;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a revision tree means, said plainly: sets of revisions and of edges, and everything counted anew each time. */
final class RevisionModel {
    final TreeMap<Revision, TreeSet<Revision>> parents = new TreeMap<>();
    final TreeMap<Revision, Boolean> written = new TreeMap<>();

    void merge(RevisionPath path, boolean deleted) {
        Revision child = null;
        for (int i = 0; i < path.hashes().size(); i++) {
            Revision revision =
                    new Revision(path.generation() - i, path.hashes().get(i));
            parents.computeIfAbsent(revision, r -> new TreeSet<>());
            if (child != null) {
                parents.get(child).add(revision);
            }
            child = revision;
        }
        written.putIfAbsent(path.newest(), deleted);
    }

    Set<Revision> leafSet() {
        Set<Revision> leaves = new HashSet<>(parents.keySet());
        parents.values().forEach(leaves::removeAll);
        return leaves;
    }

    List<Leaf> leaves() {
        List<Leaf> leaves = new ArrayList<>();
        leafSet().forEach(leaf -> leaves.add(new Leaf(leaf, written.get(leaf))));
        leaves.sort(Comparator.comparing(Leaf::deleted)
                .thenComparing(Comparator.comparing(Leaf::revision).reversed()));
        return leaves;
    }

    /** All revisions at or above {@code leaf}, up to {@code count} generations. */
    Set<Revision> above(Revision leaf, int count) {
        Set<Revision> above = new HashSet<>();
        Set<Revision> step = Set.of(leaf);
        for (int i = 0; i < count && !step.isEmpty(); i++) {
            above.addAll(step);
            Set<Revision> next = new HashSet<>();
            step.forEach(revision -> next.addAll(parents.get(revision)));
            step = next;
        }
        return above;
    }

    void stem(int limit) {
        Set<Revision> keep = new HashSet<>();
        leafSet().forEach(leaf -> keep.addAll(above(leaf, limit)));
        keepOnly(keep);
    }

    void purge(List<Revision> gone) {
        Set<Revision> keep = new HashSet<>();
        for (Revision leaf : leafSet()) {
            if (!gone.contains(leaf)) {
                keep.addAll(above(leaf, Integer.MAX_VALUE));
            }
        }
        keepOnly(keep);
    }

    private void keepOnly(Set<Revision> keep) {
        parents.keySet().retainAll(keep);
        parents.values().forEach(set -> set.retainAll(keep));
        written.keySet().retainAll(keep);
    }

    List<String> pathTo(Revision revision) {
        List<String> hashes = new ArrayList<>();
        for (Revision at = revision;
                at != null;
                at = parents.get(at).isEmpty() ? null : parents.get(at).last()) {
            hashes.add(at.hash());
        }
        return hashes;
    }

    /** As {@link RevisionTree#toString}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (Map.Entry<Revision, TreeSet<Revision>> entry : parents.entrySet()) {
            Revision revision = entry.getKey();
            text.append(text.isEmpty() ? "" : " ").append(revision);
            text.append(written.containsKey(revision) ? "*" : "");
            text.append(Boolean.TRUE.equals(written.get(revision)) ? "!" : "");
            List<Revision> order = new ArrayList<>(entry.getValue());
            if (!order.isEmpty()) {
                text.append('<').append(order.removeLast().hash());
                order.forEach(parent -> text.append('<').append(parent.hash()));
            }
        }
        return text.toString();
    }
}
