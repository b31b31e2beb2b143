package archipel.engine;

import archipel.command.AnswerCodec;
import archipel.command.Command;
import archipel.command.CommandCodec;
import archipel.command.Outcome;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.MemoryStore;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks on while a node applies commands, which it passes on through their bytes, and applies the same bytes to a store
 * of its own: each command in a batch of its own, without the node's clock, threads and caches. Both must answer the
 * same and have the same rows, but for what belongs to one node alone.
 */
final class Twin implements AutoCloseable {
    private final Store store = MemoryStore.open();
    private final Map<Integer, StateMachine> machines = Machines.load(store, Node.GROUPS, Machines.NOBODY);
    private final List<String> differences = new ArrayList<>();

    /** The state machine that the node's log is to be given. */
    StateMachine onlooker(int group, StateMachine machine) {
        return new StateMachine() {
            @Override
            public long visible() {
                return machine.visible();
            }

            @Override
            public long stored() {
                return machine.stored();
            }

            @Override
            public Round begin(Batch batch) {
                return onlooker(group, machine.begin(batch));
            }
        };
    }

    private StateMachine.Round onlooker(int group, StateMachine.Round round) {
        List<Applied> mine = new ArrayList<>();
        return new StateMachine.Round() {
            @Override
            @SuppressWarnings("unchecked")
            public <A extends @Nullable Object> Outcome<A> apply(long index, Command<A> command, boolean last) {
                byte[] bytes = CommandCodec.encode(command);
                Outcome<A> outcome = round.apply(index, (Command<A>) CommandCodec.decode(bytes), last);
                byte[] answer = AnswerCodec.encode(outcome);
                mine.add(new Applied(group, index, bytes, answer));
                return (Outcome<A>) AnswerCodec.decode(answer);
            }

            @Override
            public void write() {
                round.write();
            }

            @Override
            public StateMachine.Publication commit() {
                mine.forEach(Twin.this::repeat);
                return round.commit();
            }

            @Override
            public void rollback() {
                round.rollback();
            }
        };
    }

    // On the log's thread, which must not fail by this.
    private synchronized void repeat(Applied command) {
        try (Batch batch = store.batch()) {
            StateMachine.Round round = machines.get(command.group).begin(batch);
            Outcome<?> outcome = round.apply(command.index, CommandCodec.decode(command.bytes), true);
            round.write();
            store.commit(batch);
            round.commit();
            if (!Arrays.equals(command.outcome, AnswerCodec.encode(outcome))) {
                differences.add("answers differ: " + command);
            }
        } catch (RuntimeException | Error e) {
            differences.add(command + " failed: " + e);
        }
    }

    /** Compares the rows that the node's store has with those of this one. */
    synchronized void compare(Store original) {
        differences.addAll(Machines.differences(original, store));
    }

    /** What was found to differ so far. */
    synchronized List<String> differences() {
        return List.copyOf(differences);
    }

    @Override
    public void close() {
        store.close();
    }

    private record Applied(int group, long index, byte[] bytes, byte[] outcome) {
        @Override
        public String toString() {
            return "command " + index + " of group " + group + ": " + CommandCodec.decode(bytes);
        }
    }
}
