/**
 * Whether what clients saw of a store is linearizable: as if each operation had taken effect at one moment between its
 * call and its answer. A {@link archipel.linearizability.HistoryRecorder} notes what clients ask and are told, a
 * {@link archipel.linearizability.Model} says what one copy without concurrency would answer, and the
 * {@link archipel.linearizability.LinearizabilityChecker} decides whether the two agree. Knows nothing of the store.
 */
@NullMarked
package archipel.linearizability;

import org.jspecify.annotations.NullMarked;
