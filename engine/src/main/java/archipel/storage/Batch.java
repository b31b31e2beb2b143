package archipel.storage;

import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/** Writes that take effect together. For one thread. */
public final class Batch implements AutoCloseable {
    private final Store store;
    private final CloseGuard.Use use;
    private final WriteBatch writes;
    private boolean closed;

    Batch(Store store) {
        this.store = store;
        this.use = store.use();
        try {
            this.writes = new WriteBatch();
        } catch (RuntimeException | Error e) {
            use.close();
            throw e;
        }
    }

    public void put(Family family, byte[] key, byte[] value) {
        try {
            writes.put(store.handle(family), key, value);
        } catch (RocksDBException e) {
            throw store.failed("cannot add to a batch", e);
        }
    }

    public void delete(Family family, byte[] key) {
        try {
            writes.delete(store.handle(family), key);
        } catch (RocksDBException e) {
            throw store.failed("cannot add to a batch", e);
        }
    }

    /** Deletes all rows from {@code lower} on and before {@code upper}. */
    public void deleteRange(Family family, byte[] lower, byte[] upper) {
        try {
            writes.deleteRange(store.handle(family), lower, upper);
        } catch (RocksDBException e) {
            throw store.failed("cannot add to a batch", e);
        }
    }

    /** Marks where {@link #undo} goes back to, until {@link #keep}. */
    public void mark() {
        writes.setSavePoint();
    }

    /** Keeps what came since the mark. */
    public void keep() {
        try {
            writes.popSavePoint();
        } catch (RocksDBException e) {
            throw store.failed("cannot keep a part of a batch", e);
        }
    }

    /** Takes back what came since the mark. */
    public void undo() {
        try {
            writes.rollbackToSavePoint();
        } catch (RocksDBException e) {
            throw store.failed("cannot take back a part of a batch", e);
        }
    }

    /** Bytes so far. */
    public long bytes() {
        return writes.getDataSize();
    }

    public boolean isEmpty() {
        return writes.count() == 0;
    }

    WriteBatch writes() {
        return writes;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            writes.close();
            use.close();
        }
    }
}
