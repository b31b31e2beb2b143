package archipel.memory;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The memory that all requests under way may use together, in bytes of heap. What is taken is an estimate that errs on
 * the high side: the budget is a part of the heap, and what it leaves is for the engine, indexes and the collector.
 *
 * <p>Load is shed in order. Requests that are large already get the first three quarters of the budget, small ones
 * fifteen sixteenths, privileged ones (admins, and the check whether the node is up) all of it: a bulk load cannot keep
 * small requests out, nor can anybody keep out the admin who is to end it.
 *
 * <p>A request that finds too little memory waits, since most requests end soon. It may hold memory already: the
 * timeout breaks a deadlock between two waiting requests.
 */
public final class MemoryBudget {
    /** What any request takes: its thread's stack, its head and the buffers of its connection. */
    public static final long REQUEST_BYTES = 8 << 10;

    private static final long LARGE_BYTES = 1 << 20;

    private final Limits limits;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition freed = lock.newCondition();
    private long used;
    private long peak;
    private long refusals;

    public MemoryBudget(Limits limits) {
        this.limits = limits;
    }

    /**
     * Admits a request.
     *
     * @param privileged whether it is among the last to be shed
     * @throws MemoryLimitException where there is no memory for another request
     */
    public Reservation admit(boolean privileged) {
        take(REQUEST_BYTES, REQUEST_BYTES, privileged);
        return new Reservation(this, privileged, REQUEST_BYTES);
    }

    /** All there is, bytes. */
    public long totalBytes() {
        return limits.totalBytes();
    }

    /** The most that one request without privileges can have, bytes. */
    public long largestBytes() {
        return ceiling(Long.MAX_VALUE, false);
    }

    /** How much is taken, bytes. */
    public long usedBytes() {
        lock.lock();
        try {
            return used;
        } finally {
            lock.unlock();
        }
    }

    /** The most that was taken at once so far, bytes. */
    public long peakBytes() {
        lock.lock();
        try {
            return peak;
        } finally {
            lock.unlock();
        }
    }

    /** How often a request did not get what it needed. */
    public long refusals() {
        lock.lock();
        try {
            return refusals;
        } finally {
            lock.unlock();
        }
    }

    /** @param size what the request has with these bytes */
    void take(long bytes, long size, boolean privileged) {
        long ceiling = ceiling(size, privileged);
        lock.lock();
        try {
            if (size > ceiling || used + bytes > ceiling && !await(bytes, ceiling)) {
                refusals++;
                throw new MemoryLimitException(
                        size,
                        size > ceiling ? MemoryLimitException.Kind.REQUEST_TOO_LARGE : MemoryLimitException.Kind.BUSY);
            }
            used += bytes;
            peak = Math.max(peak, used);
        } finally {
            lock.unlock();
        }
    }

    void give(long bytes) {
        lock.lock();
        try {
            used -= bytes;
            freed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private boolean await(long bytes, long ceiling) {
        long leftNs = TimeUnit.MILLISECONDS.toNanos(limits.waitMs());
        try {
            while (used + bytes > ceiling && leftNs > 0) {
                leftNs = freed.awaitNanos(leftNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return used + bytes <= ceiling;
    }

    private long ceiling(long size, boolean privileged) {
        long total = limits.totalBytes();
        if (privileged) {
            return total;
        }
        return size > LARGE_BYTES ? total / 4 * 3 : total / 16 * 15;
    }

    /** Asked anew each time, since settings change while a node runs. */
    public interface Limits {
        /** Half of the heap, and two seconds. */
        Limits DEFAULT = new Limits() {
            @Override
            public long totalBytes() {
                return Runtime.getRuntime().maxMemory() / 2;
            }

            @Override
            public int waitMs() {
                return 2_000;
            }
        };

        /** What requests may use together, bytes. */
        long totalBytes();

        /** How long a request waits for memory, milliseconds. */
        int waitMs();
    }
}
