package archipel.suites;

import archipel.suites.KnownDifferences.Line;
import archipel.suites.KnownDifferences.Where;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Compares what came of tests with what is known, and counts. */
final class Tally {
    private final KnownDifferences known;
    private final Where servers;
    private final List<String> unexpected = new ArrayList<>();
    private final Map<String, Integer> reasons = new TreeMap<>();
    private int passed;
    private int skipped;
    private int differing;

    Tally(KnownDifferences known, Where servers) {
        this.known = known;
        this.servers = servers;
    }

    /** Whether it failed and should not have. */
    boolean surprises(Outcome outcome) {
        return outcome.failed() && known.find(outcome.test(), servers) == null;
    }

    void add(Outcome outcome) {
        @Nullable Line line = known.find(outcome.test(), servers);
        switch (outcome.result()) {
            case SKIPPED -> skipped++;
            case PASSED -> {
                passed++;
                if (line != null && line.where() != Where.SOMETIMES) {
                    unexpected.add(outcome.test() + " passes, and is listed: " + line.why());
                }
            }
            case FAILED -> {
                if (line == null) {
                    unexpected.add(outcome.test() + " fails: " + outcome.message());
                } else {
                    differing++;
                    reasons.merge(line.why(), 1, Integer::sum);
                }
            }
        }
    }

    int passed() {
        return passed;
    }

    List<String> unexpected() {
        return unexpected;
    }

    /** By the reason, how many tests fail for it. */
    Map<String, Integer> reasons() {
        return reasons;
    }

    @Override
    public String toString() {
        return "%4d passed %4d unexpected %4d differ %4d skipped"
                .formatted(passed, unexpected.size(), differing, skipped);
    }
}
