package archipel.index;

import archipel.document.RequestException;
import archipel.storage.Batch;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/** One index of one database. Safe for use by many threads. */
public final class Index {
    private static final List<IndexSpace.Part> STANDING =
            List.of(IndexSpace.Part.LIVE_ROWS, IndexSpace.Part.DOCUMENTS, IndexSpace.Part.SUMMARIES);

    /** What a row takes besides its JSON: two keys, with the place in both, and what the store adds. */
    private static final int ROW_BYTES = 100;

    private final IndexStore indexes;
    private final Generation generation;
    private final IndexSpace space;
    private final String signature;
    private final byte[] definition;
    // Of all indexes of the database, when it is deleted.
    private final AtomicBoolean ended;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile StoredState stored;
    private volatile long prunedTo;
    private boolean writing;
    private volatile boolean dropped;

    private Index(
            IndexStore indexes,
            Generation generation,
            IndexSpace space,
            String signature,
            byte[] definition,
            AtomicBoolean ended,
            StoredState stored) {
        this.indexes = indexes;
        this.generation = generation;
        this.space = space;
        this.signature = signature;
        this.definition = definition;
        this.ended = ended;
        this.stored = stored;
    }

    static Index create(
            IndexStore indexes,
            Generation generation,
            KeySpace keys,
            String signature,
            byte[] definition,
            int views,
            AtomicBoolean ended) {
        if (views < 1 || views >= Place.MAX_VIEWS) {
            throw new IllegalArgumentException(views + " views");
        }
        Store store = generation.store();
        byte[] next = store.get(Family.INDEX, IndexSpace.next(keys));
        int number = next == null ? 1 : new RowReader(next).u32();
        IndexSpace space = new IndexSpace(keys, number);
        StoredState empty = StoredState.empty(views);
        try (Batch batch = store.batch()) {
            batch.put(Family.INDEX, IndexSpace.next(keys), number(number + 1));
            batch.put(Family.INDEX, IndexSpace.signature(keys, signature), number(number));
            batch.put(Family.INDEX, space.definition(), definition);
            batch.put(Family.INDEX, space.state(), empty.encode());
            indexes.commit(generation, batch);
        }
        return new Index(indexes, generation, space, signature, definition, ended, empty);
    }

    private static byte[] number(int number) {
        return new RowWriter(4).u32(number).toBytes();
    }

    /**
     * One that is there.
     *
     * @throws IndexException {@code DAMAGED}
     */
    static Index load(
            IndexStore indexes, Generation generation, IndexSpace space, String signature, AtomicBoolean ended) {
        byte[] definition = generation.store().get(Family.INDEX, space.definition());
        byte[] state = generation.store().get(Family.INDEX, space.state());
        if (definition == null || state == null) {
            throw new IndexException(IndexException.Kind.DAMAGED, "index " + signature + " is not whole");
        }
        try {
            return new Index(indexes, generation, space, signature, definition, ended, StoredState.decode(state));
        } catch (StorageException e) {
            throw new IndexException(IndexException.Kind.DAMAGED, "index " + signature + ": " + e.details());
        }
    }

    public String signature() {
        return signature;
    }

    /** As of the last commit. */
    public IndexState state() {
        return stored.told(signature, definition);
    }

    /** What the index takes on the disk. */
    public Sizes sizes() {
        StoredState state = stored;
        long all = bytes(space.lower(), space.upper());
        long standing = 0;
        for (IndexSpace.Part part : STANDING) {
            standing += bytes(space.partLower(part), space.partUpper(part));
        }
        // What was overwritten is in the files until they are rewritten, and takes as much as what stands; so that is
        // no more than its rows can take uncompressed.
        long uncompressed = state.bytes() + Arrays.stream(state.rows()).sum() * ROW_BYTES;
        long active = Math.min(uncompressed, standing > 0 ? standing : Math.max(all, state.bytes()));
        return new Sizes(Math.max(all, active) + definition.length + state.encode().length, active);
    }

    private long bytes(byte[] lower, byte[] upper) {
        return store().approximateBytes(Family.INDEX, lower, upper);
    }

    /**
     * What an index takes on the disk, roughly.
     *
     * @param file all of it, also what was overwritten or deleted and is in files still
     * @param active the part that the rows take that stand now; less than {@code file}. What a compaction would give
     *     back is between the two, and what the horizon keeps
     */
    public record Sizes(long file, long active) {}

    /** Rewrites the index's files, so that the space of what was deleted is given back. Takes long. */
    public void compact() {
        space.compact(store());
    }

    /**
     * The only writer until it is closed.
     *
     * @throws IllegalStateException while there is another
     * @throws IndexException {@code DROPPED}, {@code REPLACED}
     */
    public IndexWriter write() {
        lock.lock();
        try {
            requireThere();
            if (writing) {
                throw new IllegalStateException("index " + signature + " is being written");
            }
            writing = true;
            return new IndexWriter(this);
        } finally {
            lock.unlock();
        }
    }

    /**
     * The rows as they stood at the block, on a snapshot of the store of its own.
     *
     * @throws IndexException when the index does not answer for that block
     */
    public IndexReader read(long block) {
        requireThere();
        try {
            return open(block);
        } catch (RequestException e) {
            throw generation.explain(e);
        }
    }

    private IndexReader open(long block) {
        StoreSnapshot snapshot = store().snapshot();
        StoredReader reader = null;
        try {
            byte[] value = snapshot.get(Family.INDEX, space.state());
            if (value == null) {
                throw new IndexException(IndexException.Kind.DROPPED, "index " + signature + " was dropped");
            }
            StoredState state = StoredState.decode(value);
            IndexWriter.Progress progress = state.progress();
            if (!progress.scanned() || block > progress.block()) {
                throw new IndexException(
                        IndexException.Kind.BEHIND,
                        "index " + signature
                                + (progress.scanned() ? " stands at block " + progress.block() : " is not built yet"));
            }
            if (block < progress.base()) {
                throw new IndexException(
                        IndexException.Kind.BELOW_BASE, "index " + signature + " begins with block " + progress.base());
            }
            reader = new StoredReader(snapshot, space, state, state.told(signature, definition), block);
            return reader;
        } finally {
            if (reader == null) {
                snapshot.release();
            }
        }
    }

    /** Whether it is not yet the case that the store of all indexes begins anew. */
    public boolean isSound() {
        return generation.isSound();
    }

    Store store() {
        return generation.store();
    }

    IndexSpace space() {
        return space;
    }

    StoredState stored() {
        return stored;
    }

    /** All that lived to an earlier block is deleted, as far as is known; spares a walk over what is gone. */
    long prunedTo() {
        return prunedTo;
    }

    void setPrunedTo(long block) {
        prunedTo = block;
    }

    /** Writes the batch, and how the index stands with it. */
    void commit(Batch batch, StoredState next) {
        lock.lock();
        try {
            requireThere();
            if (next != stored) {
                batch.put(Family.INDEX, space.state(), next.encode());
            }
            indexes.commit(generation, batch);
            stored = next;
        } finally {
            lock.unlock();
        }
    }

    void written() {
        lock.lock();
        try {
            writing = false;
        } finally {
            lock.unlock();
        }
    }

    /** Nothing is written to it any more. */
    void end() {
        lock.lock();
        try {
            dropped = true;
        } finally {
            lock.unlock();
        }
    }

    private void requireThere() {
        if (dropped || ended.get()) {
            throw new IndexException(IndexException.Kind.DROPPED, "index " + signature + " was dropped");
        }
        if (!generation.isSound()) {
            throw Generation.replaced();
        }
    }
}
