package archipel.read;

import java.time.Duration;
import java.util.List;

/**
 * What state of a database a read wants.
 *
 * @param selector which block
 * @param named blocks that have to be of the database's history besides: a reader that has seen one of another history
 *     must not be shown this one as its continuation
 * @param patience for how long a block that is not there yet is waited for
 */
public record Wanted(BlockSelector selector, List<NamedBlock> named, Duration patience, Consistency consistency) {
    /** The newest state, of whoever does not say what it wants. */
    public static final Wanted NEWEST =
            new Wanted(BlockSelector.LATEST, List.of(), Duration.ZERO, Consistency.LINEARIZABLE);

    /**
     * One block, or the newest from a block on, without anything that it is to be compared with: for the node's own
     * reads of blocks that it has seen already, so that the state that it has will do.
     */
    public static Wanted of(BlockSelector selector, Duration patience) {
        return new Wanted(selector, List.of(), patience, Consistency.ANY);
    }

    /** Whether one certain block is wanted, so that the same answer comes whenever it is asked for. */
    public boolean pins() {
        return switch (selector) {
            case BlockSelector.Latest latest -> false;
            case BlockSelector.AtLeast least -> false;
            case BlockSelector.Number number -> true;
            case BlockSelector.Hash hash -> true;
            case BlockSelector.At time -> true;
        };
    }

    /** Whether the block is named by its hash, so that no other history can ever answer. */
    public boolean pinsByHash() {
        return pins() && (selector instanceof BlockSelector.Hash || !named.isEmpty());
    }

    /**
     * A block that was named with its hash.
     *
     * @param hash 32 bytes
     * @param text as the reader wrote it, for refusals
     */
    public record NamedBlock(long number, byte[] hash, String text) {}
}
