package archipel.linearizability;

import java.util.Comparator;
import java.util.List;

/**
 * What clients did and saw, in the order of the calls. An operation precedes another only if it ended strictly before
 * the other was invoked. Operations whose times are equal count as concurrent, which a coarse clock may make of some
 * that were not: the verdict is the milder for it, and never wrong.
 */
public record History<C, R>(List<Operation<C, R>> operations) {
    public History {
        operations = operations.stream()
                .sorted(Comparator.comparingLong(Operation::invokedNs))
                .toList();
    }

    /** How many operations there are, whatever their outcome. */
    public int size() {
        return operations.size();
    }
}
