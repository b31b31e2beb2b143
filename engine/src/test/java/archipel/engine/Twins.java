package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.AnswerCodec;
import archipel.command.Command;
import archipel.command.CommandCodec;
import archipel.command.Outcome;
import archipel.log.ForwardingMachine;
import archipel.log.LogPosition;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.FaultyStore;
import archipel.storage.FormatVersion;
import archipel.storage.MemoryStore;
import archipel.storage.Store;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Opens nodes whose commands a {@link Twin} applies as well, each time through their bytes, and compares the stores as
 * the node closes its own. Every test that writes goes through it, unless it damages its store or lets it fail.
 */
final class Twins implements AfterEachCallback {
    private final Map<Path, Twin> twins = new TreeMap<>();

    Node open(Path directory, NodeOptions options) {
        return open(directory, options, Environment.real(options.limits()));
    }

    Node open(Path directory, NodeOptions options, InstantSource clock) {
        return open(directory, options, Environment.of(clock));
    }

    /** @param directory nothing else writes there before the test is over */
    Node open(Path directory, NodeOptions options, Environment environment) {
        Twin twin = twins.get(directory);
        if (twin == null) {
            if (Node.hasData(directory)) {
                throw new IllegalStateException("nobody saw how " + directory + " was written");
            }
            twin = new Twin();
            twins.put(directory, twin);
        }
        Twin mine = twin;
        DataDirectory.StoreOpener store = (path, cache, buffer) -> {
            FaultyStore opened = FaultyStore.open(path, cache, buffer);
            opened.beforeClose(() -> mine.compare(opened));
            return opened;
        };
        return Node.open(
                directory,
                options,
                environment
                        .withStore(store)
                        .withMachines((group, machine) ->
                                mine.onlooker(group, environment.machineOf().apply(group, machine))));
    }

    /** Says what differed so far, or that nothing was compared, and begins anew; the nodes have been closed. */
    void check() {
        List<Twin> all = List.copyOf(twins.values());
        twins.clear();
        all.forEach(Twin::close);
        for (Twin twin : all) {
            assertEquals(List.of(), twin.differences());
            assertTrue(twin.compared() > 0, "nothing was compared");
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        check();
    }

    /**
     * Looks on while a node applies commands, which it passes on through their bytes, and applies the same bytes to a
     * store of its own: each command in a batch of its own, without the node's clock, threads and caches; and to a
     * third one, with as many as possible in one batch. All must answer the same and have the same rows, but for what
     * belongs to one node alone.
     */
    private static final class Twin implements AutoCloseable {
        private static final int TOGETHER = 20;

        private final Store store = MemoryStore.open();
        private final Map<Integer, StateMachine> machines = Machines.load(store, Machines.GROUPS, Machines.NOBODY);
        private final Store together = MemoryStore.open();
        private final Map<Integer, StateMachine> others = Machines.load(together, Machines.GROUPS, Machines.NOBODY);
        // Of one group, for the next batch of the third store.
        private final List<Applied> gathered = new ArrayList<>();
        private final List<String> differences = new ArrayList<>();
        private int applied;
        private int compared;

        /** The state machine that the node's log is to be given. */
        StateMachine onlooker(int group, StateMachine machine) {
            return new ForwardingMachine(machine) {
                @Override
                public Round begin(Batch batch) {
                    return onlooker(group, super.begin(batch));
                }
            };
        }

        private StateMachine.Round onlooker(int group, StateMachine.Round round) {
            List<Applied> mine = new ArrayList<>();
            return new ForwardingMachine.ForwardingRound(round) {
                @Override
                @SuppressWarnings("unchecked")
                public <A extends @Nullable Object> Outcome<A> apply(
                        LogPosition position, Command<A> command, boolean last) {
                    byte[] bytes = CommandCodec.encode(command, FormatVersion.NEWEST);
                    Outcome<A> outcome = super.apply(position, (Command<A>) CommandCodec.decode(bytes), last);
                    byte[] answer = AnswerCodec.encode(outcome);
                    mine.add(new Applied(group, position, bytes, answer));
                    return (Outcome<A>) AnswerCodec.decode(answer);
                }

                @Override
                public StateMachine.Publication commit() {
                    mine.forEach(Twin.this::repeat);
                    return super.commit();
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
            if (gathered.size() == TOGETHER
                    || CommandCodec.decode(command.bytes).endsBatch()) {
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
                StateMachine.Round round =
                        applying.get(commands.getFirst().group).begin(batch);
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
}
