package archipel.storage;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts the uses of native memory that are under way, so that {@link #close} can wait for them. A use takes one
 * compare-and-set to begin and one to end.
 */
final class CloseGuard {
    private static final long CLOSED = 1L << 62;

    // The number of uses, and CLOSED.
    private final AtomicLong state = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private final Use use = this::leave;

    /**
     * Begins a use, which ends when the result is closed; that must happen once.
     *
     * @throws RequestException 503 once {@link #close} was called
     */
    Use enter() {
        while (true) {
            long now = state.get();
            if (now >= CLOSED) {
                throw new RequestException(ErrorCode.STOPPING);
            }
            if (state.compareAndSet(now, now + 1)) {
                return use;
            }
        }
    }

    private void leave() {
        if (state.decrementAndGet() == CLOSED) {
            lock.lock();
            try {
                idle.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    boolean isClosed() {
        return state.get() >= CLOSED;
    }

    /** Lets no use begin from now on; false where that was called before. */
    boolean close() {
        return state.getAndUpdate(now -> now >= CLOSED ? now : now + CLOSED) < CLOSED;
    }

    /** Waits for the uses under way, after {@link #close}; false when some are left. */
    boolean awaitIdle(Duration patience) {
        long nanos = patience.toNanos();
        lock.lock();
        try {
            while (state.get() != CLOSED && nanos > 0) {
                nanos = idle.awaitNanos(nanos);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
        return state.get() == CLOSED;
    }

    /** One use. */
    interface Use extends AutoCloseable {
        @Override
        void close();
    }
}
