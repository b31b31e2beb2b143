package archipel.linearizability;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a single copy of the store does that executes one operation after the other. {@link #initial}, {@link #next}
 * and {@link #nextUnknown} say it all; what else is here makes the search shorter, and is left as it is by a model
 * that knows nothing better.
 *
 * <p>For each state and result there is at most one next state. A model that needs several takes sets of states for its
 * states: those that are possible.
 *
 * <p><b>Versions.</b> If each value is written at most once, what a read returns names the write that it saw. A model
 * that says so with {@link #made}, {@link #seen}, {@link #consumed} and {@link #replaced} promises that a version
 * which was replaced never comes back. The checker refuses histories in which two operations make the same version.
 *
 * @param <S> a state: immutable, with equals and hashCode; its text is shown to people
 * @param <C> what a call asks
 * @param <R> what it returns
 */
public interface Model<S, C, R> {
    S initial();

    /** The state after a call that returned this result; null where the result is not possible in the state. */
    @Nullable
    S next(S state, C call, R result);

    /** The state after a call whose result is unknown; null where it changes nothing, whatever it returned. */
    @Nullable
    S nextUnknown(S state, C call);

    /** A state for people who want to know why a call could not return what it did. */
    default String show(S state, C call) {
        return state.toString();
    }

    /**
     * What a call is about, if that can be judged apart from all else: a history is linearizable if its parts with no
     * key in common are (Herlihy and Wing's locality; P-compositionality in Horn and Kroening). None stands for
     * everything. A state is that of one part.
     */
    default Collection<String> keys(C call) {
        return List.of();
    }

    /** Whether a call changes nothing in any state. */
    default boolean isReadOnly(C call) {
        return false;
    }

    /** The versions that a call makes where it takes effect, in whatever state. */
    default Collection<Version> made(C call) {
        return List.of();
    }

    /** The versions that have to be the current ones for a call to return this. */
    default Collection<Version> seen(C call, R result) {
        return List.of();
    }

    /** Those of {@link #seen} that are not current any more after the call. */
    default Collection<Version> consumed(C call, R result) {
        return List.of();
    }

    /** Versions current in the state that are not after the call took effect, and never will be again. */
    default Collection<Version> replaced(S state, C call) {
        return List.of();
    }

    /**
     * Whether a call takes effect in any state, returns the same in any, and does nothing but make the versions of
     * {@link #made} current. No operation may be able to tell whether it took place but by what it has {@link #seen}.
     */
    default boolean isBlind(C call) {
        return false;
    }

    /**
     * Whether a call of unknown outcome may have to be placed right before this one. It has to be true often enough
     * for this to hold, in any state: whatever sequence of operations is possible, there is one of the same known
     * operations in the same order, with some of the unknown ones, in which each unknown operation that takes part is
     * followed at once by an operation, known or unknown, that may need it. As if unknown operations were put off as
     * long as nothing depends on them, and left out where nothing does.
     *
     * @param result null if the outcome of {@code call} is unknown as well
     */
    default boolean mayNeed(C call, @Nullable R result, C unknown) {
        return true;
    }
}
