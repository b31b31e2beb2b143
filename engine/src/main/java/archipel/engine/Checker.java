package archipel.engine;

import archipel.storage.StorageException;
import archipel.storage.Store;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Recounts what is stored more than once or follows from something else: change rows against documents, trees against
 * bodies, reference counts, the hash chain, counts and sizes. Says nothing when all is as it should be.
 */
public final class Checker {
    private static final long CACHE_BYTES = 32L << 20;
    /** More than these say no more than these. */
    private static final int FINDINGS = 200;

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
            return check(store);
        } catch (StorageException e) {
            throw data.explain(e);
        } finally {
            data.close();
        }
    }

    /** Checks a node that nobody writes to meanwhile. */
    static List<String> check(Node node) {
        try (Pruner.Rest _ = node.pruner().rest()) {
            return check(node.store());
        }
    }

    private static List<String> check(Store store) {
        return check(store, Node.GROUPS);
    }

    /** Checks a store that nobody writes to meanwhile. */
    static List<String> check(Store store, List<Integer> groups) {
        Findings findings = new Findings();
        try {
            store.verifyChecksums();
        } catch (StorageException e) {
            findings.add("store", e.details());
        }
        try {
            StoredDatabases databases = StoredDatabases.load(store, groups);
            databases.faults().forEach(fault -> findings.add("catalog", fault));
            for (StoredDatabases.Stored database : databases.named()) {
                try {
                    new DatabaseCheck(store, database, findings).run();
                } catch (StorageException e) {
                    findings.add(database.name(), e.details());
                }
            }
        } catch (StorageException e) {
            findings.add("catalog", e.details());
        }
        return findings.lines;
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
