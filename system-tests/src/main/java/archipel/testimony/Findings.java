package archipel.testimony;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Collects violations: all are counted, the first of each rule are kept. */
final class Findings {
    private static final int KEPT = 5;

    private final Map<String, Long> counts = new TreeMap<>();
    private final List<Violation> first = new ArrayList<>();

    void add(String rule, long line, String message) {
        if (counts.merge(rule, 1L, Long::sum) <= KEPT) {
            first.add(new Violation(rule, line, message));
        }
    }

    Map<String, Long> counts() {
        return counts;
    }

    List<Violation> first() {
        return first;
    }
}
