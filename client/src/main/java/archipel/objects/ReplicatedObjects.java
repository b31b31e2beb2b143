package archipel.objects;

import archipel.calls.SteadyClock;
import java.time.Duration;
import java.util.function.Supplier;

/** Makes replicated objects, of one client. Safe for use by many threads. */
public final class ReplicatedObjects {
    private final CallReplicator.Home home;

    /**
     * @param clock for how long a call has tried
     * @param patience for how long a call tries
     */
    public ReplicatedObjects(StateStore store, SteadyClock clock, Duration patience) {
        this(new CallReplicator.Home(store, new StateCodec(), new Turns(), new ObjectCounters(), clock, patience));
    }

    private ReplicatedObjects(CallReplicator.Home home) {
        this.home = home;
    }

    /** The same with another store: callers take turns with those of this one, and count together. */
    public ReplicatedObjects over(StateStore store) {
        return new ReplicatedObjects(new CallReplicator.Home(
                store, home.codec(), home.turns(), home.counters(), home.clock(), home.patience()));
    }

    /**
     * An object each of whose calls is replicated by itself.
     *
     * @param address {@code database/id}
     * @param initial makes the state of an object that is not there yet
     * @throws IllegalArgumentException naming what of the interface or the state is not as it has to be
     */
    public <T> T implicit(String address, Class<T> type, Supplier<?> initial) {
        ObjectContract<?> contract = ObjectContract.of(type, initial, home.codec());
        return ObjectProxies.make(type, new CallReplicator(contract, ObjectAddress.parse(address), home));
    }

    /** For objects that are replicated when the caller says so. */
    public ContextManager contexts() {
        return new ContextManager(home);
    }

    public ObjectCounters counters() {
        return home.counters();
    }
}
