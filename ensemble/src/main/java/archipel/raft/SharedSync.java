package archipel.raft;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One fsync for all that wait for one: who comes while one is under way shares the next with all others who do. A
 * failed one is not tried again, since Linux forgets what it could not write and reports success from then on: every
 * later call fails, too, until everything was {@link #renew written anew}. Safe for use by many threads.
 */
final class SharedSync {
    private final Runnable fsync;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    // Guarded by the lock. Fsyncs that have begun, and that have ended.
    private long begun;
    private long done;
    private boolean running;
    private @Nullable RuntimeException failure;

    SharedSync(Runnable fsync) {
        this.fsync = fsync;
    }

    /** Returns once an fsync that began after this call has ended. */
    void sync() {
        lock.lock();
        try {
            long wanted = begun + 1;
            while (done < wanted) {
                requireSound();
                if (running) {
                    ended.awaitUninterruptibly();
                } else {
                    run();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets fsyncs be tried again after one has failed; nothing where none has.
     *
     * @param rewrite writes to new files, durably, what was committed before, or throws
     */
    void renew(Runnable rewrite) {
        lock.lock();
        try {
            if (failure == null) {
                return;
            }
        } finally {
            lock.unlock();
        }
        rewrite.run();
        lock.lock();
        try {
            failure = null;
        } finally {
            lock.unlock();
        }
    }

    private void requireSound() {
        RuntimeException before = failure;
        if (before != null) {
            throw new IllegalStateException("an earlier fsync failed", before);
        }
    }

    private void run() {
        running = true;
        begun++;
        long number = begun;
        lock.unlock();
        RuntimeException failed = null;
        try {
            fsync.run();
        } catch (RuntimeException e) {
            failed = e;
        } finally {
            lock.lock();
            running = false;
            ended.signalAll();
        }
        if (failed != null) {
            failure = failed;
            throw failed;
        }
        done = number;
    }
}
