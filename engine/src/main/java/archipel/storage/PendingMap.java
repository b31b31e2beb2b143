package archipel.storage;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A map as the commands of a round see it: what the round changed, over what is stored. Changes of the command under
 * way can be taken back alone, and those of the round together. For the thread that applies.
 */
public final class PendingMap<K, V> {
    private final Map<K, V> stored = new HashMap<>();
    private final SavepointMap<K, Change<V>> pending = new SavepointMap<>();

    /** What the store has. */
    public void load(K key, V value) {
        stored.put(key, value);
    }

    /** As of the last commit. */
    public Collection<V> stored() {
        return stored.values();
    }

    /** As of the last commit. */
    public Set<K> storedKeys() {
        return stored.keySet();
    }

    public @Nullable V get(K key) {
        Change<V> change = pending.get(key);
        return change == null ? stored.get(key) : change.value();
    }

    /** As the command under way finds them, in no order. */
    public Collection<V> values() {
        Set<K> keys = new HashSet<>(stored.keySet());
        keys.addAll(pending.all().keySet());
        List<V> values = new ArrayList<>();
        for (K key : keys) {
            V value = get(key);
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    /** @param format in which the command that makes the change has it written */
    public void put(K key, V value, FormatVersion format) {
        pending.put(key, new Change<>(value, format));
    }

    public void remove(K key, FormatVersion format) {
        pending.put(key, new Change<>(null, format));
    }

    /** Before each command. */
    public void begin() {
        pending.mark();
    }

    /** The command changed nothing. */
    public void undo() {
        pending.undo();
    }

    /** What the round has changed so far. */
    public Map<K, Change<V>> changes() {
        return pending.all();
    }

    /** The round is stored. */
    public void commit() {
        pending.all().forEach((key, change) -> {
            V value = change.value();
            if (value == null) {
                stored.remove(key);
            } else {
                stored.put(key, value);
            }
        });
        rollback();
    }

    /** The round came to nothing. */
    public void rollback() {
        pending.clear();
    }

    /**
     * @param value null where the round removed the key
     * @param format that the group had when the value was put: a round may raise it between two commands, and what it
     *     writes must not depend on where rounds end
     */
    public record Change<V>(@Nullable V value, FormatVersion format) {}
}
