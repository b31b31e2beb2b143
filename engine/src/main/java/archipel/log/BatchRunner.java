package archipel.log;

import archipel.storage.Store;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

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
 */
public final class BatchRunner {
    private final Store store;
    private final StateMachine.Readers readers;
    private final long batchBytes;
    private final ReentrantLock completing = new ReentrantLock();

    /**
     * @param readers of all groups whose commands come by this
     * @param batchBytes roughly how many bytes fill a batch
     */
    public BatchRunner(Store store, StateMachine.Readers readers, long batchBytes) {
        this.store = store;
        this.readers = readers;
        this.batchBytes = batchBytes;
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
        store.commit(batch.finish());
        return new WrittenBatch(batch.entries(), batch.commit(), store.snapshot(), fsync && batch.durable());
    }

    // Showing neither writes nor depends on what is on the disk.
    void show(WrittenBatch batch) {
        try {
            batch.publications().forEach(StateMachine.Publication::publish);
        } catch (RuntimeException | Error e) {
            batch.snapshot().release();
            throw e;
        }
        readers.advance(batch.snapshot());
    }
}
