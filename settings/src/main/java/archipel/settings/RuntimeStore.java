package archipel.settings;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where changes made at run time are kept: the node's facts, in a running server. */
public interface RuntimeStore {
    /** Everything that is kept, by key. */
    SortedMap<String, String> load();

    /** The value that is kept now, whoever put it; null when there is none. */
    @Nullable
    String get(String key);

    /**
     * Durably keeps a value, or removes it when it is null. What is kept afterwards {@link #get} tells: somebody else
     * may have put another one, or may have had to.
     */
    void put(String key, @Nullable String value);

    /** Told the key of each value that changes, by whomever, once {@link #get} gives the new one; on any thread. */
    void onChange(Consumer<String> listener);

    /** Keeps values as long as it lasts: for settings that are looked at without a node. */
    static RuntimeStore none() {
        return new RuntimeStore() {
            private final Map<String, String> values = new ConcurrentHashMap<>();

            @Override
            public SortedMap<String, String> load() {
                return new TreeMap<>(values);
            }

            @Override
            public @Nullable String get(String key) {
                return values.get(key);
            }

            @Override
            public void put(String key, @Nullable String value) {
                if (value == null) {
                    values.remove(key);
                } else {
                    values.put(key, value);
                }
            }

            @Override
            public void onChange(Consumer<String> listener) {}
        };
    }
}
