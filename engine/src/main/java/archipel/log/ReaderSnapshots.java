package archipel.log;

import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.time.InstantSource;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The store's newest snapshot that readers have, and earlier ones that some of them hold still. */
public final class ReaderSnapshots {
    private final InstantSource clock;
    // For the publishing thread, or while there is none.
    private StoreSnapshot newest;
    // In the order in which they were superseded.
    private final Queue<Superseded> superseded = new ConcurrentLinkedQueue<>();

    public ReaderSnapshots(Store store, InstantSource clock) {
        this.clock = clock;
        this.newest = store.snapshot();
    }

    public StoreSnapshot newest() {
        return newest;
    }

    /** @param snapshot is taken over */
    public void advance(StoreSnapshot snapshot) {
        StoreSnapshot old = newest;
        newest = snapshot;
        old.release();
        superseded.removeIf(earlier -> earlier.store().isReleased());
        if (!old.isReleased()) {
            superseded.add(new Superseded(old, clock.millis()));
        }
    }

    /**
     * For how long the oldest one that is held has not been the newest, milliseconds; 0 where all read the newest. What
     * was overwritten or deleted since takes space until that reader is done.
     */
    public long oldestMs() {
        long now = clock.millis();
        return superseded.stream()
                .filter(earlier -> !earlier.store().isReleased())
                .mapToLong(earlier -> Math.max(1, now - earlier.sinceMs()))
                .max()
                .orElse(0);
    }

    private record Superseded(StoreSnapshot store, long sinceMs) {}
}
