package archipel.engine;

import archipel.changes.Block;
import archipel.history.BlockChain;
import archipel.storage.KeySpace;
import archipel.storage.StoreSnapshot;

/**
 * A database's rows as of its newest committed block, for what keeps them in order: pruning, verification. Nothing of
 * them leaves the node by this; whoever reads for somebody comes through {@link Database#door}.
 *
 * @param store retained for this view, which releases it
 */
record MaintenanceView(DatabaseRow row, StoreSnapshot store) implements AutoCloseable {
    KeySpace keys() {
        return Node.keys(row);
    }

    Block head() {
        return row.state().head();
    }

    BlockChain chain() {
        return new BlockChain(store, keys(), head(), row.retention().restarts());
    }

    @Override
    public void close() {
        store.release();
    }
}
