package archipel.auth;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A map that forgets what was not looked at for longest. Safe for use by many threads. */
final class BoundedMap<K, V> {
    private final IntSupplier capacity;
    private final LinkedHashMap<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);

    /** @param capacity how many entries there may be; asked anew at each change */
    BoundedMap(IntSupplier capacity) {
        this.capacity = capacity;
    }

    synchronized @Nullable V get(K key) {
        return entries.get(key);
    }

    synchronized void put(K key, V value) {
        entries.put(key, value);
        trim();
    }

    /** Replaces the value, null where there is none yet. */
    synchronized void update(K key, UnaryOperator<@Nullable V> change) {
        V value = change.apply(entries.get(key));
        if (value == null) {
            entries.remove(key);
        } else {
            entries.put(key, value);
            trim();
        }
    }

    synchronized void remove(K key) {
        entries.remove(key);
    }

    synchronized void clear() {
        entries.clear();
    }

    synchronized int size() {
        return entries.size();
    }

    private void trim() {
        int most = capacity.getAsInt();
        var oldest = entries.entrySet().iterator();
        while (entries.size() > most && oldest.hasNext()) {
            Map.Entry<K, V> _ = oldest.next();
            oldest.remove();
        }
    }
}
