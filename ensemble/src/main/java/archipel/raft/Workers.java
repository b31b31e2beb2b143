package archipel.raft;

import archipel.changes.Threads;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads for what may wait. The library keeps a group's lock while it waits for the disk, so one that hangs takes a
 * thread for each thing that the group is asked. Other members ask for as much as they like: of theirs no more than
 * {@value #MOST_ASKED} are under way at once, and no thread that reads a connection does any itself. What this member
 * begins is as much as its groups are.
 */
final class Workers implements Executor, AutoCloseable {
    static final int MOST_ASKED = 192;

    private final ThreadPoolExecutor pool;
    private final Semaphore asked = new Semaphore(MOST_ASKED);

    Workers(Threads threads) {
        AtomicInteger number = new AtomicInteger();
        this.pool = new ThreadPoolExecutor(
                2,
                Integer.MAX_VALUE,
                30,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                work -> threads.background("archipel-raft-" + number.incrementAndGet(), work));
    }

    /**
     * Does what this member wants.
     *
     * @throws RejectedExecutionException where it stops
     */
    @Override
    public void execute(Runnable work) {
        pool.execute(work);
    }

    /** Does what another member asks for. @return false where that is not done, since too much is under way */
    boolean tryExecute(Runnable work) {
        if (!asked.tryAcquire()) {
            return false;
        }
        try {
            pool.execute(() -> {
                try {
                    work.run();
                } finally {
                    asked.release();
                }
            });
            return true;
        } catch (RejectedExecutionException stopping) {
            asked.release();
            return false;
        }
    }

    @Override
    public void close() {
        pool.shutdown();
    }
}
