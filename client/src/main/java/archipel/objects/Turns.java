package archipel.objects;

import archipel.failures.CallInterruptedException;
import archipel.failures.ContentionException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Has the callers of one process change an object one after another, in the order in which they came: they would only
 * make conflicts for each other. A caller holds one turn at a time, so that none waits for another in a circle. Knows
 * only the objects that are being changed. Safe for use by many threads.
 */
final class Turns {
    private final Map<ObjectAddress, Turn> turns = new HashMap<>();
    private final ThreadLocal<ObjectAddress> mine = new ThreadLocal<>();

    private static final class Turn {
        private final ReentrantLock lock = new ReentrantLock(true);
        private int callers;
    }

    /** What is done in a turn. */
    @FunctionalInterface
    interface Work<R extends @Nullable Object> {
        R run() throws Throwable;
    }

    /**
     * Waits for the caller's turn.
     *
     * @throws IllegalStateException where the caller is called from within a turn, by a state's method
     * @throws ContentionException where it does not come in time
     */
    <R extends @Nullable Object> R take(ObjectAddress address, Duration patience, Work<R> work) throws Throwable {
        ObjectAddress outer = mine.get();
        if (outer != null) {
            throw new IllegalStateException("a method of the state of " + outer + " must not change " + address
                    + ": it may run several times, and the two could wait for each other");
        }
        Turn turn = enter(address);
        try {
            await(address, turn, patience);
            mine.set(address);
            try {
                return work.run();
            } finally {
                mine.remove();
                turn.lock.unlock();
            }
        } finally {
            leave(address, turn);
        }
    }

    private static void await(ObjectAddress address, Turn turn, Duration patience) {
        try {
            if (!turn.lock.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new ContentionException("change " + address, "Others of this process have kept it busy.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CallInterruptedException("change " + address);
        }
    }

    private synchronized Turn enter(ObjectAddress address) {
        Turn turn = turns.computeIfAbsent(address, one -> new Turn());
        turn.callers++;
        return turn;
    }

    private synchronized void leave(ObjectAddress address, Turn turn) {
        turn.callers--;
        if (turn.callers == 0) {
            turns.remove(address);
        }
    }
}
