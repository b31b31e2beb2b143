package archipel.linearizability;

import java.util.ArrayList;
import java.util.List;

/** By key, the known blind operations that write it and are not placed yet, the one that ended first in front. */
final class UnplacedWriters {
    private final Problem<?, ?, ?> problem;
    private final List<List<Integer>> byKey = new ArrayList<>();
    private final List<LinkedOrder> orders = new ArrayList<>();
    private final int[][] places;

    UnplacedWriters(Problem<?, ?, ?> problem) {
        this.problem = problem;
        places = new int[problem.known][];
        for (int key = 0; key < problem.keyCount(); key++) {
            byKey.add(new ArrayList<>());
        }
        // In the order in which they ended, as they are numbered.
        for (int i = 0; i < problem.known; i++) {
            int[] keys = problem.keysWritten(i);
            places[i] = new int[keys.length];
            for (int k = 0; k < keys.length; k++) {
                places[i][k] = byKey.get(keys[k]).size();
                byKey.get(keys[k]).add(i);
            }
        }
        byKey.forEach(writers -> orders.add(LinkedOrder.by(writers.size(), place -> place)));
    }

    void remove(int operation) {
        int[] keys = problem.keysWritten(operation);
        for (int k = 0; k < keys.length; k++) {
            orders.get(keys[k]).remove(places[operation][k]);
        }
    }

    /** What was removed last comes back first. */
    void putBack(int operation) {
        int[] keys = problem.keysWritten(operation);
        for (int k = keys.length - 1; k >= 0; k--) {
            orders.get(keys[k]).putBack(places[operation][k]);
        }
    }

    /** When the first of them but this one ended. */
    long firstEndNs(int key, int butFor) {
        LinkedOrder order = orders.get(key);
        List<Integer> writers = byKey.get(key);
        int first = order.first();
        if (first < writers.size() && writers.get(first) == butFor) {
            first = order.after(first);
        }
        return first < writers.size() ? problem.operation(writers.get(first)).endedNs() : Long.MAX_VALUE;
    }
}
