package archipel.engine;

import archipel.storage.StoreSnapshot;
import java.util.List;

/**
 * Commands that are in the store and not yet visible.
 *
 * @param snapshot of the store right after them; whoever makes them visible takes it over
 * @param durable whether it takes a {@link archipel.storage.Store#sync} before they may be seen
 */
record WrittenGroup(
        List<PendingCommand<?>> commands, Catalog.Changes changes, StoreSnapshot snapshot, boolean durable) {}
