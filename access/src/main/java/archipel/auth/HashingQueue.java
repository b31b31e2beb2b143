package archipel.auth;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * Lets few passwords be hashed at once, since each holds a processor for a good part of a second. The others wait, a
 * bounded number in all and from one address. Addresses take turns, so that many passwords from one of them delay those
 * of another by one hash and not by all.
 */
final class HashingQueue {
    private final IntSupplier places;
    private final IntSupplier placesOfOne;
    private final int slots;
    private final ReentrantLock lock = new ReentrantLock();
    private final SequencedMap<String, ArrayDeque<Waiter>> waiting = new LinkedHashMap<>();
    private int waiters;
    private int free;

    /**
     * @param slots how many may be hashed at once
     * @param places how many may wait
     * @param placesOfOne how many of them from one address
     */
    HashingQueue(int slots, IntSupplier places, IntSupplier placesOfOne) {
        this.slots = slots;
        this.free = slots;
        this.places = places;
        this.placesOfOne = placesOfOne;
    }

    /** @throws RequestException 429 where no place is free */
    <T> T run(String address, Supplier<T> work) {
        enter(address);
        try {
            return work.get();
        } finally {
            leave();
        }
    }

    /** Whether no place is free for the address. */
    boolean isFull(String address) {
        lock.lock();
        try {
            ArrayDeque<Waiter> own = waiting.get(address);
            return waiters >= places.getAsInt() || own != null && own.size() >= placesOfOne.getAsInt();
        } finally {
            lock.unlock();
        }
    }

    /** For how many hashes a new one waits at the most, its own included. */
    int length() {
        lock.lock();
        try {
            return 1 + waiters / slots + (free > 0 ? 0 : 1);
        } finally {
            lock.unlock();
        }
    }

    private void enter(String address) {
        lock.lock();
        try {
            if (free > 0) {
                free--;
                return;
            }
            if (isFull(address)) {
                throw new RequestException(ErrorCode.TOO_MANY_LOGINS);
            }
            Waiter waiter = new Waiter(lock.newCondition());
            waiting.computeIfAbsent(address, _ -> new ArrayDeque<>()).add(waiter);
            waiters++;
            while (!waiter.admitted) {
                waiter.turn.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void leave() {
        lock.lock();
        try {
            Map.Entry<String, ArrayDeque<Waiter>> first = waiting.pollFirstEntry();
            if (first == null) {
                free++;
                return;
            }
            Waiter next = first.getValue().remove();
            waiters--;
            if (!first.getValue().isEmpty()) {
                waiting.putLast(first.getKey(), first.getValue());
            }
            next.admitted = true;
            next.turn.signal();
        } finally {
            lock.unlock();
        }
    }

    private static final class Waiter {
        private final Condition turn;
        private boolean admitted;

        private Waiter(Condition turn) {
            this.turn = turn;
        }
    }
}
