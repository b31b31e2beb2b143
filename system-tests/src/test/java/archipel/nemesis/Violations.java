package archipel.nemesis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The violations that were seen, up to a bound. Safe for use by many threads. */
final class Violations {
    private static final int MOST = 40;

    private final Queue<String> all = new ConcurrentLinkedQueue<>();

    void add(String what) {
        if (all.size() < MOST) {
            all.add("at " + Heads.nowMs() + " ms: " + what);
        }
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** Fails unless there are none. */
    void check() {
        assertEquals("", toString());
    }

    @Override
    public String toString() {
        return String.join("\n", all);
    }
}
