package archipel.log;

import archipel.storage.Batch;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The way from a group's order to its readers, which a node's log goes, whatever puts the commands in order: applied to
 * an {@link OpenBatch}, stored, published, shown to readers, answered.
 *
 * <p>Readers of all groups get the snapshot of each batch ({@link StateMachine.Readers#advance}), so that no group
 * keeps an old one from being given back. Therefore a snapshot must have nothing of any group that is not published by
 * the time it is shown. There are two ways to that, and a log takes one of them:
 *
 * <ul>
 *   <li>{@link LocalLog} has one order for all groups. One thread writes batches, and they are shown in the order in
 *       which they were written, whenever that is. So what one of them shows is published, and what comes later is not
 *       in its snapshot.
 *   <li>A log with an order for each group may have a thread for each. Each applies to a batch of its own, at the same
 *       time as the others, which is where the work is, and ends it by {@link #complete}: one group at a time, from its
 *       commit until readers have it.
 * </ul>
 *
 * <p>A member of an ensemble has both: the log that its members share, and one for what is its own alone ({@link
 * #beside}). What is written of the latter is not to be seen before it is on the disk, while snapshots of the other log
 * have it. So groups of the one log do not get the snapshots of the other as long as something of theirs is written and
 * not shown.
 */
public final class BatchRunner {
    private final Store store;
    private final StateMachine.Readers readers;
    private final long batchBytes;
    private final ReentrantLock completing;
    // Of the log beside this one; null where there is none.
    private @Nullable BatchRunner other;
    // Whether this runner is the one beside another log's.
    private final boolean own;
    // Batches that are written and not shown; guarded by the lock.
    private int unshown;

    /**
     * @param readers of all groups whose commands come by this
     * @param batchBytes roughly how many bytes fill a batch
     */
    public BatchRunner(Store store, StateMachine.Readers readers, long batchBytes) {
        this(store, readers, batchBytes, new ReentrantLock(), false);
    }

    private BatchRunner(
            Store store, StateMachine.Readers readers, long batchBytes, ReentrantLock completing, boolean own) {
        this.store = store;
        this.readers = readers;
        this.batchBytes = batchBytes;
        this.completing = completing;
        this.own = own;
    }

    /**
     * A runner for a {@link LocalLog} of other groups of the same store, whose batches the store journals. Before
     * either of both is used; once.
     *
     * @param others readers of those groups
     */
    BatchRunner beside(StateMachine.Readers others) {
        BatchRunner beside = new BatchRunner(store, others, batchBytes, completing, true);
        beside.other = this;
        other = beside;
        return beside;
    }

    /** A batch for commands; to be closed. */
    public OpenBatch open(FaultPolicy faults) {
        return new OpenBatch(store, batchBytes, faults);
    }

    /**
     * Stores a batch, shows it to readers, and ends its entries. On any thread; the batches of one group in the order
     * of its commands. Where it fails the entries have not ended. The batch is closed by the caller in any case.
     *
     * @throws archipel.storage.StorageException where it could not be stored; of kind full nothing was, otherwise that
     *     is not known until the store has been opened again
     * @throws RuntimeException where it could not be shown: no later batch must be
     */
    public void complete(OpenBatch batch) {
        if (batch.isEmpty()) {
            return;
        }
        completing.lock();
        WrittenBatch written;
        try {
            written = write(batch, false);
            show(written);
        } finally {
            completing.unlock();
        }
        // Whoever is told need not hold up the other groups.
        written.entries().forEach(LogEntry::end);
    }

    /** Shows readers a state that was put in the place of a group's, other than by commands. On any thread. */
    public void show(StateMachine.Publication replacement) {
        completing.lock();
        try {
            show(new WrittenBatch(List.of(), List.of(replacement), store.snapshot(), false));
        } finally {
            completing.unlock();
        }
    }

    /** Stores a batch. By one thread, for logs that show batches later, in the order in which they were written. */
    WrittenBatch write(OpenBatch batch, boolean fsync) {
        if (!own) {
            store.commit(batch.finish());
            return written(batch, fsync);
        }
        completing.lock();
        try {
            store.commitJournaled(batch.finish());
            unshown++;
            WrittenBatch written = written(batch, fsync);
            if (other != null) {
                // They have nothing in it that they do not see; they would hold on to an older one otherwise.
                other.readers.advance(retained(written.snapshot()));
            }
            return written;
        } finally {
            completing.unlock();
        }
    }

    private WrittenBatch written(OpenBatch batch, boolean fsync) {
        return new WrittenBatch(batch.entries(), batch.commit(), store.snapshot(), fsync && batch.durable());
    }

    /** Stores rows that stand there already. */
    void touch(Batch batch) {
        if (own) {
            store.commitJournaled(batch);
        } else {
            store.commit(batch);
        }
    }

    /** Shows a batch that {@link #write} has stored. Showing neither writes nor depends on what is on the disk. */
    void showWritten(WrittenBatch batch) {
        if (!own) {
            show(batch);
            return;
        }
        completing.lock();
        try {
            if (!batch.entries().isEmpty()) {
                unshown--;
            }
            show(batch);
        } finally {
            completing.unlock();
        }
    }

    private static StoreSnapshot retained(StoreSnapshot snapshot) {
        if (!snapshot.retain()) {
            throw new IllegalStateException("a snapshot was released before readers could have it");
        }
        return snapshot;
    }

    private void show(WrittenBatch batch) {
        try {
            batch.publications().forEach(StateMachine.Publication::publish);
        } catch (RuntimeException | Error e) {
            batch.snapshot().release();
            throw e;
        }
        if (!own && other != null && other.unshown == 0) {
            other.readers.advance(retained(batch.snapshot()));
        }
        readers.advance(batch.snapshot());
    }
}
