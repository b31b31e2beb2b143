package archipel.engine;

import archipel.changes.Block;
import archipel.history.ChainVerification;
import archipel.storage.StorageException;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Proves that what is stored is what was written: computes each database's hash chain again, from block 0 on, and names
 * the first block that does not hold. Who knows the head's hash from elsewhere knows then that the history is the same.
 *
 * <p>What it cannot prove: a body whose revision is still a leaf (a conflict) while the change that wrote it lies
 * behind the horizon and another one of the same document took its place. Those are counted; the files' checksums cover
 * them.
 */
public final class Verifier {
    private static final long CACHE_BYTES = 32L << 20;

    private Verifier() {}

    /**
     * Verifies a data directory that no process has open, its files' checksums first; changes nothing in it.
     *
     * @return a report for each database, in ascending order of their names; empty when there is none
     * @throws NodeOpenException where the directory cannot be opened, or holds no data of Archipel's
     */
    public static List<Report> verify(Path directory, Progress progress) {
        if (!DataDirectory.exists(directory)) {
            throw new NodeOpenException(
                    directory + " holds no Archipel data; name the directory that a node was given");
        }
        DataDirectory data = DataDirectory.open(directory, true);
        try (Store store = data.openStoreReadOnly(CACHE_BYTES)) {
            List<Report> reports = new ArrayList<>();
            StoreSnapshot snapshot = store.snapshot();
            try {
                for (StoredDatabases.Stored database :
                        StoredDatabases.load(store).sound()) {
                    reports.add(verify(database.name(), database.row(), snapshot, progress));
                }
            } finally {
                snapshot.release();
            }
            // Last, because it tells no block: what it finds beyond the above lies in rows that no chain covers.
            store.verifyChecksums();
            return reports;
        } catch (StorageException e) {
            throw data.explain(e);
        } finally {
            data.close();
        }
    }

    /** Verifies one database as it stands, while others go on writing. */
    static Report verify(Database database, Progress progress) {
        try (Database.MaintenanceView view = database.maintenance()) {
            return verify(database.name(), view.row(), view.store(), progress);
        }
    }

    static Report verify(String name, DatabaseRow row, StoreSnapshot store, Progress progress) {
        Block head = row.state().head();
        ChainVerification chain = new ChainVerification(
                store,
                Node.keys(row),
                head,
                row.retention().horizon(),
                row.retention().restarts());
        Fault fault = null;
        try {
            chain.run(row.state().uuid(), block -> progress.at(name, block, head.number()));
        } catch (ChainVerification.Broken e) {
            fault = new Fault(e.block(), String.valueOf(e.getMessage()));
        }
        return new Report(name, head, chain.blocks(), chain.changes(), chain.unproven(), chain.isComplete(), fault);
    }

    /** Told how far a run has come. */
    @FunctionalInterface
    public interface Progress {
        /**
         * Before each block.
         *
         * @param head the number of the last block
         * @return false to cut the run off
         */
        boolean at(String database, long block, long head);
    }

    /**
     * What is known of one database.
     *
     * @param head the newest block, which a chain that holds ends with
     * @param blocks how many blocks hold
     * @param changes how many changes were computed again
     * @param unproven how many bodies nothing in the chain covers any more
     * @param complete false when a fault or the caller ended the run
     * @param fault the first block that does not hold; null when there is none
     */
    public record Report(
            String database,
            Block head,
            long blocks,
            long changes,
            long unproven,
            boolean complete,
            @Nullable Fault fault) {}

    /** @param what is wrong with that block, in words */
    public record Fault(long block, String what) {}
}
