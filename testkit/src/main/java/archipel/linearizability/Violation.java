package archipel.linearizability;

import java.util.List;

/**
 * Why a part of a history is not linearizable.
 *
 * @param part which keys it is about
 * @param misplaced the operation that cannot be placed: those that ended before it can, alone
 * @param states in which the store could be before {@code misplaced}, as far as they were looked for
 * @param core operations that suffice for the contradiction, in the order of their calls; those whose outcome does not
 *     matter for it are unknown
 * @param text all this for people
 */
public record Violation(
        String part,
        Operation<?, ?> misplaced,
        List<String> states,
        List<? extends Operation<?, ?>> core,
        String text) {
    @Override
    public String toString() {
        return text;
    }
}
