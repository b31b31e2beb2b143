package archipel.objects;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Where states are: the documents of a client, as the rest of this package sees them. */
public interface StateStore {
    /** The newest state, and never an older one than was loaded or stored before. Its numbers are exact. */
    StoredState load(ObjectAddress address);

    /**
     * Replaces a state, durably, unless it was replaced by somebody else meanwhile. Recognises what it has stored
     * itself where an answer is lost: no two states that are stored are equal.
     *
     * @param revision that is replaced; null for a state that is new
     * @return the new revision
     * @throws archipel.failures.ConflictException where it was; nothing is stored then
     */
    String store(ObjectAddress address, @Nullable String revision, ObjectNode state);

    /**
     * As {@link #store} for several states of one database: all, or none.
     *
     * @return the new revisions in their order
     */
    List<String> storeAll(String database, List<StateChange> changes);

    /** @param revision that is replaced; null for a state that is new */
    record StateChange(ObjectAddress address, @Nullable String revision, ObjectNode state) {}
}
