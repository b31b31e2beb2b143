package archipel.linearizability;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What is asked of registers, one or several: an operation reads or writes all of its keys at one moment. */
public sealed interface RegisterCall {
    /** Gets the values of these keys. */
    record Read(List<String> keys) implements RegisterCall {
        public Read {
            keys = List.copyOf(keys);
        }

        public Read(String... keys) {
            this(List.of(keys));
        }

        @Override
        public String toString() {
            return "read " + Words.join(keys);
        }
    }

    /** Sets each key to its value: all of them or, if it fails, none. */
    record Write(SortedMap<String, String> values) implements RegisterCall {
        public Write(Map<String, String> values) {
            this(new TreeMap<>(values));
        }

        public Write(String key, String value) {
            this(Map.of(key, value));
        }

        @Override
        public String toString() {
            return "write " + pairs(values);
        }
    }

    /** {@code a=1 b=2}. */
    static String pairs(SortedMap<String, String> values) {
        return values.entrySet().stream()
                .map(entry -> Words.encode(entry.getKey()) + "=" + Words.encode(entry.getValue()))
                .collect(Collectors.joining(" "));
    }
}
