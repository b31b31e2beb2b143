package archipel.changes;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Wakes feeds off the writer's thread: with thousands of them, waking takes longer than a commit. Wakes that come while
 * one is under way are done as one.
 */
public final class Wakers implements AutoCloseable {
    private final Set<Waiters> due = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private volatile boolean closed;

    public Wakers(Threads threads) {
        thread = threads.background("archipel-waker", this::run);
        thread.start();
    }

    public void wake(Waiters waiters) {
        if (!waiters.isEmpty() && due.add(waiters)) {
            LockSupport.unpark(thread);
        }
    }

    private void run() {
        while (!closed) {
            for (Waiters waiters : due) {
                // Taken out first: who is added from here on is woken again.
                due.remove(waiters);
                waiters.wake();
            }
            if (due.isEmpty() && !closed) {
                LockSupport.park(this);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
