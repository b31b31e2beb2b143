package archipel.storage;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.Snapshot;

/**
 * What was stored at one moment, shared by its readers: held while anybody retains it. Begins retained once, by its
 * maker.
 */
public final class StoreSnapshot {
    private final Store store;
    private final Snapshot snapshot;
    private final CloseGuard.Use use;
    private final ReadOptions options;
    private final AtomicInteger holders = new AtomicInteger(1);

    /** @param use keeps the store open until this is released */
    StoreSnapshot(Store store, Snapshot snapshot, CloseGuard.Use use) {
        this.store = store;
        this.snapshot = snapshot;
        this.use = use;
        this.options = new ReadOptions().setSnapshot(snapshot);
    }

    /** False when everybody had released it already, so that it cannot be used any more. */
    public boolean retain() {
        while (true) {
            int count = holders.get();
            if (count == 0) {
                return false;
            }
            if (holders.compareAndSet(count, count + 1)) {
                return true;
            }
        }
    }

    public void release() {
        if (holders.decrementAndGet() == 0) {
            options.close();
            store.release(snapshot, use);
        }
    }

    /** Whether nobody holds it any more. */
    public boolean isReleased() {
        return holders.get() == 0;
    }

    public byte @Nullable [] get(Family family, byte[] key) {
        return store.read(family, key, options);
    }

    /**
     * A walk over the rows from {@code lower} on and before {@code upper}; to be closed before the snapshot is
     * released.
     */
    public Cursor cursor(Family family, byte[] lower, byte[] upper) {
        return new Cursor(store, family, lower, upper, snapshot);
    }
}
