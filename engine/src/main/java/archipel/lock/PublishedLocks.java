package archipel.lock;

import archipel.changes.Waiters;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The locks as readers of this node find them. Changed on one thread at a time, which all writers wait for; read by
 * any.
 *
 * <p>Those who wait for a change of a lock stand together with those who wait for others whose names hash alike, so
 * that a change wakes few that it does not concern, and nothing is kept of names that nobody waits for.
 */
public final class PublishedLocks {
    private static final int STANDS = 64;

    private final Map<String, Lock> locks = new ConcurrentHashMap<>();
    private final Waiters[] stands = Stream.generate(Waiters::new).limit(STANDS).toArray(Waiters[]::new);
    private final Consumer<Waiters> wakers;
    private volatile long changes;
    private volatile Runnable listener = () -> {};

    /** @param wakers has threads woken; neither waits nor fails */
    public PublishedLocks(Consumer<Waiters> wakers) {
        this.wakers = wakers;
    }

    /** Null where nobody holds it. */
    @Nullable
    Lock find(String name) {
        return locks.get(name);
    }

    /** In the order of their names. */
    SortedMap<String, Lock> all() {
        return new TreeMap<>(locks);
    }

    Iterable<Lock> each() {
        return locks.values();
    }

    boolean isEmpty() {
        return locks.isEmpty();
    }

    int size() {
        return locks.size();
    }

    /** How often they have changed so far. */
    long changes() {
        return changes;
    }

    /** Runs it after each change, on the thread that publishes: it must neither wait nor fail. */
    void onChange(Runnable told) {
        listener = told;
    }

    Waiters waiters(String name) {
        int hash = name.hashCode();
        return stands[Math.floorMod(hash ^ hash >>> 16, STANDS)];
    }

    // For the thread that publishes.

    void change(Map<String, @Nullable Lock> changed) {
        changed.forEach((name, lock) -> {
            if (lock == null) {
                locks.remove(name);
            } else {
                locks.put(name, lock);
            }
        });
        told();
        changed.keySet().forEach(name -> wakers.accept(waiters(name)));
    }

    void replace(Map<String, Lock> all) {
        locks.keySet().retainAll(all.keySet());
        locks.putAll(all);
        told();
        for (Waiters stand : stands) {
            wakers.accept(stand);
        }
    }

    private void told() {
        long next = changes + 1;
        changes = next;
        listener.run();
    }
}
