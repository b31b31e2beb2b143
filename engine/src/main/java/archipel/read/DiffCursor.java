package archipel.read;

import archipel.changes.Sequence;
import archipel.document.Leaf;
import java.util.List;

/** A walk over what differs between two blocks; begins before the first. For one thread, while its reader is open. */
public interface DiffCursor extends AutoCloseable {
    boolean next();

    Difference difference();

    @Override
    void close();

    /**
     * What became of one document.
     *
     * @param sequence of the newest change up to the later block
     * @param before its leaves at the earlier block, the winner first; empty when it was not there
     * @param after its leaves at the later block, the winner first; empty when the reader cannot see it any more
     */
    record Difference(Sequence sequence, String id, List<Leaf> before, List<Leaf> after) {}
}
