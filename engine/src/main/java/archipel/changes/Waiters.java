package archipel.changes;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Threads that wait for something to become true. A waiting virtual thread costs its parked stack and one set entry; a
 * wake costs what is waiting, without a lock that the woken would queue for.
 */
public final class Waiters {
    private final Set<Thread> waiting = ConcurrentHashMap.newKeySet();

    /**
     * Waits until {@code ready} gives true, which it is asked at every {@link #wake}; false when that did not happen in
     * time.
     */
    public boolean await(BooleanSupplier ready, Duration timeout) throws InterruptedException {
        if (ready.getAsBoolean()) {
            return true;
        }
        Deadline deadline = Deadline.after(timeout);
        Thread self = Thread.currentThread();
        waiting.add(self);
        try {
            // Asked again after it was added: a wake between the two must not be missed.
            while (!ready.getAsBoolean()) {
                if (deadline.hasPassed()) {
                    return false;
                }
                LockSupport.parkNanos(this, deadline.remainingNanos());
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
            return true;
        } finally {
            waiting.remove(self);
        }
    }

    /** Lets every waiting thread look again. */
    public void wake() {
        waiting.forEach(LockSupport::unpark);
    }

    public boolean isEmpty() {
        return waiting.isEmpty();
    }
}
