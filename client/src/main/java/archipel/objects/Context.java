package archipel.objects;

import archipel.failures.ConflictException;
import archipel.objects.StateStore.StateChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Objects that are changed together and replicated when the caller says so. For one thread at a time. */
public final class Context {
    private final CallReplicator.Home home;
    private final Map<ObjectAddress, LocalObject> objects = new TreeMap<>();
    private boolean ended;
    private @Nullable Thread thread;

    Context(CallReplicator.Home home) {
        this.home = home;
    }

    CallReplicator.Home home() {
        return home;
    }

    synchronized void bind(@Nullable Thread to) {
        if (to != null && thread != null) {
            throw new IllegalStateException("the context goes on in thread " + thread.getName() + " already");
        }
        if (ended) {
            throw new IllegalStateException("the context has ended");
        }
        thread = to;
    }

    /** @throws IllegalStateException where it has ended, is paused, or goes on in another thread */
    synchronized void requireMine() {
        if (ended) {
            throw new IllegalStateException("the context has ended");
        }
        if (thread != Thread.currentThread()) {
            throw new IllegalStateException(
                    thread == null ? "the context is paused" : "the context is that of thread " + thread.getName());
        }
    }

    LocalObject object(ObjectAddress address, ObjectContract<?> contract) {
        requireMine();
        LocalObject object = objects.computeIfAbsent(address, one -> new LocalObject(one, contract, home));
        if (object.contract().stateClass() != contract.stateClass()) {
            throw new IllegalArgumentException(
                    address + " is a " + object.contract().stateClass().getName() + " in this context");
        }
        return object;
    }

    private List<LocalObject> changed() {
        return objects.values().stream().filter(LocalObject::isChanged).toList();
    }

    /** @return how many objects were written */
    int replicate() {
        requireMine();
        Map<String, List<LocalObject>> byDatabase = new TreeMap<>();
        List<LocalObject> changed = changed();
        for (LocalObject object : changed) {
            byDatabase
                    .computeIfAbsent(object.address().database(), database -> new ArrayList<>())
                    .add(object);
        }
        byDatabase.forEach(this::replicate);
        return changed.size();
    }

    private void replicate(String database, List<LocalObject> changed) {
        List<StateChange> changes = changed.stream().map(LocalObject::change).toList();
        try {
            List<String> revisions = changes.size() == 1
                    ? List.of(home.store()
                            .store(
                                    changes.get(0).address(),
                                    changes.get(0).revision(),
                                    changes.get(0).state()))
                    : home.store().storeAll(database, changes);
            for (int i = 0; i < changed.size(); i++) {
                home.counters().replicatedChanges.add(count(changed.get(i).calls()));
                changed.get(i).replicated(revisions.get(i));
            }
        } catch (ConflictException e) {
            home.counters().conflicts.increment();
            throw e;
        }
    }

    /** What was changed through a part of the state, without a call, counts as one change. */
    private static int count(List<String> calls) {
        return Math.max(1, calls.size());
    }

    List<UnreplicatedChange> giveUp() {
        requireMine();
        List<UnreplicatedChange> changes = changed().stream()
                .map(object -> new UnreplicatedChange(object.address(), object.calls()))
                .toList();
        changes.forEach(change -> home.counters().unreplicatedChanges.add(count(change.calls())));
        objects.values().forEach(LocalObject::forget);
        return changes;
    }

    synchronized void end() {
        ended = true;
        thread = null;
    }
}
