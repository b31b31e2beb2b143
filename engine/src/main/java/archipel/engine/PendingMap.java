package archipel.engine;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A map as the commands of a round see it: what the round changed, over what is stored. Changes of the command under
 * way can be taken back alone, and those of the round together. For the thread that applies.
 */
final class PendingMap<K, V> {
    private final Map<K, V> stored = new HashMap<>();
    // Null where the round removed the key.
    private final Map<K, @Nullable V> pending = new LinkedHashMap<>();
    // How to take back what the command changed, the newest change first.
    private final Deque<Runnable> before = new ArrayDeque<>();

    /** What the store has. */
    void load(K key, V value) {
        stored.put(key, value);
    }

    /** As of the last commit. */
    Collection<V> stored() {
        return stored.values();
    }

    /** As of the last commit. */
    Set<K> storedKeys() {
        return stored.keySet();
    }

    @Nullable
    V get(K key) {
        return pending.containsKey(key) ? pending.get(key) : stored.get(key);
    }

    void put(K key, V value) {
        set(key, value);
    }

    void remove(K key) {
        set(key, null);
    }

    private void set(K key, @Nullable V value) {
        boolean known = pending.containsKey(key);
        V old = pending.put(key, value);
        before.push(known ? () -> pending.put(key, old) : () -> pending.remove(key));
    }

    /** Before each command. */
    void begin() {
        before.clear();
    }

    /** The command changed nothing. */
    void undo() {
        while (!before.isEmpty()) {
            before.pop().run();
        }
    }

    /** What the round has changed so far; null for what it removed. */
    Map<K, @Nullable V> changes() {
        return pending;
    }

    /** The round is stored. */
    void commit() {
        pending.forEach((key, value) -> {
            if (value == null) {
                stored.remove(key);
            } else {
                stored.put(key, value);
            }
        });
        rollback();
    }

    /** The round came to nothing. */
    void rollback() {
        pending.clear();
        before.clear();
    }
}
