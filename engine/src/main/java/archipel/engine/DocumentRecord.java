package archipel.engine;

import archipel.changes.Sequence;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.document.RevisionTree;
import archipel.history.DocumentRow;
import org.jspecify.annotations.Nullable;

/**
 * A document's row: everything but the bodies. The tree is decoded when it is first asked for, since most readers want
 * the winner and no more, and a tree may have a thousand revisions. For one thread at a time.
 */
public final class DocumentRecord {
    private final String id;
    private final byte[] row;
    private @Nullable Leaf winner;
    private @Nullable RevisionTree tree;

    DocumentRecord(String id, byte[] row) {
        this.id = id;
        this.row = row;
    }

    private DocumentRecord(String id, RevisionTree tree) {
        this(id, new byte[0]);
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
            known = DocumentRow.decode(row).tree();
            tree = known;
        }
        return known;
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
}
