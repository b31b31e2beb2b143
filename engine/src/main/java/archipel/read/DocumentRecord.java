package archipel.read;

import archipel.changes.Sequence;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.RevisionPath;
import archipel.document.RevisionTree;
import archipel.history.DocumentRow;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A document's row: everything but the bodies. The tree is decoded when it is first asked for, since most readers want
 * the winner and no more, and a tree may have a thousand revisions. For one thread at a time.
 */
public final class DocumentRecord {
    private final String id;
    private final byte[] row;
    private final @Nullable Stemming stemming;
    private @Nullable Leaf winner;
    private @Nullable RevisionTree tree;

    /** @param stemming null where the tree is shown as it was written */
    DocumentRecord(String id, byte[] row, @Nullable Stemming stemming) {
        this.id = id;
        this.row = row;
        this.stemming = stemming;
    }

    private DocumentRecord(String id, RevisionTree tree) {
        this(id, new byte[0], null);
        this.tree = tree;
    }

    /** For a document whose revisions are not kept as a tree, such as a {@code _local} one. */
    public static DocumentRecord withoutRevisions(String id) {
        return new DocumentRecord(id, RevisionTree.EMPTY);
    }

    public String id() {
        return id;
    }

    /** Of the newest change; {@code local_seq}. */
    public Sequence lastChange() {
        return row.length == 0 ? Sequence.ZERO : DocumentRow.sequence(row);
    }

    public Leaf winner() {
        Leaf known = winner;
        if (known == null) {
            if (row.length == 0) {
                throw new IllegalStateException("document " + id + " has no revisions");
            }
            known = DocumentRow.winner(row);
            winner = known;
        }
        return known;
    }

    public RevisionTree tree() {
        RevisionTree known = tree;
        if (known == null) {
            known = stemmed(DocumentRow.decode(row).tree());
            tree = known;
        }
        return known;
    }

    /** Whether more than one leaf is not deleted; decodes nothing of a document without branches. */
    public boolean hasConflicts() {
        return (tree != null || DocumentRow.hasBranches(row)) && tree().hasConflicts();
    }

    /** As {@link RevisionTree#leaves}; decodes nothing of a document without branches. */
    public List<Leaf> leaves() {
        boolean branches = tree != null || DocumentRow.hasBranches(row);
        return branches ? tree().leaves() : List.of(winner());
    }

    private RevisionTree stemmed(RevisionTree stored) {
        if (stemming == null) {
            return stored;
        }
        RevisionTree stemmed = stored.stemmed(stemming.revisionsLimit());
        return stemmed != stored && lastChange().number() <= stemming.compactedSeq() ? stemmed : stored;
    }

    /**
     * The revision and its ancestors, newest first, as {@code _revisions} lists them: no more than the database's
     * limit, also where that was lowered since. The revision alone where the tree does not have it.
     */
    public RevisionPath revisions(Revision revision) {
        RevisionPath path = tree().pathTo(revision);
        if (path == null) {
            return RevisionPath.of(revision);
        }
        int limit = stemming == null ? Integer.MAX_VALUE : stemming.revisionsLimit();
        List<String> hashes = path.hashes();
        return hashes.size() <= limit ? path : new RevisionPath(path.generation(), hashes.subList(0, limit));
    }

    /** As {@link RevisionTree#isDeleted}; decodes nothing for the winner. */
    public boolean isDeleted(Revision revision) {
        return isWinner(revision) ? winner().deleted() : tree().isDeleted(revision);
    }

    /** As {@link RevisionTree#isLeaf}; decodes nothing for the winner. */
    public boolean isLeaf(Revision revision) {
        return isWinner(revision) || tree().isLeaf(revision);
    }

    private boolean isWinner(Revision revision) {
        return row.length > 0 && winner().revision().equals(revision);
    }

    /** How much of the newest trees is shown: what is stored was cut when it was written, by the limit of that time. */
    interface Stemming {
        /** Of a branch. */
        int revisionsLimit();

        /** Trees of changes up to this one are shown cut: a compaction came after them. */
        long compactedSeq();
    }
}
