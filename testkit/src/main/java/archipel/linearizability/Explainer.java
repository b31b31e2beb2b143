package archipel.linearizability;

import archipel.linearizability.Outcome.Unknown;
import archipel.linearizability.Parts.Part;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Finds out why a part is not linearizable.
 */
final class Explainer<S, C, R> {
    /*
     * Every cut of a linearizable history is linearizable: what was going on at the cut is unknown in it. So the
     * shortest cut that is not linearizable can be found by bisection, and the operation at its end is the one that
     * cannot be placed.
     *
     * To take the answer from an operation can only make more orders possible: what was linearizable stays so.
     * Operations that do not matter are found by taking the answers from more and more of them, in halves, quarters
     * and so on (A. Zeller, R. Hildebrandt: Simplifying and isolating failure-inducing input. TSE 28(2), 2002), as
     * long as the rest still cannot be ordered. What is left contradicts itself, whatever the others did.
     *
     * Where a search gives up, the cut counts as linearizable, and the answer as needed: the explanation is longer
     * than it could be, and still true.
     */

    /** Many searches make one explanation, and few of them are hard. */
    private static final Duration SEARCH_TIME = Duration.ofSeconds(2);

    private static final int SEARCH_CONFIGURATIONS = 10_000;
    private static final int STATES = 8;
    private static final int LAST_OF_ORDER = 5;
    private static final int SHOWN = 40;

    private final Model<S, C, R> model;
    private final Part<C, R> part;
    private final Budget budget;
    private final List<Operation<C, R>> known;

    Explainer(Model<S, C, R> model, Part<C, R> part, Budget budget) {
        this.model = model;
        this.part = part;
        this.budget = budget;
        known = part.operations().stream()
                .filter(operation -> operation.result() != null)
                .sorted(Comparator.comparingLong(Operation::endedNs))
                .toList();
    }

    /** The part has to be one that is not linearizable. */
    Violation explain() {
        int cut = shortestCut();
        Operation<C, R> misplaced = known.get(cut - 1);
        List<Operation<C, R>> order = new ArrayList<>();
        List<String> states = lookBefore(misplaced, cut(cut - 1, misplaced.endedNs()), order);
        List<Operation<C, R>> core = core(misplaced, cut(cut, misplaced.endedNs()));
        return new Violation(part.name(), misplaced, states, core, text(misplaced, states, order, core));
    }

    /** How many known operations have to end until there is no order. */
    private int shortestCut() {
        int cut = known.size();
        if (isContradiction(cut(cut))) {
            cut = shortestCut(cut, this::isContradiction);
            if (cut > 1 && !isImpossible(cut(cut - 1))) {
                return cut;
            }
        }
        return shortestCut(cut, this::isImpossible);
    }

    private int shortestCut(int atMost, Predicate<List<Operation<C, R>>> isImpossible) {
        int possible = 0;
        int impossible = atMost;
        while (impossible - possible > 1) {
            int middle = (possible + impossible) >>> 1;
            if (isImpossible.test(cut(middle))) {
                impossible = middle;
            } else {
                possible = middle;
            }
        }
        return impossible;
    }

    /** The states that are possible after these, and an order of them. */
    private List<String> lookBefore(
            Operation<C, R> misplaced, List<Operation<C, R>> operations, List<Operation<C, R>> order) {
        Search<S, C, R> search = search(operations);
        SortedSet<String> states = new TreeSet<>();
        for (Search.End end = search.run(); end == Search.End.FOUND && states.size() < STATES; end = search.runOn()) {
            if (order.isEmpty()) {
                order.addAll(search.order());
            }
            states.add(model.show(search.state(), misplaced.call()));
        }
        return List.copyOf(states);
    }

    private List<Operation<C, R>> cut(int ended) {
        return cut(ended, known.get(ended - 1).endedNs());
    }

    /** What there was at a time at which so many operations had ended. */
    private List<Operation<C, R>> cut(int ended, long atNs) {
        List<Operation<C, R>> cut = new ArrayList<>(known.subList(0, ended));
        for (Operation<C, R> operation : known.subList(ended, known.size())) {
            if (operation.invokedNs() <= atNs) {
                cut.add(operation.withoutAnswer());
            }
        }
        part.operations().stream()
                .filter(operation -> operation.outcome() instanceof Unknown<R> && operation.invokedNs() <= atNs)
                .forEach(cut::add);
        return cut;
    }

    private Search<S, C, R> search(Collection<Operation<C, R>> operations) {
        return new Search<>(Problem.of(model, operations), budget.part(SEARCH_TIME), SEARCH_CONFIGURATIONS);
    }

