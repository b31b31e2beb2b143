package archipel.changes;

import archipel.document.Leaf;
import java.util.List;

/**
 * The newest change of one document.
 *
 * @param leaves all of the document's leaves, the winner first
 * @param blockNumber the block that made the change
 */
public record Change(Sequence sequence, long blockNumber, String id, List<Leaf> leaves) {
    public Leaf winner() {
        return leaves.getFirst();
    }

    public boolean deleted() {
        return winner().deleted();
    }
}
