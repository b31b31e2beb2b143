package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.CommandCodec;
import archipel.command.DataCommand;
import archipel.command.EditResult;
import archipel.command.Outcome;
import archipel.command.SystemCommand;
import archipel.command.WriteResult;
import archipel.engine.SystemCatalog.Placement;
import archipel.history.DocumentRow;
import archipel.storage.Family;
import archipel.storage.MemoryStore;
import archipel.storage.StoreSnapshot;
import archipel.testkit.Seeded;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Several nodes apply what the replicated logs of several groups bring them, while leaders change, batches fail, what
 * was delivered comes again and nodes crash and lose what they had not flushed. All of it follows from one seed, on one
 * thread. In the end every node has the same rows, byte for byte, and has answered the same.
 */
class GroupSim {
    private static final List<Integer> GROUPS = List.of(0, 1, 2);
    private static final int NODES = 3;
    private static final int STEPS = 150;
    /** A store that was emptied so often is slow to read. */
    private static final int USES = 10;

    private final ConcurrentLinkedQueue<MemoryStore> spare = new ConcurrentLinkedQueue<>();
    private final AtomicInteger runs = new AtomicInteger();

    @Test
    void groups_anySchedule_allNodesHoldAndAnswerTheSame() {
        Seeded.checkInParallel(2_000, this::run);
    }

    @Test
    @Tag("soak")
    void groups_manySchedules_allNodesHoldAndAnswerTheSame() {
        Seeded.checkInParallel(200_000, this::run);
    }

    @Test
    void run_sameSeed_isTheSame() {
        assertEquals(trace(7), trace(7));
    }

    private String trace(long seed) {
        World world = new World(new SplittableRandom(seed));
        world.run();
        StringBuilder trace = new StringBuilder(world.nodes.getFirst().view().toString());
        world.logs
                .values()
                .forEach(log -> log.read(1, Integer.MAX_VALUE)
                        .forEach(entry -> trace.append(
                                        entry.bytes() == null
                                                ? ""
                                                : HexFormat.of().formatHex(entry.bytes()))
                                .append('\n')));
        world.stop();
        return trace.toString();
    }

    private void run(SplittableRandom random) {
        World world = new World(random);
        try {
            world.run();
        } finally {
            world.stop();
        }
    }

    @AfterEach
    void close() {
        spare.forEach(MemoryStore::close);
        spare.clear();
    }

    private MemoryStore empty() {
        MemoryStore store = spare.poll();
        return store == null ? MemoryStore.open() : store;
    }

    /** One run. */
    private final class World {
        private final SplittableRandom random;
        private final Map<Integer, SimLog> logs = new TreeMap<>();
        private final List<SimNode> nodes = new ArrayList<>();
        private final SimDocuments documents;
        private final SimDatabases databases;
        private long nowMs = 1_000_000;

        World(SplittableRandom random) {
            this.random = random;
            for (int group : GROUPS) {
                logs.put(group, new SimLog(group, random.split(), random.nextInt(NODES)));
            }
            for (int number = 0; number < NODES; number++) {
                nodes.add(new SimNode(number, logs, random.split(), empty()));
            }
            documents = new SimDocuments(random.split(), this::clockMs);
            databases = new SimDatabases(logs, random.split(), this::clockMs, documents);
        }

        // Leaders' clocks differ.
        private long clockMs() {
            nowMs += random.nextLong(50);
            return nowMs + random.nextLong(-200, 200);
        }

        void run() {
            begin();
            for (int step = 0; step < STEPS; step++) {
                step();
            }
            settle();
            checkNodes();
            checkDatabases();
            checkLogs();
        }

        // Without databases there is little to do.
        private void begin() {
            databases.create(leader(0).view());
            databases.create(leader(0).view());
            for (int step = 0; step < 8; step++) {
                logs.values().forEach(SimLog::commitAll);
                nodes.forEach(node -> node.deliver(List.copyOf(logs.values()), 8));
                databases.goOn();
            }
        }

        private void step() {
            int dice = random.nextInt(100);
            if (dice < 35) {
                write();
            } else if (dice < 50) {
                any(List.copyOf(logs.values())).commitSome();
            } else if (dice < 80) {
                deliver(any(nodes));
            } else if (dice < 89) {
                databases.goOn();
            } else if (dice < 91) {
                databases.tend(leader(0));
            } else if (dice < 92) {
                databases.create(leader(0).view());
            } else if (dice < 93) {
                databases.drop(leader(0).view());
            } else if (dice < 94) {
                databases.putFact();
            } else if (dice < 95) {
                any(List.copyOf(logs.values())).elect(random.nextInt(NODES));
            } else if (dice < 98) {
                any(nodes).flush();
            } else {
                crash(any(nodes));
            }
        }

        private SimNode leader(int group) {
            return nodes.get(logs.get(group).leader());
        }

        // For a database that has a name, as far as its leader knows.
        private void write() {
            SimLog log = logs.get(random.nextInt(1, GROUPS.size()));
            SimNode leader = leader(log.group());
            List<DatabaseRow> named = leader.view().names.values().stream()
                    .filter(placement -> placement.group() == log.group())
                    .map(placement -> leader.view().databases.get(placement.number()))
                    .filter(row -> row != null)
                    .toList();
            if (!named.isEmpty()) {
                var command = documents.next(leader, any(named));
                documents.sent(command, log.append(command));
            }
        }

