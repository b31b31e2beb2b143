package archipel.ensemble;

import archipel.log.OpenBatch;
import archipel.storage.StorageException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Stores what a group has applied. Others have applied what this member has no space for: it waits for some, and has
 * another member lead meanwhile.
 */
final class BatchCompletion {
    private static final Duration BETWEEN_TRIES = Duration.ofSeconds(1);

    private final ReplicatedGroup.Home home;
    private final Runnable giveWay;

    /** @param giveWay has another member lead, where this one does; called again where it goes on to */
    BatchCompletion(ReplicatedGroup.Home home, Runnable giveWay) {
        this.home = home;
        this.giveWay = giveWay;
    }

    /** @throws StorageException where the batch is not stored, also when the node stops before there is space */
    void complete(OpenBatch batch) {
        StorageException full = store(batch);
        if (full == null) {
            return;
        }
        home.context().disk().state().full(full);
        while (full != null) {
            giveWay.run();
            LockSupport.parkNanos(this, BETWEEN_TRIES.toNanos());
            // Whoever was interrupted is to end, and could not wait any more.
            if (home.isClosing() || Thread.currentThread().isInterrupted()) {
                throw full;
            }
            full = store(batch);
        }
        home.context().disk().state().sound();
    }

    private @Nullable StorageException store(OpenBatch batch) {
        try {
            home.context().runner().complete(batch);
            return null;
        } catch (StorageException e) {
            if (e.kind() != StorageException.Kind.FULL) {
                throw e;
            }
            return e;
        }
    }
}
