package archipel.index;

import archipel.storage.Batch;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.StorageException;
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

    private final IndexStore store;
    private final KeySpace keys;
    private final Anchor.Chain chain;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable TreeMap<String, Index> known;
    // Of which they are known; null where there was no store.
    private @Nullable Generation generation;
    private final AtomicBoolean ended = new AtomicBoolean();

    /**
     * Reads nothing yet.
     *
     * @param chain the database's blocks: an index that comes from other ones is made anew
     */
    public Indexes(IndexStore store, KeySpace keys, Anchor.Chain chain) {
        this.store = store;
        this.keys = keys;
        this.chain = chain;
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
     * @throws IndexException {@code DROPPED} when the database was; {@code REPLACED}
     */
    public Index obtain(String signature, byte[] definition, int views) {
        lock.lock();
        try {
            store.obtain();
            Index index = known().get(signature);
            return index == null ? create(signature, definition, views) : index;
        } finally {
            lock.unlock();
        }
    }

    private Index create(String signature, byte[] definition, int views) {
        Generation made = generation;
        if (made == null) {
            throw Generation.replaced();
        }
        store.making().lock();
        try {
            // While it is held the store is not closed.
            StoreSnapshot open = made.store().snapshot();
            try {
                if (ended.get()) {
                    throw new IndexException(IndexException.Kind.DROPPED, "the database was deleted");
                }
                Index index = Index.create(store, made, keys, signature, definition, views, ended);
                known().put(signature, index);
                return index;
            } finally {
                open.release();
            }
        } finally {
            store.making().unlock();
        }
    }

    /** Drops an index, if it is there; readers that are open go on. Its rows go, and their space, beside other work. */
    public void drop(String signature) {
        lock.lock();
        try {
            Index index = known().remove(signature);
            if (index != null && index.isSound()) {
                index.end();
                drop(signature, index.space());
            }
        } finally {
            lock.unlock();
        }
    }

    private void drop(String signature, IndexSpace space) {
        Generation from = generation;
        if (from == null) {
            return;
        }
        try (Batch batch = from.store().batch()) {
            batch.delete(Family.INDEX, IndexSpace.signature(keys, signature));
            batch.put(Family.INDEX, space.dropped(), new byte[0]);
            store.write(from, batch);
        }
        store.erase(from, space);
    }

    /**
     * The database was deleted: nothing is written from now on but what is under way, which {@link #clear} deletes with
     * all other rows. Does not wait, write or fail, since it is told while others wait.
     */
    public void end() {
        ended.set(true);
    }

    /**
     * After {@link #end}: deletes the rows of the deleted database.
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
            Generation from = store.ifThere();
            if (from != null) {
                store.clear(from, keys);
            }
            known = new TreeMap<>();
            generation = from;
        } finally {
            lock.unlock();
        }
    }

    private TreeMap<String, Index> known() {
        TreeMap<String, Index> all = known;
        Generation now = store.ifThere();
        if (all == null || now != generation) {
            known = null;
            generation = now;
            all = now == null ? new TreeMap<>() : load(now);
            known = all;
        }
        return all;
    }

    private TreeMap<String, Index> load(Generation from) {
        TreeMap<String, Index> all = new TreeMap<>();
        StoreSnapshot snapshot = from.store().snapshot();
        byte[] lower = IndexSpace.signatures(keys);
        try (Cursor rows = snapshot.cursor(Family.INDEX, lower, KeySpace.successor(lower))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                String signature = IndexSpace.signature(rows.key());
                IndexSpace space = new IndexSpace(keys, new RowReader(rows.value()).u32());
                Index index = load(from, space, signature);
                if (index != null) {
                    all.put(signature, index);
                }
            }
        } catch (StorageException e) {
            throw from.explain(e);
        } finally {
            snapshot.release();
        }
        return all;
    }

    /** Null for one that is of no use, which is dropped. */
    private @Nullable Index load(Generation from, IndexSpace space, String signature) {
        String why;
        try {
            Index index = Index.load(store, from, space, signature, ended);
            Anchor anchor = index.state().anchor();
            if (anchor.isNone() || chain.has(anchor)) {
                return index;
            }
            why = "its database does not have block " + anchor.block() + " as the index knows it";
        } catch (IndexException e) {
            why = String.valueOf(e.getMessage());
        }
        LOG.log(System.Logger.Level.WARNING, "An index is made anew: {0}.", why);
        drop(signature, space);
        return null;
    }
}
