package archipel.linearizability;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Which of the operations that can come next have to do with the first of them: those with a key in common with it,
 * or with another neighbour. A known operation brings along the pending unknown operations that it may need, those
 * which these may need, and so on, with all their keys, since they are placed together with it.
 */
final class Neighbours {
    /** The neighbours, each kind in the order in which it is numbered. */
    record Found(int[] known, int[] unknown) {}

    private static final int[] NONE = {};

    private final Problem<?, ?, ?> problem;
    private final IntPredicate isPending;
    // The rounds in which a key was reached last, and an operation brought along last.
    private final int[] reached;
    private final int[] brought;
    private int round;

    /** @param isPending which operations can come next, among those that were not placed */
    Neighbours(Problem<?, ?, ?> problem, IntPredicate isPending) {
        this.problem = problem;
        this.isPending = isPending;
        reached = new int[problem.keyCount()];
        brought = new int[problem.size];
    }

    /** @param candidates the known operations that can come next, at least one */
    Found ofTheFirst(int[] candidates) {
        List<int[]> companies = new ArrayList<>(candidates.length);
        for (int candidate : candidates) {
            round++;
            companies.add(company(candidate));
        }
        round++;
        boolean[] isNeighbour = new boolean[candidates.length];
        isNeighbour[0] = true;
        reach(candidates[0], companies.getFirst());
        for (boolean more = true; more; ) {
            more = false;
            for (int i = 1; i < candidates.length; i++) {
                if (!isNeighbour[i] && isReached(candidates[i], companies.get(i))) {
                    isNeighbour[i] = true;
                    reach(candidates[i], companies.get(i));
                    more = true;
                }
            }
        }
        int[] known = new int[candidates.length];
        int[] unknown = NONE;
        int count = 0;
        for (int i = 0; i < candidates.length; i++) {
            if (isNeighbour[i]) {
                known[count++] = candidates[i];
                unknown = union(unknown, companies.get(i));
            }
        }
        return new Found(Arrays.copyOf(known, count), unknown);
    }

    private static int[] union(int[] one, int[] other) {
        if (one.length == 0 || other.length == 0) {
            return one.length == 0 ? other : one;
        }
        int[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return Arrays.stream(both).sorted().distinct().toArray();
    }

    private int[] company(int operation) {
        int[] company = NONE;
        int count = 0;
        for (int next = -1; next < count; next++) {
            for (int needed : problem.needed(next < 0 ? operation : company[next])) {
                if (brought[needed] != round && isPending.test(needed)) {
                    brought[needed] = round;
                    if (count == company.length) {
                        company = Arrays.copyOf(company, Math.max(4, 2 * count));
                    }
                    company[count++] = needed;
                }
            }
        }
        return Arrays.copyOf(company, count);
    }

    private void reach(int operation, int[] company) {
        reach(operation);
        for (int unknown : company) {
            reach(unknown);
        }
    }

    private void reach(int operation) {
        for (int key : problem.keys(operation)) {
            reached[key] = round;
        }
    }

    private boolean isReached(int operation, int[] company) {
        return isReached(operation) || Arrays.stream(company).anyMatch(this::isReached);
    }

    private boolean isReached(int operation) {
        for (int key : problem.keys(operation)) {
            if (reached[key] == round) {
                return true;
            }
        }
        return false;
    }
}
