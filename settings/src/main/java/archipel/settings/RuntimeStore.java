package archipel.settings;

import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Where changes made at run time are kept: the node's facts, in a running server. */
public interface RuntimeStore {
    /** Everything that is kept, by key. */
    SortedMap<String, String> load();

    /** Durably keeps a value, or removes it when it is null. */
    void put(String key, @Nullable String value);

    /** Keeps nothing: for settings that are looked at without a node. */
    static RuntimeStore none() {
        return new RuntimeStore() {
            @Override
            public SortedMap<String, String> load() {
                return new TreeMap<>();
            }

            @Override
            public void put(String key, @Nullable String value) {}
        };
    }
}
