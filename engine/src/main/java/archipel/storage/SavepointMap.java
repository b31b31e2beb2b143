package archipel.storage;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A map whose changes since a mark can be taken back. For one thread.
 *
 * <p>Invariant: how a change is taken back is noted before it is made, so that {@link #undo} also takes back what a
 * change that failed has left, for want of memory for example; and taking back needs no memory.
 */
public final class SavepointMap<K, V> {
    private final List<Change<K, V>> changes;
    // Its order is that of the first puts, until it is ordered.
    private Map<K, V> map;

    public SavepointMap() {
        this(new LinkedHashMap<>(), new ArrayList<>());
    }

    /** Tests have some that run out of memory. */
    SavepointMap(Map<K, V> map, List<Change<K, V>> changes) {
        this.map = map;
        this.changes = changes;
    }

    public @Nullable V get(K key) {
        return map.get(key);
    }

    public void put(K key, V value) {
        Change<K, V> change = new Change<>(key, map.get(key));
        changes.add(change);
        map.put(key, value);
    }

    public boolean isEmpty() {
        return map.isEmpty();
    }

    /** What it holds; changes with it. */
    public Map<K, V> all() {
        return map;
    }

    /** What it holds, in the order of the keys from now on; changes with it. The first time this costs a copy. */
    public NavigableMap<K, V> ordered() {
        if (map instanceof NavigableMap<K, V> ordered) {
            return ordered;
        }
        NavigableMap<K, V> ordered = new TreeMap<>(map);
        map = ordered;
        return ordered;
    }

    /** {@link #undo} goes back to here from now on. */
    public void mark() {
        changes.clear();
    }

    /** Takes back what was put since the mark, the newest first. */
    public void undo() {
        for (int i = changes.size() - 1; i >= 0; i--) {
            Change<K, V> change = changes.get(i);
            if (change.before == null) {
                map.remove(change.key);
            } else {
                map.put(change.key, change.before);
            }
        }
        changes.clear();
    }

    public void clear() {
        map.clear();
        changes.clear();
    }

    /** @param before null where the key was not there */
    record Change<K, V>(K key, @Nullable V before) {}
}