        private void deliver(SimNode node) {
            List<SimLog> from =
                    logs.values().stream().filter(log -> random.nextBoolean()).toList();
            // The first one applies each command by itself.
            node.deliver(from, node.number() == 0 ? 1 : 8);
        }

        private void crash(SimNode node) {
            if (random.nextInt(200) == 0) {
                node.crashForReal();
            } else {
                node.crash();
            }
        }

        // Whoever was making a database is dead; what is left of it goes.
        private void settle() {
            databases.stop();
            for (SimNode node : nodes) {
                if (random.nextBoolean()) {
                    crash(node);
                }
            }
            do {
                logs.values().forEach(SimLog::commitAll);
                while (nodes.stream().anyMatch(this::isBehind)) {
                    nodes.forEach(node -> node.deliver(List.copyOf(logs.values()), node.number() == 0 ? 1 : 30));
                }
                databases.tend(leader(0));
            } while (logs.values().stream().anyMatch(log -> log.last() > log.committed()));
        }

        private boolean isBehind(SimNode node) {
            return logs.values().stream().anyMatch(log -> node.stored(log.group()) < log.lastCommand());
        }

        private void checkNodes() {
            SimNode first = nodes.getFirst();
            for (SimNode node : nodes) {
                assertTrue(node.stands(first));
                node.checkView();
                assertEquals(List.of(), Machines.differences(first.store(), node.store()), "node " + node.number());
            }
        }

        private void checkDatabases() {
            MemoryStore store = nodes.getFirst().store();
            assertEquals(List.of(), Checker.check(store, GROUPS));
            SimView view = nodes.getFirst().view();
            assertTrue(view.toErase.isEmpty(), view.toErase::toString);
            assertEquals(view.names.size(), view.databases.size());
            StoreSnapshot snapshot = store.snapshot();
            try {
                view.databases.forEach((number, row) -> {
                    Verifier.Report report =
                            Verifier.verify("" + number, row, snapshot, (database, block, head) -> true);
                    assertTrue(report.fault() == null, report::toString);
                });
            } finally {
                snapshot.release();
            }
        }

        // Names and facts are what the commands say that were not refused; so are documents that nothing took away.
        private void checkLogs() {
            Map<String, Integer> names = new TreeMap<>();
            Map<String, String> facts = new TreeMap<>();
            for (SimLog.Entry entry : logs.get(0).read(1, Integer.MAX_VALUE)) {
                if (entry.bytes() != null && answer(logs.get(0), entry) instanceof Outcome.Done<?>) {
                    switch (CommandCodec.decode(entry.bytes())) {
                        case SystemCommand.NameDatabase named -> names.put(named.name(), named.database());
                        case SystemCommand.DropDatabase dropped -> names.remove(dropped.name(), dropped.database());
                        case SystemCommand.PutFact fact -> put(facts, fact.key(), fact.value());
                        default -> {}
                    }
                }
            }
            SimView view = nodes.getFirst().view();
            Map<String, Integer> found = new TreeMap<>();
            view.names.forEach((name, placement) -> found.put(name, placement.number()));
            assertEquals(names, found);
            assertEquals(facts, view.facts);
            for (Placement placement : view.names.values()) {
                checkDocuments(logs.get(placement.group()), view.databases.get(placement.number()));
            }
        }

        private static void put(Map<String, String> facts, String key, @Nullable String value) {
            if (value == null) {
                facts.remove(key);
            } else {
                facts.put(key, value);
            }
        }

        private static Outcome<?> answer(SimLog log, SimLog.Entry entry) {
            Outcome<?> answer = log.answer(entry.index());
            assertNotNull(answer, entry::toString);
            return answer;
        }

        // Of documents that were never purged, in a database that keeps many revisions.
        private void checkDocuments(SimLog log, DatabaseRow row) {
            List<EditResult.Accepted> written = new ArrayList<>();
            Set<String> purged = new HashSet<>();
            for (SimLog.Entry entry : log.read(1, Integer.MAX_VALUE)) {
                if (entry.bytes() == null
                        || !(CommandCodec.decode(entry.bytes()) instanceof DataCommand<?> command)
                        || command.database() != row.number()
                        || !(answer(log, entry) instanceof Outcome.Done<?> done)) {
                    continue;
                }
                if (command instanceof DataCommand.SetLimit limit && limit.limit() == DataCommand.Limit.REVISIONS) {
                    return;
                }
                if (command instanceof DataCommand.Purge purge) {
                    purge.documents().forEach(document -> purged.add(document.id()));
                }
                if (done.answer() instanceof WriteResult result && result.applied()) {
                    result.results().forEach(edit -> {
                        if (edit instanceof EditResult.Accepted accepted) {
                            written.add(accepted);
                        }
                    });
                }
            }
            for (EditResult.Accepted edit : written) {
                if (!purged.contains(edit.id())) {
                    byte[] stored = nodes.getFirst()
                            .store()
                            .get(Family.DOCUMENT, Node.keys(row).document(edit.id()));
                    assertNotNull(stored, edit::toString);
                    assertTrue(DocumentRow.decode(stored).tree().contains(edit.revision()), edit::toString);
                }
            }
        }

        private <T> T any(List<T> values) {
            return values.get(random.nextInt(values.size()));
        }

        /** Leaves the stores to the next run. */
        void stop() {
            boolean worn = runs.incrementAndGet() % USES == 0;
            for (SimNode node : nodes) {
                MemoryStore store = node.stop();
                if (worn) {
                    store.close();
                } else {
                    store.clear();
                    spare.add(store);
                }
            }
        }
    }
}
