package archipel.engine;

import archipel.changes.Sequence;
import archipel.document.Leaf;
import archipel.document.RevisionTree;

/**
 * A document's row: everything but the bodies.
 *
 * @param lastChange of the newest change; {@code local_seq}
 */
public record DocumentRecord(String id, Sequence lastChange, RevisionTree tree) {
    public Leaf winner() {
        Leaf winner = tree.winner();
        if (winner == null) {
            throw new IllegalStateException("document " + id + " has an empty tree");
        }
        return winner;
    }
}
