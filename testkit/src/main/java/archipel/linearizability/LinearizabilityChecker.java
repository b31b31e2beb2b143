package archipel.linearizability;

import archipel.linearizability.Outcome.Failed;
import archipel.linearizability.Parts.Part;
import archipel.linearizability.Verdict.Linearizable;
import archipel.linearizability.Verdict.NotLinearizable;
import archipel.linearizability.Verdict.Undecided;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides whether a history is linearizable: whether each operation can be given a moment between its call and its
 * end (or any moment after its call, or none, if its outcome is unknown), such that the store as the model has it,
 * executing the operations in the order of these moments, returns what the clients were told.
 *
 * <p>M. Herlihy and J. Wing, "Linearizability: a correctness condition for concurrent objects", 1990. {@code Search}
 * has the algorithm and its sources; testkit's DESIGN.md says how to use all this.
 */
public final class LinearizabilityChecker {
    /** An explanation costs more than the verdict, and one is what people read. */
    private static final int EXPLAINED = 3;

    private static final Duration EXPLANATION_TIME = Duration.ofSeconds(45);

    private LinearizabilityChecker() {}

    /** As {@link #check(History, Model, Bounds)}, within {@link Bounds#USUAL}. */
    public static <S, C, R> Verdict check(History<C, R> history, Model<S, C, R> model) {
        return check(history, model, Bounds.USUAL);
    }

    /**
     * @throws IllegalArgumentException where two operations of the history make the same version, by the model: for
     *     instance, where a value is written twice
     */
    public static <S, C, R> Verdict check(History<C, R> history, Model<S, C, R> model, Bounds bounds) {
        Budget budget = new Budget(bounds.time());
        List<Part<C, R>> violated = new ArrayList<>();
        List<String> undecided = new ArrayList<>();
        List<Operation<C, R>> operations = history.operations().stream()
                .filter(operation -> !(operation.outcome() instanceof Failed<R>))
                .toList();
        List<Part<C, R>> parts = Parts.of(model, operations);
        for (Part<C, R> part : parts) {
            Search<S, C, R> search =
                    new Search<>(Problem.of(model, part.operations()), budget, bounds.configurations());
            switch (search.run()) {
                case FOUND -> {}
                case NONE -> violated.add(part);
                case GAVE_UP -> undecided.add(part.name());
            }
        }
        if (!violated.isEmpty()) {
            Budget forExplanations = new Budget(min(bounds.time(), EXPLANATION_TIME));
            List<Violation> violations = violated.stream()
                    .limit(EXPLAINED)
                    .map(part -> new Explainer<>(model, part, forExplanations).explain())
                    .toList();
            return new NotLinearizable(violations, violated.size());
        }
        return undecided.isEmpty() ? new Linearizable(operations.size(), parts.size()) : new Undecided(undecided);
    }

    private static Duration min(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
