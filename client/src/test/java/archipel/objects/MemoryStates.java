package archipel.objects;

import archipel.failures.ConflictException;
import archipel.failures.ErrorAnswer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** States of objects in memory, which can be changed by somebody else before a state is stored. */
public final class MemoryStates implements StateStore {
    private final Map<ObjectAddress, StoredState> states = new HashMap<>();
    private int stored;
    private int rivals;

    /** Has somebody else store the same state before each of the next attempts. */
    synchronized void comeFirst(int times) {
        rivals = times;
    }

    /** How many states were stored. */
    synchronized int stored() {
        return stored;
    }

    @Override
    public synchronized StoredState load(ObjectAddress address) {
        return states.getOrDefault(address, StoredState.NONE);
    }

    @Override
    public synchronized String store(ObjectAddress address, @Nullable String revision, ObjectNode state) {
        StoredState before = load(address);
        if (rivals > 0) {
            rivals--;
            before = put(address, before.state() == null ? state.objectNode() : before.state());
        }
        if (!Objects.equals(before.revision(), revision)) {
            throw new ConflictException("store", new ErrorAnswer(409, "conflict", "", Map.of()));
        }
        stored++;
        return Objects.requireNonNull(put(address, state).revision());
    }

    private StoredState put(ObjectAddress address, ObjectNode state) {
        String before = load(address).revision();
        StoredState now = new StoredState(before == null ? "1" : Integer.parseInt(before) + 1 + "", state);
        states.put(address, now);
        return now;
    }

    @Override
    public synchronized List<String> storeAll(String database, List<StateChange> changes) {
        for (StateChange change : changes) {
            if (!Objects.equals(load(change.address()).revision(), change.revision())) {
                throw new ConflictException("store", new ErrorAnswer(409, "conflict", "", Map.of()));
            }
        }
        List<String> revisions = new ArrayList<>();
        for (StateChange change : changes) {
            revisions.add(store(change.address(), change.revision(), change.state()));
        }
        return revisions;
    }
}
