package archipel.index;

import archipel.storage.Batch;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.StorageException;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The indexes of one database. Which there are is read when somebody asks for the first time. Safe for use by many
 * threads.
 */
public final class Indexes {
    private static final System.Logger LOG = System.getLogger(Indexes.class.getName());

    private final Store store;
    private final KeySpace keys;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable TreeMap<String, Index> known;
    private final AtomicBoolean ended = new AtomicBoolean();

    /** Reads nothing yet. */
    public Indexes(Store store, KeySpace keys) {
        this.store = store;
        this.keys = keys;
    }

    /** In ascending order of their signatures. */
    public List<IndexState> states() {
        lock.lock();
        try {
            return known().values().stream().map(Index::state).toList();
        } finally {
            lock.unlock();
        }
    }

    /** Null when there is none. */
    public @Nullable Index find(String signature) {
        lock.lock();
        try {
            return known().get(signature);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Finds an index, or makes it.
     *
     * @param definition JSON, kept for whoever lists indexes; of one that is there already it stays as it was
     * @param views how many
     * @throws IndexException {@code DROPPED} when the database was
     */
    public Index obtain(String signature, byte[] definition, int views) {
        lock.lock();
        // While it is held the store is not closed.
        StoreSnapshot open = store.snapshot();
        try {
            Index index = known().get(signature);
            if (index == null) {
                if (ended.get()) {
                    throw new IndexException(IndexException.Kind.DROPPED, "the database was deleted");
                }
                index = Index.create(store, keys, signature, definition, views, ended);
                known().put(signature, index);
            }
            return index;
        } finally {
            open.release();
            lock.unlock();
        }
    }

    /** Drops an index, if it is there; readers that are open go on. Its space is given back beside other work. */
    public void drop(String signature) {
        Index index;
        lock.lock();
        try {
            index = known().remove(signature);
            if (index == null) {
                return;
            }
            index.end();
            try (Batch batch = store.batch()) {
                batch.delete(Family.INDEX, IndexSpace.signature(keys, signature));
                batch.deleteRange(
                        Family.INDEX, index.space().lower(), index.space().upper());
                store.commit(batch);
            }
        } finally {
            lock.unlock();
        }
        Thread.ofPlatform().daemon().name("archipel-index-space").start(() -> giveBack(index));
    }

    private static void giveBack(Index dropped) {
        try {
            dropped.compact();
        } catch (StorageException e) {
            LOG.log(System.Logger.Level.DEBUG, "the space of a dropped index is given back in the store's time", e);
        }
    }

    /**
     * The database was deleted, with all its rows: nothing is written from now on but what is under way, which {@link
     * #clear} deletes. Does not wait, write or fail, since it is told while others wait.
     */
    public void end() {
        ended.set(true);
    }

    /**
     * After {@link #end}: deletes what a writer that was under way has added to the rows of the deleted database.
     *
     * @throws StorageException when it has to be tried again
     */
    public void clear() {
        lock.lock();
        try {
            TreeMap<String, Index> open = known;
            if (open != null) {
                // Each waits for the commit that is under way.
                open.values().forEach(Index::end);
            }
            clear(store, keys);
            known = new TreeMap<>();
        } finally {
            lock.unlock();
        }
    }

    /** Deletes all rows of the indexes of a database that is no more. */
    public static void clear(Store store, KeySpace keys) {
        try (Batch batch = store.batch()) {
            batch.deleteRange(Family.INDEX, keys.lower(), keys.upper());
            store.commit(batch);
        }
    }

    private TreeMap<String, Index> known() {
        TreeMap<String, Index> all = known;
        if (all == null) {
            all = new TreeMap<>();
            StoreSnapshot snapshot = store.snapshot();
            byte[] lower = IndexSpace.signatures(keys);
            try (Cursor rows = snapshot.cursor(Family.INDEX, lower, KeySpace.successor(lower))) {
                for (boolean more = rows.first(); more; more = rows.next()) {
                    String signature = IndexSpace.signature(rows.key());
                    all.put(signature, Index.load(store, keys, signature, new RowReader(rows.value()).u32(), ended));
                }
            } finally {
                snapshot.release();
            }
            known = all;
        }
        return all;
    }
}
