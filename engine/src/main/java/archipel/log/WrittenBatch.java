package archipel.log;

import archipel.storage.StoreSnapshot;
import java.util.List;

/**
 * Commands that are in the store and not yet visible.
 *
 * @param publications one for each group that they changed
 * @param snapshot of the store right after them, which showing them takes over
 * @param durable whether it takes a {@link archipel.storage.Store#sync} before they may be seen
 */
record WrittenBatch(
        List<LogEntry<?>> entries,
        List<StateMachine.Publication> publications,
        StoreSnapshot snapshot,
        boolean durable) {
    /** Ends all entries that have not ended. */
    void fail(RuntimeException e) {
        entries.forEach(entry -> entry.fail(e));
    }
}
