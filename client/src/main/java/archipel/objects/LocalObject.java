package archipel.objects;

import archipel.objects.StateStore.StateChange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** An object as one context has it: the state that was loaded, and what was changed of it since. */
final class LocalObject {
    private final ObjectAddress address;
    private final ObjectContract<?> contract;
    private final CallReplicator.Home home;
    private final List<String> calls = new ArrayList<>();
    private StoredState base = StoredState.NONE;
    private @Nullable Object state;
    /** The state's members as they are stored, or as they were at first where nothing is stored yet. */
    private @Nullable ObjectNode known;

    LocalObject(ObjectAddress address, ObjectContract<?> contract, CallReplicator.Home home) {
        this.address = address;
        this.contract = contract;
        this.home = home;
    }

    ObjectAddress address() {
        return address;
    }

    ObjectContract<?> contract() {
        return contract;
    }

    /** What has changed it and is not replicated. */
    List<String> calls() {
        return List.copyOf(calls);
    }

    /** By a call, or by what a caller did to a part of the state that a method has returned. */
    boolean isChanged() {
        Object now = state;
        return !calls.isEmpty() || now != null && !home.codec().toJson(now).equals(known);
    }

    /** @throws Throwable what the state's method throws; it has changed nothing then */
    @Nullable
    Object call(ObjectContract.Bound method, StateCall call) throws Throwable {
        Object now = state();
        ObjectNode before = home.codec().toJson(now);
        boolean done = false;
        try {
            Object result = call.on(now);
            done = !method.readOnly();
            return result;
        } finally {
            if (!home.codec().toJson(now).equals(before)) {
                if (done) {
                    calls.add(method.target().getName());
                } else {
                    state = home.codec().toState(before, contract.stateClass());
                }
            }
        }
    }

    private Object state() {
        Object now = state;
        if (now == null) {
            base = home.store().load(address);
            now = base.state() == null
                    ? contract.initial().get()
                    : home.codec().toState(base.state(), contract.stateClass());
            state = now;
            known = home.codec().toJson(now);
        }
        return now;
    }

    StateChange change() {
        return new StateChange(
                address, base.revision(), home.codec().marked(home.codec().toJson(state())));
    }

    void replicated(String revision) {
        base = new StoredState(revision, base.state());
        known = home.codec().toJson(state());
        calls.clear();
    }

    /** Is loaded again by the next call. */
    void forget() {
        state = null;
        known = null;
        base = StoredState.NONE;
        calls.clear();
    }
}
