package archipel.memory;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

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

    /** How much of the budget requests that are not admitted yet may take beside it while they wait. */
    private static final int SHARE_OF_WAITING = 16;

    private final Limits limits;
    private final AtomicLong used = new AtomicLong();
    private final LongAccumulator peak = new LongAccumulator(Math::max, 0);
    private final LongAdder refusals = new LongAdder();
    private final LongAdder shed = new LongAdder();
    private final ReentrantLock lock = new ReentrantLock();
    /** Under the lock, in the order in which they came. */
    private final Set<Waiter> waiters = new LinkedHashSet<>();
    /** Under the lock: at how many bytes in use each of them can be served, and how many of them at that many. */
    private final NavigableMap<Long, Integer> servedAt = new TreeMap<>();
    /** The greatest of these, so that whoever gives back too little for any of them need not look at them. */
    private volatile long servesUpTo = -1;

    private final AtomicInteger waitingForAdmission = new AtomicInteger();

    public MemoryBudget(Limits limits) {
        this.limits = limits;
    }

    /**
     * Admits a request, which waits for a while where there is no memory for it. Few may wait, since they take memory
     * meanwhile.
     *
     * @param privileged whether it is among the last to be shed
     * @throws MemoryLimitException where there is no memory for another request
     */
    public Reservation admit(boolean privileged) {
        long ceiling = ceiling(REQUEST_BYTES, privileged);
        if (!tryTake(REQUEST_BYTES, ceiling) && !awaitAdmission(ceiling)) {
            throw refused(REQUEST_BYTES, MemoryLimitException.Kind.BUSY);
        }
        return new Reservation(this, privileged, REQUEST_BYTES);
    }

    /** Admits a request that is not privileged; null where there is no memory for it now. */
    public @Nullable Reservation tryAdmit() {
        return tryTake(REQUEST_BYTES, ceiling(REQUEST_BYTES, false))
                ? new Reservation(this, false, REQUEST_BYTES)
                : null;
    }

    /** All there is, bytes. */
    public long totalBytes() {
        return limits.totalBytes();
    }

    /** The most that one request without privileges can have, bytes. */
    public long largestBytes() {
        return ceiling(Long.MAX_VALUE, false);
    }

    /** Whether more than half is taken. */
    public boolean isScarce() {
        return used.get() > limits.totalBytes() / 2;
    }

    /** How much is taken, bytes. */
    public long usedBytes() {
        return used.get();
    }

    /** The most that was taken at once so far, bytes. */
    public long peakBytes() {
        return peak.get();
    }

    /** How often a request did not get what it needed. */
    public long refusals() {
        return refusals.sum();
    }

    /** How often that was because others had it. */
    public long shed() {
        return shed.sum();
    }

    /** @param size what the request has with these bytes */
    void take(long bytes, long size, boolean privileged) {
        long ceiling = ceiling(size, privileged);
        if (size > ceiling) {
            throw refused(size, MemoryLimitException.Kind.REQUEST_TOO_LARGE);
        }
        if (!tryTake(bytes, ceiling) && !await(bytes, ceiling)) {
            throw refused(size, MemoryLimitException.Kind.BUSY);
        }
    }

    void give(long bytes) {
        if (used.addAndGet(-bytes) <= servesUpTo) {
            lock.lock();
            try {
                serveWaiters();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Takes for those that wait what they wait for, as far as there is enough, and wakes them alone. */
    private void serveWaiters() {
        Iterator<Waiter> each = waiters.iterator();
        while (used.get() <= servesUpTo && each.hasNext()) {
            Waiter waiter = each.next();
            if (tryTake(waiter.bytes, waiter.ceiling)) {
                each.remove();
                forget(waiter);
                waiter.served = true;
                waiter.woken.signal();
            }
        }
    }

    private boolean tryTake(long bytes, long ceiling) {
        long before = used.get();
        while (before + bytes <= ceiling) {
            long found = used.compareAndExchange(before, before + bytes);
            if (found == before) {
                peak.accumulate(before + bytes);
                return true;
            }
            before = found;
        }
        return false;
    }

    private boolean awaitAdmission(long ceiling) {
        long most = limits.totalBytes() / SHARE_OF_WAITING / REQUEST_BYTES;
        try {
            return waitingForAdmission.incrementAndGet() <= most && await(REQUEST_BYTES, ceiling);
        } finally {
            waitingForAdmission.decrementAndGet();
        }
    }

    private void remember(Waiter waiter) {
        waiters.add(waiter);
        servedAt.merge(waiter.servedAt(), 1, Integer::sum);
        servesUpTo = servedAt.lastKey();
    }

    private void forget(Waiter waiter) {
        servedAt.computeIfPresent(waiter.servedAt(), (_, count) -> count == 1 ? null : count - 1);
        servesUpTo = servedAt.isEmpty() ? -1 : servedAt.lastKey();
    }

    /** Waits to be served. Counts as waiting before it tries once more, so that nothing given back is missed. */
    private boolean await(long bytes, long ceiling) {
        long leftNs = TimeUnit.MILLISECONDS.toNanos(limits.waitMs());
        lock.lock();
        Waiter waiter = new Waiter(bytes, ceiling, lock.newCondition());
        remember(waiter);
        try {
            if (tryTake(bytes, ceiling)) {
                return true;
            }
            while (!waiter.served && leftNs > 0) {
                leftNs = waiter.woken.awaitNanos(leftNs);
            }
            return waiter.served;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return waiter.served;
        } finally {
            if (waiters.remove(waiter)) {
                forget(waiter);
            }
            lock.unlock();
        }
    }

    private MemoryLimitException refused(long size, MemoryLimitException.Kind kind) {
        refusals.increment();
        if (kind == MemoryLimitException.Kind.BUSY) {
            shed.increment();
        }
        return new MemoryLimitException(size, kind);
    }

    private long ceiling(long size, boolean privileged) {
        long total = limits.totalBytes();
        if (privileged) {
            return total;
        }
        return size > LARGE_BYTES ? total / 4 * 3 : total / 16 * 15;
    }

    private static final class Waiter {
        final long bytes;
        final long ceiling;
        final Condition woken;
        boolean served;

        Waiter(long bytes, long ceiling, Condition woken) {
            this.bytes = bytes;
            this.ceiling = ceiling;
            this.woken = woken;
        }

        /** How many bytes may be in use when it is served. */
        long servedAt() {
            return ceiling - bytes;
        }
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
