package archipel.storage;

import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/** A walk over the rows of one family between two keys, in either direction. For one thread at a time. */
public final class Cursor implements SeekableRows {
    private final Store store;
    // Null where the snapshot keeps the store open.
    private final CloseGuard.@Nullable Use use;
    private final Family family;
    private final Slice lower;
    private final Slice upper;
    private final ReadOptions options;
    private final RocksIterator rows;
    private boolean valid;
    private boolean closed;

    Cursor(Store store, Family family, byte[] lower, byte[] upper, @Nullable Snapshot snapshot) {
        this.store = store;
        this.family = family;
        try (Opening opening = new Opening()) {
            this.use = snapshot == null ? opening.add(store.use()) : null;
            this.lower = opening.add(new Slice(lower));
            this.upper = opening.add(new Slice(upper));
            this.options = opening.add(new ReadOptions());
            options.setIterateLowerBound(this.lower).setIterateUpperBound(this.upper);
            if (snapshot != null) {
                options.setSnapshot(snapshot);
            }
            this.rows = store.iterator(family, options);
            opening.keep();
        }
    }

    /** To the first row; false when there is none. */
    public boolean first() {
        return move(Step.FIRST, null);
    }

    /** To the last row; false when there is none. */
    public boolean last() {
        return move(Step.LAST, null);
    }

    @Override
    public boolean seek(byte[] key) {
        return move(Step.SEEK, key);
    }

    /** To the last row at or before {@code key}. */
    public boolean seekBack(byte[] key) {
        return move(Step.SEEK_BACK, key);
    }

    /** To the row after this one; false when there is none, or the cursor is at no row. */
    public boolean next() {
        return move(Step.NEXT, null);
    }

    /** To the row before this one; false when there is none, or the cursor is at no row. */
    public boolean previous() {
        return move(Step.PREVIOUS, null);
    }

    @Override
    public byte[] key() {
        return rows.key();
    }

    @Override
    public byte[] value() {
        return rows.value();
    }

    private boolean move(Step step, byte @Nullable [] key) {
        if (!valid && (step == Step.NEXT || step == Step.PREVIOUS)) {
            // RocksDB would crash the process.
            return false;
        }
        valid = false;
        try {
            switch (step) {
                case FIRST -> rows.seekToFirst();
                case LAST -> rows.seekToLast();
                case SEEK -> rows.seek(key);
                case SEEK_BACK -> rows.seekForPrev(key);
                case NEXT -> rows.next();
                case PREVIOUS -> rows.prev();
            }
            valid = rows.isValid();
            if (!valid) {
                rows.status();
            }
            return valid;
        } catch (RocksDBException e) {
            throw store.failed("cannot read from " + family, e);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            rows.close();
            options.close();
            lower.close();
            upper.close();
            if (use != null) {
                use.close();
            }
        }
    }

    private enum Step {
        FIRST,
        LAST,
        SEEK,
        SEEK_BACK,
        NEXT,
        PREVIOUS
    }
}
