package archipel.log;

import archipel.changes.Threads;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Makes written batches durable, then visible, then tells those who wait; in order. Groups that come while the disk is
 * at work share its next turn.
 */
final class BatchFlusher implements AutoCloseable {
    private final Store store;
    private final WriteState state;
    private final BatchRunner runner;
    private final Runnable flushed;
    private final LinkedBlockingQueue<List<WrittenBatch>> queue = new LinkedBlockingQueue<>();
    private final Thread thread;
    // Written batches that a failed fsync left in doubt; shown once the store was rewritten. This and the next field
    // belong to the thread that flushes, which is the writer's or this class's, never both at once.
    private final List<WrittenBatch> doubtful = new ArrayList<>();
    // A batch could not be shown. Later ones must not be shown either: readers would see them without it.
    private boolean failed;

    /** @param flushed called once for each batch that was {@link #add}ed, when it is visible or has failed */
    BatchFlusher(Store store, WriteState state, BatchRunner runner, Threads threads, Runnable flushed) {
        this.store = store;
        this.state = state;
        this.runner = runner;
        this.flushed = flushed;
        this.thread = threads.unstarted("archipel-flusher", this::run);
        thread.start();
    }

    /** Has the batch flushed by this flusher's own thread. */
    void add(WrittenBatch batch) {
        queue.add(List.of(batch));
    }

    /** Flushes on the calling thread; only while nothing that was added is under way. */
    void flush(WrittenBatch batch) {
        show(List.of(batch)).forEach(LogEntry::end);
    }

    /**
     * Shows the batches that were in doubt and are durable now; only while nothing that was added is under way.
     *
     * @return false when that failed, after which no batch is shown until a restart
     */
    boolean showDoubtful() {
        List<WrittenBatch> durable = List.copyOf(doubtful);
        doubtful.clear();
        return makeVisible(durable);
    }

    /** Gives up the batches in doubt, which will not be shown; only while nothing that was added is under way. */
    void abandonDoubtful() {
        release(doubtful);
        doubtful.clear();
    }

    /** Flushes what was added before. */
    @Override
    public void close() {
        queue.add(List.of());
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        abandonDoubtful();
    }

    private void run() {
        List<List<WrittenBatch>> taken = new ArrayList<>(64);
        do {
            taken.clear();
            try {
                taken.add(queue.take());
                queue.drainTo(taken);
            } catch (InterruptedException e) {
                // Nobody has cause to interrupt this thread; the queue is to be served all the same.
                continue;
            } catch (RuntimeException | Error e) {
                // What was taken is flushed all the same.
                fail(e);
            }
            flush(taken);
        } while (taken.isEmpty() || !taken.getLast().isEmpty());
    }

    // Whatever fails, the writer hears of each batch, and each command ends.
    private void flush(List<List<WrittenBatch>> taken) {
        List<LogEntry<?>> shown = List.of();
        try {
            List<WrittenBatch> batches = new ArrayList<>();
            taken.forEach(batches::addAll);
            shown = show(batches);
        } catch (RuntimeException | Error e) {
            fail(e);
        }
        // The writer first: it has a batch to write, while completing futures takes its time.
        for (List<WrittenBatch> batches : taken) {
            for (WrittenBatch _ : batches) {
                tellWriter();
            }
        }
        try {
            if (!failed) {
                shown.forEach(LogEntry::end);
            }
        } catch (RuntimeException | Error e) {
            fail(e);
        }
        if (failed) {
            StorageException unknown =
                    new StorageException(StorageException.Kind.UNKNOWN, "what was written could not be shown");
            for (List<WrittenBatch> batches : taken) {
                fail(batches, unknown);
            }
        }
    }

    private void tellWriter() {
        try {
            flushed.run();
        } catch (RuntimeException | Error e) {
            fail(e);
        }
    }

    private void fail(Throwable e) {
        failed = true;
        state.broken(e);
    }

    private static StorageException unknown(Throwable e) {
        String details = e instanceof StorageException failure ? failure.details() : e.toString();
        return new StorageException(StorageException.Kind.UNKNOWN, details, e);
    }

    // The commands to be completed; the others were failed.
    private List<LogEntry<?>> show(List<WrittenBatch> batches) {
        if (failed) {
            release(batches);
            StorageException unknown =
                    new StorageException(StorageException.Kind.UNKNOWN, "an earlier batch could not be shown");
            fail(batches, unknown);
            return List.of();
        }
        if (!doubtful.isEmpty()) {
            doubtful.addAll(batches);
            return failed(batches, new StorageException(StorageException.Kind.UNKNOWN, "an earlier batch is in doubt"));
        }
        try {
            if (batches.stream().anyMatch(WrittenBatch::durable)) {
                store.sync();
            }
        } catch (RuntimeException | Error e) {
            doubtful.addAll(batches);
            state.doubtful(e);
            return failed(batches, unknown(e));
        }
        return makeVisible(batches) ? entries(batches) : List.of();
    }

    private static List<LogEntry<?>> failed(List<WrittenBatch> batches, StorageException unknown) {
        fail(batches, unknown);
        return List.of();
    }

    // Showing neither writes nor depends on what is on the disk. Should it fail all the same, readers keep the newest
    // batch that was shown, and the commands fail.
    private boolean makeVisible(List<WrittenBatch> batches) {
        int shown = 0;
        try {
            for (WrittenBatch batch : batches) {
                shown++;
                runner.showWritten(batch);
            }
            return true;
        } catch (RuntimeException | Error e) {
            fail(e);
            release(batches.subList(shown, batches.size()));
            StorageException unknown = unknown(e);
            fail(batches, unknown);
            return false;
        }
    }

    private static void release(List<WrittenBatch> batches) {
        batches.forEach(batch -> batch.snapshot().release());
    }

    private static void fail(List<WrittenBatch> batches, RuntimeException e) {
        batches.forEach(batch -> batch.fail(e));
    }

    private static List<LogEntry<?>> entries(List<WrittenBatch> batches) {
        if (batches.size() == 1) {
            return batches.getFirst().entries();
        }
        List<LogEntry<?>> entries = new ArrayList<>();
        batches.forEach(batch -> entries.addAll(batch.entries()));
        return entries;
    }
}
