package archipel.linearizability;

import archipel.linearizability.Outcome.Failed;
import archipel.linearizability.Outcome.Unknown;
import java.util.ArrayList;
import java.util.List;

/** The definition and nothing else: all orders of a small history that real time allows, for each part of it. */
final class BruteForce<S, C, R> {
    private final Model<S, C, R> model;

    private BruteForce(Model<S, C, R> model) {
        this.model = model;
    }

    static <S, C, R> boolean isLinearizable(Model<S, C, R> model, List<? extends Operation<C, R>> operations) {
        List<Operation<C, R>> all = new ArrayList<>(operations);
        all.removeIf(operation -> operation.outcome() instanceof Failed<R>);
        return Parts.of(model, all).stream()
                .allMatch(part -> new BruteForce<>(model).canEnd(model.initial(), part.operations()));
    }

    private boolean canEnd(S state, List<Operation<C, R>> left) {
        if (left.stream().allMatch(operation -> operation.outcome() instanceof Unknown<R>)) {
            return true;
        }
        for (Operation<C, R> operation : left) {
            if (left.stream().anyMatch(other -> precedes(other, operation))) {
                continue;
            }
            R result = operation.result();
            S next = result == null
                    ? model.nextUnknown(state, operation.call())
                    : model.next(state, operation.call(), result);
            List<Operation<C, R>> rest = new ArrayList<>(left);
            rest.remove(operation);
            if (next != null && canEnd(next, rest)) {
                return true;
            }
        }
        return false;
    }

    private boolean precedes(Operation<C, R> one, Operation<C, R> other) {
        return one.result() != null && one.endedNs() < other.invokedNs();
    }
}
