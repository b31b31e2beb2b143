package archipel.objects;

import archipel.calls.SteadyClock;
import archipel.failures.CallInterruptedException;
import archipel.failures.ConflictException;
import archipel.failures.ContentionException;
import archipel.objects.ObjectProxies.AddressedObject;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Carries out each call of an object on its newest state, and replicates what comes of it before it returns.
 *
 * <p>A call loads the state, runs the state's method, and stores the state over the revision that it has loaded. Where
 * somebody else has stored one meanwhile, it begins again with that. So the calls of all processes are in one order,
 * that of the document's revisions, and each sees what those before it have done. A method may run several times; only
 * what it did to the state that is stored counts. Nothing is held while a call waits, beyond the caller's turn among
 * those of this process ({@link Turns}), so there is no deadlock.
 *
 * <p>Whoever loses to another process has not been held up by a slow one: somebody has got on. To keep the same caller
 * from losing again and again, it waits by chance before it tries again, and less long each time, so that those who
 * have waited longest come first. The client's patience bounds it.
 */
final class CallReplicator implements InvocationHandler, AddressedObject {
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(32);
    private static final int MOST_HALVINGS = 6;

    private final ObjectContract<?> contract;
    private final ObjectAddress address;
    private final Home home;

    /** What the objects of one client have in common. */
    record Home(
            StateStore store,
            StateCodec codec,
            Turns turns,
            ObjectCounters counters,
            SteadyClock clock,
            Duration patience) {}

    CallReplicator(ObjectContract<?> contract, ObjectAddress address, Home home) {
        this.contract = contract;
        this.address = address;
        this.home = home;
    }

    @Override
    public ObjectContract<?> contract() {
        return contract;
    }

    @Override
    public ObjectAddress address() {
        return address;
    }

    @Override
    public Object home() {
        return home;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        return ObjectProxies.dispatch(contract, address, proxy, method, arguments, this::call);
    }

    private @Nullable Object call(ObjectContract.Bound method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        StateCall call = new StateCall(home.codec, method, arguments);
        if (method.readOnly()) {
            return call.on(state(home.store.load(address)));
        }
        long end = home.clock.nanos() + home.patience.toNanos();
        return home.turns.<@Nullable Object>take(address, home.patience, () -> change(call, end));
    }

    private Object state(StoredState stored) {
        return stored.state() == null
                ? contract.initial().get()
                : home.codec.toState(stored.state(), contract.stateClass());
    }

    /** @param end when the caller's patience ends, of which waiting for a turn is a part */
    private @Nullable Object change(StateCall call, long end) throws Throwable {
        for (int lost = 0; ; lost++) {
            StoredState stored = home.store.load(address);
            Object state = state(stored);
            ObjectNode before = home.codec.toJson(state);
            Object result = call.on(state);
            ObjectNode after = home.codec.toJson(state);
            if (after.equals(before)) {
                // It is there as it is, and whoever stored it has made it durable.
                return result;
            }
            try {
                home.store.store(address, stored.revision(), home.codec.marked(after));
                home.counters.replicatedCalls.increment();
                return result;
            } catch (ConflictException e) {
                home.counters.conflicts.increment();
            }
            if (home.clock.nanos() - end >= 0) {
                throw new ContentionException(
                        "change " + address, "Others have changed it first, " + (lost + 1) + " times.");
            }
            pause(lost);
        }
    }

    private void pause(int lost) {
        long most = FIRST_PAUSE_NANOS >> Math.min(lost, MOST_HALVINGS);
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(most));
        if (Thread.currentThread().isInterrupted()) {
            throw new CallInterruptedException("change " + address);
        }
    }
}
