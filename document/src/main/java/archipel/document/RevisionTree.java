package archipel.document;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The revisions of one document: a forest (stemming can cut off common roots) whose leaves are the document's current
 * versions. Immutable; {@link #merge} and {@link #without} give new trees.
 */
public final class RevisionTree {
    public static final RevisionTree EMPTY = new RevisionTree();

    private RevisionTree() {}

    /** Reads what {@link #encode} wrote. */
    public static RevisionTree decode(byte[] bytes, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    /** A canonical encoding: equal trees have equal bytes, whatever the order in which their revisions came. */
    public byte[] encode() {
        throw new UnsupportedOperationException();
    }

    /** How many revisions the tree knows, with or without body. */
    public int size() {
        throw new UnsupportedOperationException();
    }

    public boolean isEmpty() {
        return size() == 0;
    }

    public boolean contains(Revision revision) {
        throw new UnsupportedOperationException();
    }

    /** The leaf every replica picks alike: not deleted before deleted, then longer, then greater hash; null when empty. */
    public @Nullable Leaf winner() {
        throw new UnsupportedOperationException();
    }

    /** All leaves, the winner first, in descending order of precedence. */
    public List<Leaf> leaves() {
        throw new UnsupportedOperationException();
    }

    /** Leaves other than the winner that are not deleted, in descending order. */
    public List<Revision> conflicts() {
        throw new UnsupportedOperationException();
    }

    /** Leaves other than the winner that are deleted, in descending order. */
    public List<Revision> deletedConflicts() {
        throw new UnsupportedOperationException();
    }

    /** Whether {@code revision} is a leaf. */
    public boolean isLeaf(Revision revision) {
        throw new UnsupportedOperationException();
    }

    /** Whether {@code revision} is in the tree and is a deletion. */
    public boolean isDeleted(Revision revision) {
        throw new UnsupportedOperationException();
    }

    /** Whether {@code revision} was ever written here with a body, rather than known only as somebody's ancestor. */
    public boolean isWritten(Revision revision) {
        throw new UnsupportedOperationException();
    }

    /** {@code revision} and its known ancestors, newest first; null when the tree does not have it. */
    public @Nullable RevisionPath pathTo(Revision revision) {
        throw new UnsupportedOperationException();
    }

    /** The leaves at or below {@code revision}; empty when the tree does not have it. */
    public List<Leaf> leavesFrom(Revision revision) {
        throw new UnsupportedOperationException();
    }

    /** The written revisions older than {@code missing} that a sender could use as a base, as {@code _revs_diff} lists. */
    public List<Revision> possibleAncestors(Revision missing) {
        throw new UnsupportedOperationException();
    }

    /** All revisions that were written and are not leaves: those whose bodies compaction takes. */
    public List<Revision> writtenAncestors() {
        throw new UnsupportedOperationException();
    }

    /**
     * Adds a revision and its ancestors, then keeps only {@code revisionsLimit} revisions of each branch.
     *
     * @param path the revision written, and the ancestors it names
     * @param deleted whether the revision written is a deletion
     */
    public MergeResult merge(RevisionPath path, boolean deleted, int revisionsLimit) {
        throw new UnsupportedOperationException();
    }

    /** The tree without these leaves and without the branches that end in none but them; unknown and inner ones are ignored. */
    public RevisionTree without(List<Revision> leaves) {
        throw new UnsupportedOperationException();
    }

    /**
     * @param tree the tree with the revision in it
     * @param kind what became of it
     * @param stemmed revisions that the limit cut off and that had been written; their bodies can go
     */
    public record MergeResult(RevisionTree tree, MergeKind kind, List<Revision> stemmed) {}

    /** What a merge did. */
    public enum MergeKind {
        /** The revision was written already: the tree is the same. */
        KNOWN,
        /** A leaf grew. */
        NEW_LEAF,
        /** A branch was added beside what was there (or the first revision). */
        NEW_BRANCH,
        /** The revision was known as an ancestor only, and now has a body. */
        INTERNAL
    }
}
