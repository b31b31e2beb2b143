package archipel.document;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The revisions of one document: a forest (stemming can cut off common roots) whose leaves are the document's current
 * versions. Immutable; {@link #merge} and {@link #without} give new trees.
 *
 * <p>Invariants, held by every operation and checked on {@link #decode}:
 *
 * <ul>
 *   <li>a revision is there once, and a parent's generation is one less than its child's;
 *   <li>every leaf was written here; inner revisions may be known by name only;
 *   <li>equal sets of revisions and edges are equal trees with equal bytes.
 * </ul>
 *
 * <p>A merge is a union, so without stemming it is associative, commutative and idempotent. A revision id names one
 * content: where two writes give it different deleted flags, the first stays.
 */
public final class RevisionTree {
    public static final RevisionTree EMPTY = new RevisionTree(RevisionNodes.EMPTY);

    private final RevisionNodes nodes;

    private RevisionTree(RevisionNodes nodes) {
        this.nodes = nodes;
    }

    static RevisionTree of(RevisionNodes nodes) {
        return nodes.size == 0 ? EMPTY : new RevisionTree(nodes);
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @throws CorruptTreeException when it did not write these bytes
     */
    public static RevisionTree decode(byte[] bytes, int offset, int length) {
        return of(RevisionCodec.decode(bytes, offset, length));
    }

    /**
     * Reads the winner alone out of what {@link #encode} wrote, without checking the rest.
     *
     * @throws CorruptTreeException when the part that is read makes no sense
     */
    public static @Nullable Leaf winner(byte[] bytes, int offset, int length) {
        return RevisionCodec.winner(bytes, offset, length);
    }

    /** Whether what {@link #encode} wrote from there on is more than one revision after the other. */
    public static boolean hasBranches(byte[] bytes, int offset) {
        return RevisionCodec.hasBranches(bytes, offset);
    }

    /** A canonical encoding: equal trees have equal bytes, whatever the order in which their revisions came. */
    public byte[] encode() {
        return RevisionCodec.encode(nodes);
    }

    /** How many revisions the tree knows, with or without body. */
    public int size() {
        return nodes.size;
    }

    public boolean isEmpty() {
        return size() == 0;
    }

    public boolean contains(Revision revision) {
        return nodes.find(revision) >= 0;
    }

    /**
     * The leaf every replica picks alike: not deleted before deleted, then longer, then greater hash; null when empty.
     */
    public @Nullable Leaf winner() {
        return nodes.size == 0 ? null : nodes.leaf(nodes.winner);
    }

    /** How many leaves there are; more than one is a conflict unless all but one are deleted. */
    public int leafCount() {
        return nodes.leafCount;
    }

    /** Whether more than one leaf is not deleted. */
    public boolean hasConflicts() {
        if (nodes.leafCount < 2 || nodes.isDeleted(nodes.winner)) {
            return false;
        }
        for (int i = nodes.size - 1; i >= 0; i--) {
            if (!nodes.inner[i] && i != nodes.winner && !nodes.isDeleted(i)) {
                return true;
            }
        }
        return false;
    }

    /** Of the longest branch; 0 when empty. */
    public int greatestGeneration() {
        return nodes.size == 0 ? 0 : nodes.generation[nodes.size - 1];
    }

    /** All leaves, the winner first, in descending order of precedence. */
    public List<Leaf> leaves() {
        return leavesAmong(null);
    }

    /** Leaves other than the winner that are not deleted, in descending order. */
    public List<Revision> conflicts() {
        return losers(false);
    }

    /** Leaves other than the winner that are deleted, in descending order. */
    public List<Revision> deletedConflicts() {
        return losers(true);
    }

    /** Whether {@code revision} is a leaf. */
    public boolean isLeaf(Revision revision) {
        int index = nodes.find(revision);
        return index >= 0 && !nodes.inner[index];
    }

    /** Whether {@code revision} is in the tree and is a deletion. */
    public boolean isDeleted(Revision revision) {
        int index = nodes.find(revision);
        return index >= 0 && nodes.isDeleted(index);
    }

    /** Whether {@code revision} was ever written here with a body, rather than known only as somebody's ancestor. */
    public boolean isWritten(Revision revision) {
        int index = nodes.find(revision);
        return index >= 0 && nodes.isWritten(index);
    }

    /** {@code revision} and its known ancestors, newest first; null when the tree does not have it. */
    public @Nullable RevisionPath pathTo(Revision revision) {
        int index = nodes.find(revision);
        if (index < 0) {
            return null;
        }
        List<String> hashes = new ArrayList<>();
        for (int at = index; at != RevisionNodes.NONE; at = nodes.parent[at]) {
            hashes.add(nodes.hash(at));
        }
        return new RevisionPath(revision.generation(), hashes);
    }

    /** All revisions, in ascending order. */
    public List<Revision> revisions() {
        List<Revision> all = new ArrayList<>(nodes.size);
        for (int i = 0; i < nodes.size; i++) {
            all.add(nodes.revision(i));
        }
        return all;
    }

    /** The known parents of a revision, the greatest first: one at the most, but in made-up histories. */
    public List<Revision> parents(Revision revision) {
        int index = nodes.find(revision);
        if (index < 0 || nodes.parent[index] == RevisionNodes.NONE) {
            return List.of();
        }
        List<Revision> parents = new ArrayList<>();
        for (int i = nodes.extra.length - 2; i >= 0; i -= 2) {
            if (nodes.extra[i] == index) {
                parents.add(nodes.revision(nodes.extra[i + 1]));
            }
        }
        parents.addFirst(nodes.revision(nodes.parent[index]));
        return parents;
    }

    /** The leaves at or below {@code revision}; empty when the tree does not have it. */
    public List<Leaf> leavesFrom(Revision revision) {
        int index = nodes.find(revision);
        if (index < 0) {
            return List.of();
        }
        int only = nodes.onlyLeafBelow(index);
        if (only != RevisionNodes.NONE) {
            return List.of(nodes.leaf(only));
        }
        boolean[] below = new boolean[nodes.size];
        below[index] = true;
        int extra = 0;
        for (int i = index + 1; i < nodes.size; i++) {
            below[i] = nodes.parent[i] != RevisionNodes.NONE && below[nodes.parent[i]];
            for (; extra < nodes.extra.length && nodes.extra[extra] <= i; extra += 2) {
                below[i] |= nodes.extra[extra] == i && below[nodes.extra[extra + 1]];
            }
        }
        return leavesAmong(below);
    }

    /**
     * The leaves of a lower generation than {@code missing}, on one of which its sender may have built; as {@code
     * _revs_diff} lists them.
     */
    public List<Revision> possibleAncestors(Revision missing) {
        List<Revision> older = new ArrayList<>();
        for (Leaf leaf : leaves()) {
            if (leaf.revision().generation() < missing.generation()) {
                older.add(leaf.revision());
            }
        }
        return older;
    }

    /** All revisions that were written and are not leaves: those whose bodies compaction takes. */
    public List<Revision> writtenAncestors() {
        List<Revision> written = new ArrayList<>();
        for (int i = 0; i < nodes.size; i++) {
            if (nodes.inner[i] && nodes.isWritten(i)) {
                written.add(nodes.revision(i));
            }
        }
        return written;
    }

    /** For adding more than one path. */
    public RevisionTreeBuilder builder() {
        return new RevisionTreeBuilder(this, nodes);
    }

    /**
     * Adds a revision and its ancestors, then keeps only {@code revisionsLimit} revisions of each branch; what one of
     * several branches needs stays.
     *
     * @param path the revision written, and the ancestors it names
     * @param deleted whether the revision written is a deletion
     * @param revisionsLimit at least 1
     */
    public MergeResult merge(RevisionPath path, boolean deleted, int revisionsLimit) {
        RevisionTreeBuilder builder = builder();
        MergeKind kind = builder.merge(path, deleted);
        RevisionTree stemmed = builder.build().stemmed(revisionsLimit);
        return new MergeResult(equals(stemmed) ? this : stemmed, kind);
    }

    /**
     * The tree with only {@code revisionsLimit} revisions of each branch; what one of several branches needs stays.
     *
     * @param revisionsLimit at least 1
     * @return the very same object when all stay
     */
    public RevisionTree stemmed(int revisionsLimit) {
        boolean[] keep = isEmpty() ? null : stemming(nodes, revisionsLimit);
        return keep == null ? this : new RevisionTree(nodes.only(keep));
    }

    /**
     * The tree without these leaves and without the branches that end in none but them; unknown and inner ones are
     * ignored.
     */
    public RevisionTree without(List<Revision> leaves) {
        Set<Integer> gone = new HashSet<>();
        for (Revision leaf : leaves) {
            int index = nodes.find(leaf);
            if (index >= 0 && !nodes.inner[index]) {
                gone.add(index);
            }
        }
        if (gone.isEmpty()) {
            return this;
        }
        int[] kept = new int[nodes.size];
        Arrays.fill(kept, -1);
        for (int i = 0; i < nodes.size; i++) {
            if (!nodes.inner[i] && !gone.contains(i)) {
                kept[i] = Integer.MAX_VALUE;
            }
        }
        return of(nodes.only(spread(nodes, kept)));
    }

    /** Which nodes {@code limit} lets stay; null when all. */
    private static boolean @Nullable [] stemming(RevisionNodes nodes, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("revisions limit " + limit);
        }
        if (nodes.generation[nodes.size - 1] - nodes.generation[0] < limit) {
            return null;
        }
        int[] more = new int[nodes.size];
        for (int i = 0; i < nodes.size; i++) {
            more[i] = nodes.inner[i] ? -1 : limit - 1;
        }
        boolean[] keep = spread(nodes, more);
        for (boolean kept : keep) {
            if (!kept) {
                return keep;
            }
        }
        return null;
    }

    /**
     * From leaves to ancestors: a node with {@code more[i] >= 0} stays and lets its parents stay, they with one less. A
     * child's index is greater than its parents', so one pass downwards does.
     */
    private static boolean[] spread(RevisionNodes nodes, int[] more) {
        boolean[] keep = new boolean[nodes.size];
        int extra = nodes.extra.length - 2;
        for (int i = nodes.size - 1; i >= 0; i--) {
            keep[i] = more[i] >= 0;
            if (nodes.parent[i] != RevisionNodes.NONE) {
                more[nodes.parent[i]] = Math.max(more[nodes.parent[i]], more[i] - 1);
            }
            for (; extra >= 0 && nodes.extra[extra] == i; extra -= 2) {
                int second = nodes.extra[extra + 1];
                more[second] = Math.max(more[second], more[i] - 1);
            }
        }
        return keep;
    }

    private List<Leaf> leavesAmong(boolean @Nullable [] wanted) {
        List<Leaf> leaves = new ArrayList<>(nodes.leafCount);
        for (int pass = 0; pass < 2; pass++) {
            for (int i = nodes.size - 1; i >= 0; i--) {
                if (!nodes.inner[i] && nodes.isDeleted(i) == (pass == 1) && (wanted == null || wanted[i])) {
                    leaves.add(nodes.leaf(i));
                }
            }
        }
        return leaves;
    }

    private List<Revision> losers(boolean deleted) {
        if (nodes.leafCount <= 1) {
            return List.of();
        }
        List<Revision> losers = new ArrayList<>();
        for (int i = nodes.size - 1; i >= 0; i--) {
            if (!nodes.inner[i] && i != nodes.winner && nodes.isDeleted(i) == deleted) {
                losers.add(nodes.revision(i));
            }
        }
        return losers;
    }

    /** Throws a {@link CorruptTreeException} if an invariant does not hold; for tests and for checking stored data. */
    public void check() {
        nodes.check();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RevisionTree that && nodes.equals(that.nodes);
    }

    @Override
    public int hashCode() {
        return nodes.hashCode();
    }

    /**
     * The revisions in ascending order with their parents: {@code 2-b<1-a*}; {@code *} is written, {@code !} deleted.
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < nodes.size; i++) {
            text.append(i == 0 ? "" : " ").append(nodes.revision(i));
            text.append(nodes.isWritten(i) ? "*" : "").append(nodes.isDeleted(i) ? "!" : "");
            if (nodes.parent[i] != RevisionNodes.NONE) {
                text.append('<').append(nodes.hash(nodes.parent[i]));
            }
            for (int j = 0; j < nodes.extra.length; j += 2) {
                if (nodes.extra[j] == i) {
                    text.append('<').append(nodes.hash(nodes.extra[j + 1]));
                }
            }
        }
        return text.toString();
    }

    /**
     * @param tree the tree with the revision in it; the very same object when nothing changed
     * @param kind what became of it
     */
    public record MergeResult(RevisionTree tree, MergeKind kind) {}

    /** What a merge did. */
    public enum MergeKind {
        /**
         * The revision was written already. The tree is the same, unless the path named ancestors that were not known.
         */
        KNOWN,
        /** A leaf grew: the nearest revision of the path that was known is one. */
        NEW_LEAF,
        /** A branch was added beside what was there (or the first revision). */
        NEW_BRANCH,
        /** The revision was known as an ancestor only, and now has a body. */
        INTERNAL
    }
}
