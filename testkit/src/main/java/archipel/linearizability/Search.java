package archipel.linearizability;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Looks for an order of the operations that real time and the model allow.
 */
final class Search<S, C, R> {
    /*
     * The search of Wing and Gong: place operations one after the other, each one that no unplaced operation
     * precedes, and go back where no more can be placed. Those that can come next were invoked before the earliest
     * end of the unplaced known operations, the deadline. The operation of the deadline is tried first, so that
     * others come before it only where it takes them: Lowe's just-in-time linearization. What was placed, with the
     * state, is remembered, and not gone on from twice (Lowe again). Sets of operations are compared by the exclusive
     * or of 128 random bits for each of them: among n sets two are taken for each other with a probability of n^2 /
     * 2^129, below 10^-26 for a million.
     *
     *   J. Wing, C. Gong: Testing and verifying concurrent objects. J. Parallel and Distributed Computing 17, 1993.
     *   G. Lowe: Testing for linearizability. Concurrency and Computation: Practice and Experience 29(4), 2017.
     *   A. Horn, D. Kroening: Faster linearizability checking via P-compositionality. FORTE 2015.
     *   M. Herlihy, J. Wing: Linearizability: a correctness condition for concurrent objects. TOPLAS 12(3), 1990.
     *   P. Gibbons, E. Korach: Testing shared memories. SIAM J. Computing 26(4), 1997.
     *   P. Godefroid: Partial-order methods for the verification of concurrent systems. LNCS 1032, 1996 (rule 6).
     *
     * Six rules leave out branches without leaving out verdicts. In each, "the rest" is a legal order of all known
     * operations that are still to be placed, and of some unknown ones, from the state s.
     *
     * 1. An operation x that can come next, is possible in s and leaves s as it is, is placed at once. If
     *    there is a rest, x can be moved to its front: nothing precedes x, and all others find the states
     *    that they found.
     *
     * 2. A step that replaces a version which an unplaced known operation saw is not taken: the version never
     *    comes back.
     *
     * 3. A blind operation y is not placed before a known blind y' that writes the same key, if y' ended
     *    before the call of a reader of y's version of that key. With y' after y, the reader would find
     *    another version.
     *
     * 4. A blind operation y that can come next, replaces no version that is still to be seen, and whose
     *    readers can all come next as well and are possible right after it, is placed at once, if it is known
     *    or has readers. A rest has y in it then, and y and its readers can be moved to its front. The others
     *    lose nothing: what y replaced they did not see, or rule 2 would have spoken; what was written later
     *    replaces y's versions as it replaced the ones before; and the places that y leaves were seen by its
     *    readers only. A write that nobody read is the case without readers. With rule 2, this leaves a
     *    single register no choice: after rule 4 each write that could come next has a reader beyond the
     *    deadline. The value of such a write has to stay until then, so that the operation of the deadline
     *    must see that value, or write it.
     *
     * 5. An unknown operation is placed only where a known one that can come next may need it
     *    (Model.mayNeed), or may need one that does. By that promise there is a rest of which each unknown
     *    operation is followed at once by one that may need it. The known operation at the end of such a row
     *    of unknown ones is the first known one of that rest, so that it can come next. An unknown operation
     *    has no end, and never moves the deadline.
     *
     * 6. Of several keys, only neighbours of the deadline's operation x are placed (see Neighbours). Until x
     *    is placed, nothing can be placed that cannot come next already. Take a rest as in rule 5 up to x, as
     *    rows: some unknown operations and the known one that ends them. Rows of neighbours have no key in
     *    common with the others, so that all of them can be moved before the others, in the order that they
     *    have.
     */

    /** How a search ended. */
    enum End {
        FOUND,
        NONE,
        /** Out of time, or of memory. */
        GAVE_UP
    }

    /** What is placed, as a fingerprint, and the state after it. */
    private record Configuration<S>(long high, long low, S state) {}

    /** Where the search can come back to. */
    private static final class Branch {
        final int depth;
        final int[] options;
        int tried;