    // Found in a moment, where it is one: what is left for searches is small then.
    private boolean isContradiction(Collection<Operation<C, R>> operations) {
        return new Contradictions(Problem.of(model, operations)).any();
    }

    private boolean isImpossible(Collection<Operation<C, R>> operations) {
        return search(operations).run() == Search.End.NONE;
    }

    private List<Operation<C, R>> core(Operation<C, R> misplaced, List<Operation<C, R>> cut) {
        List<Operation<C, R>> operations = cut;
        if (isContradiction(cut)) {
            // Most are about one version, and so about one key.
            List<Operation<C, R>> near = withoutAnswersApartFrom(misplaced, cut);
            operations = withFewerAnswers(isContradiction(near) ? near : cut, this::isContradiction);
        }
        return withWhatTheySaw(withFewerAnswers(operations, this::isImpossible));
    }

    private List<Operation<C, R>> withoutAnswersApartFrom(Operation<C, R> one, List<Operation<C, R>> operations) {
        Collection<String> keys = model.keys(one.call());
        return operations.stream()
                .map(operation -> Collections.disjoint(keys, model.keys(operation.call()))
                        ? operation.withoutAnswer()
                        : operation)
                .toList();
    }

    private List<Operation<C, R>> withFewerAnswers(
            List<Operation<C, R>> operations, Predicate<List<Operation<C, R>>> isImpossible) {
        List<Operation<C, R>> fewest = operations;
        for (int chunk = Math.max(1, answered(fewest).size() / 2); ; chunk = Math.max(1, chunk / 2)) {
            boolean fewer = false;
            List<Integer> answered = answered(fewest);
            // From the past on: what happened long ago matters least.
            for (int from = 0; from < answered.size() && !budget.isSpent(); from += chunk) {
                List<Operation<C, R>> without = new ArrayList<>(fewest);
                for (int index : answered.subList(from, Math.min(answered.size(), from + chunk))) {
                    without.set(index, fewest.get(index).withoutAnswer());
                }
                if (isImpossible.test(without)) {
                    fewest = without;
                    fewer = true;
                }
            }
            if (budget.isSpent() || (chunk == 1 && !fewer)) {
                return fewest;
            }
        }
    }

    private List<Integer> answered(List<Operation<C, R>> operations) {
        List<Integer> answered = new ArrayList<>();
        for (int i = 0; i < operations.size(); i++) {
            if (operations.get(i).result() != null) {
                answered.add(i);
            }
        }
        return answered;
    }

    /** Those that have an answer, and of the others those that made what these saw. */
    private List<Operation<C, R>> withWhatTheySaw(List<Operation<C, R>> operations) {
        Set<Version> seen = new HashSet<>();
        for (Operation<C, R> operation : operations) {
            R result = operation.result();
            if (result != null) {
                seen.addAll(model.seen(operation.call(), result));
            }
        }
        return operations.stream()
                .filter(operation -> operation.result() != null
                        || model.made(operation.call()).stream().anyMatch(seen::contains))
                .sorted(Comparator.comparingLong(Operation::invokedNs))
                .toList();
    }

    private String text(
            Operation<C, R> misplaced, List<String> states, List<Operation<C, R>> order, List<Operation<C, R>> core) {
        long originNs = part.operations().getFirst().invokedNs();
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                "%s: %,d operations have no order%n",
                part.name(), part.operations().size()));
        text.append("cannot be placed: ").append(misplaced).append('\n');
        text.append("  from ").append(Diagram.milliseconds(misplaced.invokedNs() - originNs));
        text.append(" to ").append(Diagram.milliseconds(misplaced.endedNs() - originNs));
        text.append(" after the first call on this part\n");
        text.append("possible at its end, without it: ")
                .append(states.isEmpty() ? "not found in time" : String.join(" | ", states))
                .append(states.size() == STATES ? " | ..." : "")
                .append('\n');
        if (!order.isEmpty()) {
            text.append("all before it have an order, for instance this");
            text.append(order.size() > LAST_OF_ORDER ? ", of which the last are:\n" : ":\n");
            order.stream()
                    .skip(Math.max(0, order.size() - LAST_OF_ORDER))
                    .forEach(operation -> text.append("  ").append(operation).append('\n'));
        }
        text.append("these contradict each other, whatever the others did:\n");
        text.append(Diagram.of(core.subList(Math.max(0, core.size() - SHOWN), core.size()), misplaced));
        return text.toString();
    }
}
