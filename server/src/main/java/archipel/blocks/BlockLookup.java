package archipel.blocks;

import archipel.changes.Block;
import archipel.engine.BlockException;
import archipel.engine.BlockSelector;
import archipel.engine.Snapshot;
import archipel.http.BlockParameters;
import archipel.http.Exchange;
import org.jspecify.annotations.Nullable;

/** Finds blocks by what clients call them. Blocks are kept for ever, so that those below the horizon are found too. */
public final class BlockLookup {
    private BlockLookup() {}

    /**
     * The block itself, whether or not its documents can still be read. Waits for one that is not there yet.
     *
     * @throws archipel.document.RequestException 404 for an unknown one, 503 for one that is not there in time
     */
    public static Block find(Exchange exchange, BlockParameters wanted) {
        try (Snapshot snapshot = exchange.snapshotAt(wanted)) {
            return snapshot.state().head();
        } catch (BlockException e) {
            if (e.kind() != BlockException.Kind.BELOW_HORIZON) {
                throw e;
            }
            return pruned(exchange, wanted, e);
        }
    }

    /**
     * The last block that is not later than a time; null when there was none yet.
     *
     * @throws archipel.document.RequestException 400 for what is no time, 503 for one that has not come
     */
    public static @Nullable Block before(Exchange exchange, String time) {
        try {
            return find(exchange, BlockParameters.at(exchange.database(), time, exchange.blockWait()));
        } catch (BlockException e) {
            if (e.kind() == BlockException.Kind.UNKNOWN) {
                return null;
            }
            throw e;
        }
    }

    private static Block pruned(Exchange exchange, BlockParameters wanted, BlockException refusal) {
        try (Snapshot newest = exchange.database().snapshot()) {
            @Nullable
            Block block = switch (wanted.selector()) {
                case BlockSelector.Number(long number) -> newest.block(number);
                case BlockSelector.Hash(byte[] hash) -> newest.blockByHash(hash);
                case BlockSelector.At(long timeMs) -> newest.blockAt(timeMs);
                case BlockSelector.Latest latest -> null;
                case BlockSelector.AtLeast least -> null;
            };
            if (block == null) {
                throw refusal;
            }
            wanted.check(exchange.database(), newest);
            return block;
        }
    }
}
