package archipel.engine;

import archipel.command.AnswerCodec;
import archipel.command.Command;
import archipel.command.CommandCodec;
import archipel.command.Outcome;
import archipel.log.LogPosition;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.FormatVersion;
import archipel.storage.MemoryStore;
import archipel.storage.Store;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks on while a node applies commands, which it passes on through their bytes, and applies the same bytes to a store
 * of its own: each command in a batch of its own, without the node's clock, threads and caches; and to a third one,
 * with as many as possible in one batch. All must answer the same and have the same rows, but for what belongs to one
 * node alone.
 */
final class Twin implements AutoCloseable {
    private static final int TOGETHER = 20;

    private final Store store = MemoryStore.open();
    private final Map<Integer, StateMachine> machines = Machines.load(store, Node.GROUPS, Machines.NOBODY);
    private final Store together = MemoryStore.open();
    private final Map<Integer, StateMachine> others = Machines.load(together, Node.GROUPS, Machines.NOBODY);
    // Of one group, for the next batch of the third store.
    private final List<Applied> gathered = new ArrayList<>();
    private final List<String> differences = new ArrayList<>();
    private int applied;
    private int compared;

    /** The state machine that the node's log is to be given. */
    StateMachine onlooker(int group, StateMachine machine) {
        return new StateMachine() {

            @Override
            public LogPosition stored() {
                return machine.stored();
            }

            @Override
            public LogPosition persisted() {
                return machine.persisted();
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
            public <A extends @Nullable Object> Outcome<A> apply(
                    LogPosition position, Command<A> command, boolean last) {
                byte[] bytes = CommandCodec.encode(command, FormatVersion.NEWEST);
                Outcome<A> outcome = round.apply(position, (Command<A>) CommandCodec.decode(bytes), last);
                byte[] answer = AnswerCodec.encode(outcome);
                mine.add(new Applied(group, position, bytes, answer));
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
        applied++;
        apply(store, machines, List.of(command));
        if (!gathered.isEmpty() && gathered.getFirst().group != command.group) {
            applyGathered();
        }
        gathered.add(command);
        if (gathered.size() == TOGETHER || CommandCodec.decode(command.bytes).endsBatch()) {
            applyGathered();
        }
    }

    private void applyGathered() {
        if (!gathered.isEmpty()) {
            apply(together, others, gathered);
            gathered.clear();
        }
    }

    private void apply(Store target, Map<Integer, StateMachine> applying, List<Applied> commands) {
        try (Batch batch = target.batch()) {
            StateMachine.Round round = applying.get(commands.getFirst().group).begin(batch);
            for (Applied command : commands) {
                boolean last = command == commands.getLast();
                Outcome<?> outcome = round.apply(command.position, CommandCodec.decode(command.bytes), last);
                if (!Arrays.equals(command.outcome, AnswerCodec.encode(outcome))) {
                    differences.add("answers differ: " + command);
                }
            }
            round.write();
            target.commit(batch);
            round.commit();
        } catch (RuntimeException | Error e) {
            differences.add(commands + " failed: " + e);
        }
    }

    /** Compares the rows that the node's store has with those of this one. */
    synchronized void compare(Store original) {
        compared = applied;
        differences.addAll(Machines.differences(original, store));
        applyGathered();
        differences.addAll(Machines.differences(original, together));
    }

    /** How many commands have gone into the rows that were compared last. */
    synchronized int compared() {
        return compared;
    }

    /** What was found to differ so far. */
    synchronized List<String> differences() {
        return List.copyOf(differences);
    }

    @Override
    public void close() {
        store.close();
        together.close();
    }

    private record Applied(int group, LogPosition position, byte[] bytes, byte[] outcome) {
        @Override
        public String toString() {
            return "command " + position + " of group " + group + ": " + CommandCodec.decode(bytes);
        }
    }
}
