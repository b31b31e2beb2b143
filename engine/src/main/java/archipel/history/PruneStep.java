package archipel.history;

import archipel.changes.Block;
import archipel.changes.ChangeRow;
import archipel.document.Leaf;
import archipel.document.Revision;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.StoreSnapshot;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What one command deletes behind the horizon: what some blocks left behind, none of them later than the horizon.
 *
 * <p>A version that stood until block M is needed by readers of blocks before M alone. So is a body that was a leaf's
 * in that version and is none's after block M; and a body that block M wrote for a revision that was no leaf after it
 * is needed by nobody. In both cases the body's row must not have been written by a later block: a revision that was
 * stemmed can be written again.
 *
 * @param prunedTo all that the blocks up to this one left behind is gone with this step
 * @param next where the step after this one begins
 */
public record PruneStep(List<Version> versions, List<OldBody> bodies, long prunedTo, Position next) {
    /** How many versions a step deletes at the most. */
    private static final int VERSIONS = 256;

    /** How many blocks a step looks at, at the most. */
    private static final int BLOCKS = 4096;
    /** How many bytes of bodies a step has read at the most, but for the last body. */
    private static final int BODY_BYTES = 1 << 20;

    /** The next step of a prune up to {@code horizon}. */
    public static PruneStep plan(StoreSnapshot store, KeySpace keys, BlockChain chain, long horizon, Position from) {
        return new Plan(store, keys).make(chain, horizon, from);
    }

    private static final class Plan {
        private final StoreSnapshot store;
        private final KeySpace keys;
        private final List<Version> versions = new ArrayList<>();
        private final List<OldBody> bodies = new ArrayList<>();
        private long bodyBytes;

        Plan(StoreSnapshot store, KeySpace keys) {
            this.store = store;
            this.keys = keys;
        }

        PruneStep make(BlockChain chain, long horizon, Position from) {
            long number = from.block();
            long seq = from.seq();
            long last = Math.min(horizon, from.block() + BLOCKS - 1);
            while (number <= last) {
                Block block = chain.block(number);
                if (block != null && block.totals().outdated() > 0) {
                    try (PastChanges changes = new PastChanges(store, keys, block, false)) {
                        while (changes.next(Math.max(seq, block.firstSeq()) - 1)) {
                            if (isFull()) {
                                return step(number - 1, new Position(number, changes.seq()));
                            }
                            add(number, ChangeRow.decode(changes.seq(), changes.row()));
                        }
                    }
                }
                number++;
                seq = 0;
            }
            return step(number - 1, new Position(number, 0));
        }

        private PruneStep step(long prunedTo, Position next) {
            return new PruneStep(List.copyOf(versions), List.copyOf(bodies), prunedTo, next);
        }

        private boolean isFull() {
            return versions.size() >= VERSIONS || bodies.size() >= 2 * VERSIONS || bodyBytes >= BODY_BYTES;
        }

        private void add(long block, ChangeRow change) {
            Set<Revision> leaves = new HashSet<>();
            change.leaves().forEach(leaf -> leaves.add(leaf.revision()));
            byte[] row = store.get(Family.HISTORY, keys.history(change.id(), block));
            if (row != null) {
                DocumentRow version = DocumentRow.decode(row);
                versions.add(new Version(change.id(), block, version.sequence().number()));
                for (Leaf leaf : version.tree().leaves()) {
                    if (!leaves.contains(leaf.revision())) {
                        add(change.id(), leaf.revision(), block);
                    }
                }
            }
            for (Revision revision : change.written()) {
                if (!leaves.contains(revision)) {
                    add(change.id(), revision, block + 1);
                }
            }
        }

        private void add(String id, Revision revision, long writtenBefore) {
            byte[] row = store.get(Family.PAST_BODY, keys.body(id, revision));
            if (row != null && BodyRow.block(row) < writtenBefore) {
                bodies.add(new OldBody(id, revision, writtenBefore));
                bodyBytes += row.length;
            }
        }
    }

    /**
     * A document's version.
     *
     * @param until the block that took its place
     * @param seq of the version's change
     */
    public record Version(String id, long until, long seq) {}

    /** @param writtenBefore the body goes if a block before that one wrote it */
    public record OldBody(String id, Revision revision, long writtenBefore) {}

    /**
     * Where a step begins.
     *
     * @param seq of the first change that is looked at; 0 is the block's first
     */
    public record Position(long block, long seq) {}
}
