package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import archipel.command.CommandCodec;
import archipel.command.Outcome;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.Family;
import archipel.storage.MemoryStore;
import archipel.storage.StorageException;
import archipel.storage.StoreSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** A member of every group: applies what their logs deliver to one store, and crashes. */
final class SimNode {
    private final int number;
    private final Map<Integer, SimLog> logs;
    private final SplittableRandom random;
    private MemoryStore store;
    private Map<Integer, StateMachine> machines;
    private SimView view;
    // By group: up to where what came was applied, or was no command.
    private final Map<Integer, Long> passed = new TreeMap<>();
    private StoreSnapshot flushed;

    /** @param store with nothing in it */
    SimNode(int number, Map<Integer, SimLog> logs, SplittableRandom random, MemoryStore store) {
        this.number = number;
        this.logs = logs;
        this.random = random;
        this.store = store;
        this.flushed = store.snapshot();
        start();
    }

    private void start() {
        passed.clear();
        view = SimView.load(store, logs.keySet());
        machines = Machines.load(store, List.copyOf(logs.keySet()), view);
    }

    int number() {
        return number;
    }

    MemoryStore store() {
        return store;
    }

    SimView view() {
        return view;
    }

    /** The index of the newest command of the group that the store has. */
    long stored(int group) {
        return machines.get(group).stored().index();
    }

    boolean stands(SimNode other) {
        return logs.keySet().stream().allMatch(group -> stored(group) == other.stored(group));
    }

    /**
     * Applies what some logs have, in one batch: what it has already comes again now and then, and is passed over.
     *
     * @param most entries of each log
     */
    void deliver(List<SimLog> from, int most) {
        try (Batch batch = store.batch()) {
            List<StateMachine.Round> rounds = new ArrayList<>();
            List<Runnable> outcomes = new ArrayList<>();
            boolean sound = true;
            Map<Integer, Long> reached = new TreeMap<>();
            for (SimLog log : from) {
                long again = random.nextInt(8) == 0 ? random.nextLong(4) : 0;
                StateMachine machine = machines.get(log.group());
                long stored = machine.stored().index();
                long first = Math.max(1, Math.max(stored, passed.getOrDefault(log.group(), 0L)) + 1 - again);
                List<SimLog.Entry> delivered = log.read(first, random.nextLong(1, most + 1) + again);
                if (!delivered.isEmpty()) {
                    reached.put(log.group(), delivered.getLast().index());
                }
                List<SimLog.Entry> entries = delivered.stream()
                        .filter(entry -> entry.index() > stored && entry.bytes() != null)
                        .toList();
                if (!entries.isEmpty()) {
                    StateMachine.Round round = machine.begin(batch);
                    rounds.add(round);
                    sound &= apply(log, round, entries, outcomes);
                }
            }
            if (!sound || random.nextInt(12) == 0) {
                // A fault of this node alone, in applying or in writing the batch: all of it is delivered again.
                rounds.forEach(StateMachine.Round::rollback);
                return;
            }
            rounds.forEach(StateMachine.Round::write);
            store.commit(batch);
            List<StateMachine.Publication> publications =
                    rounds.stream().map(StateMachine.Round::commit).toList();
            publications.forEach(StateMachine.Publication::publish);
            passed.putAll(reached);
            outcomes.forEach(Runnable::run);
        }
    }

    // False where the node could not.
    private boolean apply(SimLog log, StateMachine.Round round, List<SimLog.Entry> entries, List<Runnable> outcomes) {
        int faulty = random.nextInt(16) == 0 ? random.nextInt(entries.size()) : entries.size();
        for (int i = 0; i < entries.size(); i++) {
            SimLog.Entry entry = entries.get(i);
            if (i == faulty) {
                store.failRead(
                        new StorageException(StorageException.Kind.IO, "a fault that was asked for"),
                        random.nextInt(12));
            }
            try {
                Outcome<?> outcome =
                        round.apply(entry.position(), CommandCodec.decode(entry.bytes()), i == entries.size() - 1);
                outcomes.add(() -> log.applied(number, entry, outcome));
            } catch (StorageException e) {
                return false;
            } finally {
                store.failRead(null, 0);
            }
        }
        return true;
    }

    /** Lets what it has applied survive a crash. */
    void flush() {
        flushed.release();
        flushed = store.snapshot();
        if (random.nextInt(200) == 0) {
            store.flush();
        }
    }

    /** Loses what was not flushed, and starts again. */
    void crash() {
        store.revert(flushed);
        start();
    }

    /** As {@link #crash}, by RocksDB itself, which costs a hundred times as much. */
    void crashForReal() {
        store.revert(flushed);
        store.flush();
        try (Batch batch = store.batch()) {
            // What is written from here on is lost.
            batch.put(Family.LOCAL, new byte[] {1, 2, 3}, new byte[] {4});
            store.commit(batch);
        }
        flushed.release();
        store = store.crash();
        flushed = store.snapshot();
        start();
    }

    /** What readers were told is what the store has. */
    void checkView() {
        assertEquals(
                SimView.load(store, logs.keySet()).toString(),
                view.toString(),
                "what readers of node " + number + " are told");
    }

    /** Leaves the store to the next. */
    MemoryStore stop() {
        flushed.release();
        return store;
    }
}
