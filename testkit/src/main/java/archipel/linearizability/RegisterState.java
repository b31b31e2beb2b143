package archipel.linearizability;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The values of registers between two operations; a key without a value was never written. */
public final class RegisterState {
    static final RegisterState EMPTY = new RegisterState(Map.of(), 0);

    private final Map<String, String> values;
    // Kept, since states of hundreds of keys are looked up again and again.
    private final int hash;

    private RegisterState(Map<String, String> values, int hash) {
        this.values = values;
        this.hash = hash;
    }

    @Nullable
    String get(String key) {
        return values.get(key);
    }

    RegisterState with(Map<String, String> written) {
        Map<String, String> changed = new HashMap<>(values);
        int changedHash = hash;
        for (Map.Entry<String, String> entry : written.entrySet()) {
            String former = changed.put(entry.getKey(), entry.getValue());
            changedHash += hash(entry.getKey(), entry.getValue()) - (former == null ? 0 : hash(entry.getKey(), former));
        }
        return new RegisterState(changed, changedHash);
    }

    RegisterState only(Collection<String> keys) {
        Map<String, String> some = new HashMap<>(values);
        some.keySet().retainAll(keys);
        return EMPTY.with(some);
    }

    private static int hash(String key, String value) {
        return key.hashCode() * 0x9e3779b1 ^ value.hashCode();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof RegisterState state && state.hash == hash && state.values.equals(values));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return values.isEmpty() ? "nothing" : RegisterCall.pairs(new TreeMap<>(values));
    }
}