        Branch(int depth, int[] options) {
            this.depth = depth;
            this.options = options;
        }
    }

    private final Problem<S, C, R> problem;
    private final Budget budget;
    private final int maxConfigurations;
    private final int known;

    private final long[] invokedNs;
    private final long[] endedNs;
    private final long[] highs;
    private final long[] lows;
    private final LinkedOrder unplacedByCall;
    private final LinkedOrder unplacedByEnd;
    private final UnplacedWriters writers;
    private final Neighbours neighbours;
    private final boolean[] placed;
    private final int[] toBeSeen;

    private final List<S> statesBefore = new ArrayList<>();
    private final int[] order;
    private int depth;
    private S state;
    private long high;
    private long low;

    private final Deque<Branch> branches = new ArrayDeque<>();
    private final Set<Configuration<S>> visited = new HashSet<>();

    Search(Problem<S, C, R> problem, Budget budget, int maxConfigurations) {
        this.problem = problem;
        this.budget = budget;
        this.maxConfigurations = maxConfigurations;
        known = problem.known;
        invokedNs = new long[problem.size];
        endedNs = new long[known];
        highs = new long[problem.size];
        lows = new long[problem.size];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < problem.size; i++) {
            invokedNs[i] = problem.operation(i).invokedNs();
            if (i < known) {
                endedNs[i] = problem.operation(i).endedNs();
            }
            highs[i] = random.nextLong();
            lows[i] = random.nextLong();
        }
        unplacedByCall = LinkedOrder.by(known, i -> invokedNs[i]);
        unplacedByEnd = LinkedOrder.by(known, i -> endedNs[i]);
        writers = new UnplacedWriters(problem);
        placed = new boolean[problem.size];
        neighbours = new Neighbours(problem, this::isPending);
        toBeSeen = problem.timesSeen();
        order = new int[problem.size];
        state = problem.model.initial();
    }

    /** Whether there is an order; if so, {@link #order} has it. */
    End run() {
        return new Contradictions(problem).any() ? End.NONE : search();
    }

    /** The order that was found. */
    List<Operation<C, R>> order() {
        return Arrays.stream(order, 0, depth).mapToObj(problem::operation).toList();
    }

    /** The state after {@link #order}. */
    S state() {
        return state;
    }

    /** Looks for another order after one was found. */
    End runOn() {
        return goBack() ? search() : End.NONE;
    }

    private End search() {
        while (true) {
            if (budget.isSpent() || visited.size() >= maxConfigurations) {
                return End.GAVE_UP;
            }
            placeWhatChangesNothing();
            if (unplacedByEnd.isEmpty()) {
                return End.FOUND;
            }
            int[] options = options();
            if (options.length == 1) {
                place(options[0], stateAfter(options[0]));
                continue;
            }
            branches.push(new Branch(depth, options));
            if (!goBack()) {
                return End.NONE;
            }
        }
    }

    /** To the next configuration that was not visited. */
    private boolean goBack() {
        for (Branch branch = branches.peek(); branch != null; branch = branches.peek()) {
            while (branch.tried < branch.options.length) {
                undoTo(branch.depth);
                int option = branch.options[branch.tried++];
                place(option, stateAfter(option));
                if (visited.add(new Configuration<>(high, low, state))) {
                    return true;
                }
            }
            branches.pop();
        }
        return false;
    }

    private S stateAfter(int operation) {
        S next = problem.next(state, operation);
        if (next == null) {
            throw new IllegalStateException(
                    "the model took back that this is possible: " + problem.operation(operation));
        }
        return next;
    }

    private boolean canComeNext(int operation) {
        return invokedNs[operation] <= endedNs[unplacedByEnd.first()];
    }

    // Rule 1. Operations that were passed over stay impossible in the same state; the deadline only moves on.
    private void placeWhatChangesNothing() {
        for (int i = unplacedByCall.first(); i < known && canComeNext(i); i = unplacedByCall.after(i)) {
            if (problem.isBlind(i)) {
                continue;
            }
            S next = problem.next(state, i);
            if (next != null && next.equals(state)) {
                place(i, state);
                if (unplacedByEnd.isEmpty()) {
                    return;
                }
            }
        }
    }

    /** What can be placed next, in the order in which it is to be tried. */
    private int[] options() {
        int[] candidates = new int[8];
        int count = 0;
        for (int i = unplacedByCall.first(); i < known && canComeNext(i); i = unplacedByCall.after(i)) {
            if (count == candidates.length) {
                candidates = Arrays.copyOf(candidates, 2 * count);
            }
            candidates[count++] = i;
        }
        // By number, which is by end: the deadline's operation first.
        candidates = Arrays.copyOf(candidates, count);
        Arrays.sort(candidates);
        Neighbours.Found found = neighbours.ofTheFirst(candidates);
        int[] options = new int[found.known().length + found.unknown().length];
        int possible = 0;
        for (int[] operations : List.of(found.known(), found.unknown())) {
            for (int operation : operations) {
                Step step = step(operation);
                if (step == Step.AT_ONCE) {
                    return new int[] {operation};
                } else if (step == Step.POSSIBLE) {
                    options[possible++] = operation;
                }
            }
        }
        return Arrays.copyOf(options, possible);
    }

    /** Whether an operation can come next that was not placed yet. */
    private boolean isPending(int operation) {
        return !placed[operation] && canComeNext(operation);
    }

    private enum Step {
        IMPOSSIBLE,
        POSSIBLE,
        /** It may be placed without a look at the others. */
        AT_ONCE
    }

    private Step step(int operation) {
        // A blind one is possible in any state, and what it leads to may be costly to make.
        if (problem.isBlind(operation) && (isTooEarly(operation) || losesSomething(operation))) {
            return Step.IMPOSSIBLE;
        }
        S next = problem.next(state, operation);
        if (next == null || next.equals(state)) {
            return Step.IMPOSSIBLE;
        }
        if (problem.isBlind(operation)) {
            return canBeReadNow(operation, next) ? Step.AT_ONCE : Step.POSSIBLE;
        }
        return losesSomething(operation) ? Step.IMPOSSIBLE : Step.POSSIBLE;
    }

    // Rule 2.
    private boolean losesSomething(int operation) {
        for (int version : problem.replaced(state, operation)) {
            int left = toBeSeen[version];
            for (int own : problem.seen(operation)) {
                left -= own == version ? 1 : 0;
            }
            if (left > 0) {
                return true;
            }
        }
        return false;
    }

    // Rule 3.
    private boolean isTooEarly(int operation) {
        int[] keys = problem.keysWritten(operation);
        int[] versions = problem.versionsWritten(operation);
        for (int k = 0; k < keys.length; k++) {
            if (versions[k] != Problem.UNSEEN
                    && writers.firstEndNs(keys[k], operation) < problem.lastSightNs(versions[k])) {
                return true;
            }
        }
        return false;
    }

    // Rule 4.
    private boolean canBeReadNow(int operation, S next) {
        for (int reader : problem.readers(operation)) {
            if (!isPending(reader) || !next.equals(problem.next(next, reader))) {
                return false;
            }
        }
        return true;
    }

    private void place(int operation, S next) {
        order[depth++] = operation;
        statesBefore.add(state);
        state = next;
        mark(operation, true);
    }

    private void undoTo(int wanted) {
        while (depth > wanted) {
            mark(order[--depth], false);
            state = statesBefore.removeLast();
        }
    }

    private void mark(int operation, boolean isPlaced) {
        placed[operation] = isPlaced;
        high ^= highs[operation];
        low ^= lows[operation];
        for (int version : problem.seen(operation)) {
            toBeSeen[version] += isPlaced ? -1 : 1;
        }
        if (!problem.isKnown(operation)) {
            return;
        }
        if (isPlaced) {
            unplacedByCall.remove(operation);
            unplacedByEnd.remove(operation);
            writers.remove(operation);
        } else {
            writers.putBack(operation);
            unplacedByEnd.putBack(operation);
            unplacedByCall.putBack(operation);
        }
    }
}
