package archipel.linearizability;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What comes back from a call on registers. */
public sealed interface RegisterResult {
    /** The write is done. */
    record Written() implements RegisterResult {
        @Override
        public String toString() {
            return "written";
        }
    }

    /**
     * What a read found.
     *
     * @param found the values of those keys that were there
     */
    record Values(SortedMap<String, String> found) implements RegisterResult {
        public Values(Map<String, String> found) {
            this(new TreeMap<>(found));
        }

        @Override
        public String toString() {
            return found.isEmpty() ? "nothing" : "values " + RegisterCall.pairs(found);
        }
    }
}
