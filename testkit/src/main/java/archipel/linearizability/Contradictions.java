package archipel.linearizability;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Contradictions between two or three operations on one version, which need no search. Where there is one there is no
 * order; the reverse is not true.
 */
final class Contradictions {
    private final Problem<?, ?, ?> problem;
    private final int[] makers;
    private final long[] firstSightEndNs;
    private final int[] consumers;

    Contradictions(Problem<?, ?, ?> problem) {
        this.problem = problem;
        makers = problem.makers();
        firstSightEndNs = new long[makers.length];
        Arrays.fill(firstSightEndNs, Long.MAX_VALUE);
        consumers = new int[makers.length];
        Arrays.fill(consumers, -1);
    }

    boolean any() {
        return isReplacedTwice() || isFromNowhere() || isSeenAfterUse() || isBeforeAndAfter();
    }

    /** A lost update: two operations replaced the same version. */
    private boolean isReplacedTwice() {
        for (int i = 0; i < problem.known; i++) {
            long endedNs = problem.operation(i).endedNs();
            for (int version : problem.seen(i)) {
                firstSightEndNs[version] = Math.min(firstSightEndNs[version], endedNs);
            }
            for (int version : problem.consumed(i)) {
                if (consumers[version] >= 0) {
                    return true;
                }
                consumers[version] = i;
            }
        }
        return false;
    }

    /** A version that nobody made, or that was seen before its maker was called. */
    private boolean isFromNowhere() {
        for (Map.Entry<Version, Integer> entry : problem.versions().entrySet()) {
            int maker = makers[entry.getValue()];
            boolean isFromNowhere = maker < 0
                    ? entry.getKey().value() != null
                    : firstSightEndNs[entry.getValue()]
                            < problem.operation(maker).invokedNs();
            if (isFromNowhere) {
                return true;
            }
        }
        return false;
    }

    /** A stale read of a version that an operation replaced which had seen it. */
    private boolean isSeenAfterUse() {
        for (int version = 0; version < consumers.length; version++) {
            // The consumer's own sight is no later than its end.
            if (consumers[version] >= 0
                    && problem.operation(consumers[version]).endedNs() < problem.lastSightNs(version)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Two versions of one key of which each came before the other. All operations on a version, the one that made it
     * and those that saw it, come before all on a later version of the key, or after all on an earlier one. So a
     * version is the earlier one if any operation on it ended before one on the other was called (Gibbons and
     * Korach's zones). Of a call that is not blind nothing says whether it took effect, so that the sights alone
     * count there.
     */
    private boolean isBeforeAndAfter() {
        Map<String, List<Zone>> byKey = new HashMap<>();
        for (Map.Entry<Version, Integer> entry : problem.versions().entrySet()) {
            int version = entry.getValue();
            int maker = makers[version];
            boolean counts = maker >= 0 && problem.isBlind(maker);
            long firstEndNs =
                    counts ? Math.min(firstSightEndNs[version], problem.endNs(maker)) : firstSightEndNs[version];
            long lastCallNs = problem.lastSightNs(version);
            byKey.computeIfAbsent(entry.getKey().key(), _ -> new ArrayList<>())
                    .add(new Zone(
                            // Nothing comes before the first version.
                            entry.getKey().value() == null ? Long.MIN_VALUE : firstEndNs,
                            counts
                                    ? Math.max(
                                            lastCallNs, problem.operation(maker).invokedNs())
                                    : lastCallNs));
        }
        for (int i = 0; i < problem.known; i++) {
            Operation<?, ?> operation = problem.operation(i);
            for (Version unseen : problem.unseen(i)) {
                byKey.computeIfAbsent(unseen.key(), _ -> new ArrayList<>())
                        .add(new Zone(operation.endedNs(), operation.invokedNs()));
            }
        }
        return byKey.values().stream().anyMatch(Contradictions::anyBeforeAndAfter);
    }

    /** What there is on one version: the first end of an operation, and the last call of one. */
    private record Zone(long firstEndNs, long lastCallNs) {
        boolean isBefore(Zone other) {
            return firstEndNs < other.lastCallNs;
        }
    }

    private static boolean anyBeforeAndAfter(List<Zone> zones) {
        zones.sort(Comparator.comparingLong(Zone::firstEndNs));
        // The last zone that ends before it begins. As long as there is no contradiction, these do not overlap.
        Zone last = null;
        for (Zone zone : zones) {
            if (last != null && last.isBefore(zone) && zone.isBefore(last)) {
                return true;
            }
            last = zone.isBefore(zone) ? zone : last;
        }
        return false;
    }
}
