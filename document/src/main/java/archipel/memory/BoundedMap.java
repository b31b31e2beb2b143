package archipel.memory;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A map with a bound, which evicts the least recently used entry. Safe for use by many threads.
 *
 * <p>For counts and times that exist nowhere else. {@link BoundedCache} would not do: it keeps what is
 * asked for often and may evict a newcomer at once. Measured with 10,000 busy accounts, a new account's failures were
 * gone after 200 further accounts, so that guessing passwords would take a fiftieth of the requests.
 */
public final class BoundedMap<K, V> {
    private final IntSupplier capacity;
    private final LinkedHashMap<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);

    /** @param capacity how many entries there may be; asked again with each change */
    public BoundedMap(IntSupplier capacity) {
        this.capacity = capacity;
    }

    public synchronized @Nullable V get(K key) {
        return entries.get(key);
    }

    public synchronized void put(K key, V value) {
        entries.put(key, value);
        trim();
    }

    /** Replaces the value, null where there is none yet. */
    public synchronized void update(K key, UnaryOperator<@Nullable V> change) {
        V value = change.apply(entries.get(key));
        if (value == null) {
            entries.remove(key);
        } else {
            entries.put(key, value);
            trim();
        }
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
