package archipel.changes;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Wakes feeds off the writer's thread: with thousands of them, waking takes longer than a commit. Wakes that come while
 * one is under way are done as one.
 */
public final class Wakers implements AutoCloseable {
    private final Set<Waiters> due = ConcurrentHashMap.newKeySet();
    private final Loop loop;

    public Wakers(Loops loops) {
        loop = loops.loop("waker", this::round);
        loop.start(Duration.ZERO);
    }

    public void wake(Waiters waiters) {
        if (!waiters.isEmpty() && due.add(waiters)) {
            loop.wake();
        }
    }

    private Duration round() {
        for (Waiters waiters : due) {
            wakeNow(waiters);
        }
        return Loop.UNTIL_WOKEN;
    }

    private void wakeNow(Waiters waiters) {
        // Taken out first: who is added from here on is woken again.
        due.remove(waiters);
        try {
            waiters.wake();
        } catch (Throwable e) {
            due.add(waiters);
            throw e;
        }
    }

    @Override
    public void close() {
        loop.close();
    }
}
