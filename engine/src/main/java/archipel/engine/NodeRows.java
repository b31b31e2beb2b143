package archipel.engine;

import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Rows that are of one node alone and of no group: no command writes them, and no other node has them. */
final class NodeRows {
    private static final System.Logger LOG = System.getLogger(NodeRows.class.getName());

    private NodeRows() {}

    /**
     * Notes whether the groups have logs of their own.
     *
     * @throws StorageException where that has changed and cannot be stored
     */
    static void place(Store store, boolean apart) {
        byte[] key = CatalogKeys.apart();
        if (apart == (store.get(Family.CATALOG, key) != null)) {
            return;
        }
        try (Batch batch = store.batch()) {
            if (apart) {
                batch.put(Family.CATALOG, key, new byte[0]);
            } else {
                batch.delete(Family.CATALOG, key);
            }
            store.commitDurably(batch);
        }
    }

    /** Whether the groups have logs of their own, so that one may be behind the other. */
    static boolean areApart(Store store) {
        return store.get(Family.CATALOG, CatalogKeys.apart()) != null;
    }

    /**
     * What the node is called, for good.
     *
     * @param earlier as it was kept before nodes could share facts; null where it never was
     * @param made a new one, 32 hex digits
     */
    static String uuid(Store store, @Nullable String earlier, Supplier<String> made) {
        byte[] row = store.get(Family.CATALOG, CatalogKeys.uuid());
        if (row != null) {
            return new String(row, StandardCharsets.US_ASCII);
        }
        String known = earlier == null ? made.get() : earlier;
        try (Batch batch = store.batch()) {
            batch.put(Family.CATALOG, CatalogKeys.uuid(), known.getBytes(StandardCharsets.US_ASCII));
            store.commitDurably(batch);
        } catch (StorageException e) {
            if (earlier == null) {
                throw e;
            }
            LOG.log(System.Logger.Level.DEBUG, "the node's uuid stays where it was", e);
        }
        return known;
    }
}
