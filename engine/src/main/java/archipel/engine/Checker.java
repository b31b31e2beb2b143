package archipel.engine;

import archipel.index.IndexStore;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Recounts what is stored more than once or follows from something else: change rows against documents, trees against
 * bodies, reference counts, the hash chain, counts and sizes. Says nothing when all is as it should be.
 */
public final class Checker {
    private static final long CACHE_BYTES = 32L << 20;
    /** More than these say no more than these. */
    private static final int FINDINGS = 200;

    private static final String INDEXES = "indexes";
    private static final String REBUILT =
            " (indexes alone are damaged, and are built anew when the directory \"index\"" + " is deleted)";

    private Checker() {}

    /**
     * Checks a data directory that no process has open; changes nothing in it.
     *
     * @return a line for each thing that does not hold, at most 200
     * @throws NodeOpenException where the directory cannot be opened, or holds no data of Archipel's
     */
    public static List<String> check(Path directory) {
        if (!DataDirectory.exists(directory)) {
            throw new NodeOpenException(
                    directory + " holds no Archipel data; name the directory that a node was given");
        }
        DataDirectory data = DataDirectory.open(directory, true);
        try (Store store = data.openStoreReadOnly(CACHE_BYTES)) {
            Findings findings = new Findings();
            try (Store indexes = openIndexes(data, store, findings)) {
                check(store, indexes, findings);
            }
            return findings.lines;
        } catch (StorageException e) {
            throw data.explain(e);
        } finally {
            data.close();
        }
    }

    /** Checks a node that nobody writes to meanwhile. */
    static List<String> check(Node node) {
        try (Pruner.Rest _ = node.pruner().rest()) {
            Findings findings = new Findings();
            check(node.store(), node.indexes().opened(), findings);
            return findings.lines;
        }
    }

    private static @Nullable Store openIndexes(DataDirectory data, Store store, Findings findings) {
        try {
            return IndexStore.openReadOnly(data.indexes(), store);
        } catch (StorageException e) {
            findings.add(INDEXES, e.details() + REBUILT);
            return null;
        }
    }

    private static void verify(Store indexes, Findings findings) {
        try {
            indexes.verifyChecksums();
        } catch (StorageException e) {
            findings.add(INDEXES, e.details() + REBUILT);
        }
    }

    /** Checks a store without indexes that nobody writes to meanwhile. */
    static List<String> check(Store store) {
        Findings findings = new Findings();
        check(store, null, findings);
        return findings.lines;
    }

    private static void check(Store store, @Nullable Store indexes, Findings findings) {
        try {
            store.verifyChecksums();
        } catch (StorageException e) {
            findings.add("store", e.details());
        }
        if (indexes != null) {
            verify(indexes, findings);
        }
        try {
            StoredDatabases databases = StoredDatabases.load(store);
            databases.faults().forEach(fault -> findings.add("catalog", fault));
            for (StoredDatabases.Stored database : databases.named()) {
                try {
                    new DatabaseCheck(store, indexes, database, findings).run();
                } catch (StorageException e) {
                    findings.add(database.name(), e.details());
                }
            }
        } catch (StorageException e) {
            findings.add("catalog", e.details());
        }
    }

    /** What was found so far. */
    static final class Findings {
        private final List<String> lines = new ArrayList<>();

        void add(String where, String what) {
            if (lines.size() < FINDINGS) {
                lines.add(where + ": " + what);
            }
        }
    }
}
