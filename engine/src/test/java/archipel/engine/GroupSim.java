package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.FormerHead;
import archipel.changes.Loops;
import archipel.changes.Threads;
import archipel.changes.Wakers;
import archipel.command.Command;
import archipel.command.CommandCodec;
import archipel.command.DataCommand;
import archipel.command.EditResult;
import archipel.command.GroupCommand;
import archipel.command.GroupCommand.Once;
import archipel.command.Outcome;
import archipel.command.SystemCommand;
import archipel.command.WriteResult;
import archipel.document.ErrorCode;
import archipel.engine.SystemCatalog.Placement;
import archipel.health.Health;
import archipel.history.DocumentRow;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.MemoryStore;
import archipel.storage.StoreSnapshot;
import archipel.testkit.Seeded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Several nodes apply what the replicated logs of several groups bring them, while leaders change, the format is
 * raised, batches fail, what was delivered comes again, logs forget what is old, and nodes crash, lose what they had
 * not flushed, or their disk, and take in images. All of it follows from one seed, on one thread. In the end every node
 * has the same rows, byte for byte, and has answered the same.
 */
class GroupSim {
    private static final List<Integer> GROUPS = List.of(0, 1, 2, 3);
    private static final int NODES = 3;
    private static final int STEPS = 150;
    private static final long WRONG_MS = 1_000_000;
    private static final long LEADERS_DIFFER_MS = 200;
    /** A store that was emptied so often is slow to read. */
    private static final int USES = 10;

    /** For images, whose files are made durable, which costs hardly anything in memory. */
    private static final Path MEMORY = Path.of("/dev/shm");

    @TempDir
    private static Path directory;

    private static Path images;
    private static Wakers wakers;
    private static Node backdrop;

    private final ConcurrentLinkedQueue<MemoryStore> spare = new ConcurrentLinkedQueue<>();
    private final AtomicInteger runs = new AtomicInteger();

    @BeforeAll
    static void open() throws IOException {
        images = Files.isWritable(MEMORY)
                ? Files.createTempDirectory(MEMORY, "archipel-images")
                : Files.createDirectory(directory.resolve("images"));
        wakers = new Wakers(new Loops(Threads.PLATFORM, InstantSource.system(), new Health()));
        backdrop = Node.openStill(
                directory.resolve("backdrop"), NodeOptions.DEFAULT, Environment.of(InstantSource.system()));
    }

    @AfterAll
    static void closeAll() throws IOException {
        backdrop.close();
        wakers.close();
        try (Stream<Path> files = Files.walk(images)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

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
        StringBuilder trace = new StringBuilder(world.nodes.getFirst().view());
        for (SimLog log : world.logs.values()) {
            for (SimLog.Entry entry : log.all()) {
                byte[] bytes = entry.bytes();
                trace.append(bytes == null ? "" : HexFormat.of().formatHex(bytes))
                        .append('\n');
            }
        }
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
        // What former leaders have not heard yet.
        private final List<Runnable> rumours = new ArrayList<>();
        private final boolean raisedFirst;
        private long nowMs = 1_000_000;

        World(SplittableRandom random) {
            this.random = random;
            // Otherwise the first version that has groups wrote the beginning.
            this.raisedFirst = random.nextInt(3) > 0;
            for (int group : GROUPS) {
                logs.put(group, new SimLog(group, random.split(), random.nextInt(NODES), this::format, this::clockMs));
            }
            SimNode.Surroundings around =
                    new SimNode.Surroundings(backdrop, wakers, images.resolve("run" + runs.incrementAndGet()));
            for (int number = 0; number < NODES; number++) {
                FormatVersion known = raisedFirst || random.nextBoolean() ? FormatVersion.NEWEST : FormatVersion.V3;
                nodes.add(new SimNode(number, logs, random.split(), empty(), known, around));
            }
            documents = new SimDocuments(random.split(), this::clockMs, this::sendersMs);
            databases = new SimDatabases(logs, random.split(), this::clockMs, documents);
        }

        private FormatVersion format(int node, int group) {
            return nodes.get(node).group(group).format();
        }

        // Leaders' clocks differ.
        private long clockMs() {
            nowMs += random.nextLong(50);
            return nowMs + random.nextLong(-LEADERS_DIFFER_MS, LEADERS_DIFFER_MS);
        }

        private long sendersMs() {
            return nowMs + random.nextLong(-WRONG_MS, WRONG_MS);
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
            if (raisedFirst) {
                GROUPS.forEach(this::raise);
            }
            deliverAll();
            databases.create(leader(0).databases());
            databases.create(leader(0).databases());
            for (int step = 0; step < 8; step++) {
                deliverAll();
                databases.goOn();
            }
        }

        private void deliverAll() {
            logs.values().forEach(SimLog::commitAll);
            nodes.forEach(node -> node.deliver(logs.values(), 8));
        }

        private void step() {
            int dice = random.nextInt(100);
            if (dice < 33) {
                write();
            } else if (dice < 48) {
                any(List.copyOf(logs.values())).commitSome();
            } else if (dice < 76) {
                deliver(any(nodes));
            } else if (dice < 84) {
                databases.goOn();
            } else if (dice < 87) {
                databases.tend(any(nodes));
            } else if (dice < 89) {
                databases.erase(any(nodes));
            } else if (dice < 90) {
                databases.create(any(nodes).databases());
            } else if (dice < 91) {
                databases.drop(any(nodes).databases());
            } else if (dice < 92) {
                databases.putFact();
            } else if (dice < 94) {
                elect(any(List.copyOf(logs.values())));
            } else if (dice < 97) {
                any(nodes).flush();
            } else {
                disturb();
            }
        }

        // What happens to nodes seldom, and takes long.
        private void disturb() {
            int dice = random.nextInt(24);
            if (dice < 10) {
                crash(any(nodes));
            } else if (dice < 14) {
                forget(any(List.copyOf(logs.values())));
            } else if (dice < 18) {
                install(any(nodes), any(List.copyOf(logs.values())), true);
            } else if (dice < 19) {
                lose(any(nodes));
            } else if (dice < 21) {
                any(nodes).upgrade();
            } else {
                raise(any(GROUPS));
            }
        }

        private SimNode leader(int group) {
            return nodes.get(logs.get(group).leader());
        }

        // A former leader may hear of it late.
        private void elect(SimLog log) {
            SimNode former = nodes.get(log.leader());
            long term = log.term();
            log.elect(random.nextInt(NODES));
            Runnable news = () -> former.depose(log.group(), term);
            if (random.nextBoolean()) {
                news.run();
            } else {
                rumours.add(news);
            }
            if (!rumours.isEmpty() && random.nextInt(3) == 0) {
                rumours.remove(random.nextInt(rumours.size())).run();
            }
        }

        // Once all nodes know it.
        private void raise(int group) {
            if (nodes.stream().allMatch(node -> node.known() == FormatVersion.NEWEST)) {
                logs.get(group).append(new GroupCommand.RaiseFormat(FormatVersion.NEWEST.number()));
            }
        }

        // For a database that has a name, as far as the node knows that it is asked of.
        private void write() {
            SimLog log = logs.get(random.nextInt(1, GROUPS.size()));
            SimNode node = random.nextInt(4) == 0 ? any(nodes) : leader(log.group());
            List<DatabaseRow> named = node.databases().named().values().stream()
                    .filter(database -> database.group() == log.group())
                    .map(Database::row)
                    .toList();
            if (named.isEmpty()) {
                return;
            }
            if (random.nextInt(3) == 0) {
                node.perform(log.group(), documents.duty(node, any(named)));
            } else {
                var command = documents.next(node, any(named), log.format());
                documents.sent(command, log.append(command));
            }
        }

        private void deliver(SimNode node) {
            List<SimLog> from =
                    logs.values().stream().filter(log -> random.nextBoolean()).toList();
            if (from.stream().anyMatch(node::needsImage)) {
                from.stream().filter(node::needsImage).forEach(log -> install(node, log, true));
            } else {
                // The first one applies each command by itself.
                node.deliver(from, node.number() == 0 ? 1 : 8);
            }
        }

        private void crash(SimNode node) {
            if (random.nextInt(200) == 0) {
                node.crashForReal();
            } else {
                node.crash();
            }
        }

        // What one node has for good: the others get an image where they lack it.
        private void forget(SimLog log) {
            log.forget(any(nodes).persisted(log.group()));
        }

        // A leader has all that was committed: who takes in an image leads no more.
        private void install(SimNode node, SimLog log, boolean mayCrash) {
            List<SimNode> ahead = nodes.stream()
                    .filter(other -> other != node && other.known() == node.known() && !other.needsImage(log))
                    .toList();
            if (ahead.isEmpty()) {
                return;
            }
            while (log.leader() == node.number()) {
                elect(log);
            }
            node.install(log.group(), any(ahead), mayCrash);
        }

        // Not where another node could not give it all of it.
        private void lose(SimNode node) {
            for (SimLog log : logs.values()) {
                if (nodes.stream()
                        .noneMatch(other -> other != node
                                && other.known() == node.known()
                                && other.persisted(log.group()) + 1 >= log.first())) {
                    return;
                }
            }
            node.lose();
        }

        // Whoever was making a database is dead; what is left of it goes once its lease is over.
        private void settle() {
            databases.stop();
            for (SimNode node : nodes) {
                if (node.known() != FormatVersion.NEWEST) {
                    node.upgrade();
                } else if (random.nextBoolean()) {
                    crash(node);
                }
            }
            GROUPS.forEach(this::raise);
            nowMs += 2 * SimDatabases.LEASE_MS;
            do {
                logs.values().forEach(SimLog::commitAll);
                while (nodes.stream().anyMatch(this::isBehind)) {
                    nodes.forEach(this::catchUp);
                }
                GROUPS.forEach(group -> databases.tend(leader(group)));
                databases.erase(leader(0));
            } while (logs.values().stream().anyMatch(log -> log.last() > log.committed()));
        }

        private boolean isBehind(SimNode node) {
            return logs.values().stream()
                    .anyMatch(log -> node.stored(log.group()) < log.lastCommand()
                            || log.leader() == node.number() && !node.leads(log.group()));
        }

        private void catchUp(SimNode node) {
            for (SimLog log : logs.values()) {
                if (node.needsImage(log)) {
                    install(node, log, false);
                    log.commitAll();
                }
            }
            node.deliver(logs.values(), node.number() == 0 ? 1 : 30);
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
            assertEquals(List.of(), Checker.check(store));
            SimNode node = nodes.getFirst();
            PublishedDatabases published = node.databases();
            assertTrue(published.toErase().isEmpty(), published.toErase()::toString);
            assertTrue(published.building().isEmpty(), published.building()::toString);
            List<Database> all = GROUPS.stream()
                    .flatMap(group -> node.group(group).databases().stream())
                    .toList();
            assertEquals(published.named().size(), all.size());
            GROUPS.forEach(group -> assertEquals(List.of(), DatabaseSteps.erased(node.group(group))));
            StoreSnapshot snapshot = store.snapshot();
            try {
                for (Database database : all) {
                    assertTrue(
                            database.row().state().head().timeMs() < nowMs + LEADERS_DIFFER_MS,
                            "a block has the time of whoever sent the write");
                    Verifier.Report report =
                            Verifier.verify(database.name(), database.row(), snapshot, (name, block, head) -> true);
                    assertTrue(report.fault() == null, report::toString);
                }
            } finally {
                snapshot.release();
            }
        }

        // Names and facts are what the commands say that were not refused; so are documents that nothing took away.
        private void checkLogs() {
            Map<String, Integer> names = new TreeMap<>();
            Map<Integer, String> named = new TreeMap<>();
            Map<String, String> facts = new TreeMap<>();
            for (SimLog.Entry entry : logs.get(0).all()) {
                if (command(logs.get(0), entry) instanceof Command<?> command
                        && answer(logs.get(0), entry) instanceof Outcome.Done<?>) {
                    switch (command) {
                        case SystemCommand.NameDatabase name -> {
                            names.put(name.name(), name.database());
                            named.put(name.database(), name.name());
                        }
                        case SystemCommand.DropDatabase dropped -> names.remove(dropped.name(), dropped.database());
                        case SystemCommand.PutFact fact -> put(facts, fact.key(), fact.value());
                        default -> {}
                    }
                }
            }
            SimNode node = nodes.getFirst();
            Map<String, Integer> found = new TreeMap<>();
            node.databases().named().forEach((name, database) -> found.put(name, database.number()));
            assertEquals(names, found);
            assertEquals(facts, node.databases().facts());
            for (Database database : node.databases().named().values()) {
                checkDocuments(logs.get(database.group()), database.row());
            }
            logs.values().forEach(this::checkTerms);
            logs.values().forEach(this::checkRepeated);
            if (raisedFirst) {
                checkHeads(named);
            }
        }

        // Null for what is no command, and for one that takes effect elsewhere, or nowhere.
        private static @Nullable Command<?> command(SimLog log, SimLog.Entry entry) {
            if (entry.bytes() == null || SimLog.isElsewhere(answer(log, entry))) {
                return null;
            }
            Command<?> command = CommandCodec.decode(entry.bytes());
            return command instanceof Once<?> once ? once.command() : command;
        }

        // Of a command that is there several times the first counts that comes after the one that it names, unless its
        // sender has been restarted since, or a later one has come.
        private void checkRepeated(SimLog log) {
            Map<Long, Long> runs = new HashMap<>();
            Map<Long, Long> seen = new HashMap<>();
            for (SimLog.Entry entry : log.all()) {
                if (entry.bytes() == null) {
                    continue;
                }
                switch (CommandCodec.decode(entry.bytes())) {
                    case GroupCommand.ForgetOrigin(long origin) -> runs.remove(origin);
                    case Once<?> once -> {
                        long run = runs.getOrDefault(once.origin(), -1L);
                        long last = once.run() > run ? 0 : seen.getOrDefault(once.origin(), 0L);
                        boolean counts = once.run() >= run && once.number() > last && once.after() <= last;
                        assertEquals(counts, !SimLog.isElsewhere(answer(log, entry)), entry::toString);
                        if (counts) {
                            runs.put(once.origin(), once.run());
                            seen.put(once.origin(), once.number());
                        }
                    }
                    default -> {}
                }
            }
        }

        // What a leader does by itself comes to nothing in another term than the one it decided it in.
        private void checkTerms(SimLog log) {
            for (SimLog.Entry entry : log.all()) {
                if (command(log, entry) instanceof GroupCommand.Duty<?> duty) {
                    boolean refused = answer(log, entry) instanceof Outcome.Refused<?> refusal
                            && refusal.code() == ErrorCode.STALE_TERM;
                    assertEquals(duty.term() != entry.term(), refused, entry::toString);
                }
            }
        }

        // The next database of a name knows how far each one before it had come when its rows went, unless the system
        // group was told in a format that cannot say so.
        private void checkHeads(Map<Integer, String> named) {
            Set<Integer> untold = new HashSet<>();
            for (SimLog.Entry entry : logs.get(0).all()) {
                if (command(logs.get(0), entry) instanceof SystemCommand.ForgetDatabase forget
                        && Arrays.equals(entry.bytes(), CommandCodec.encode(forget, FormatVersion.V3))) {
                    untold.add(forget.database());
                }
            }
            MemoryStore store = nodes.getFirst().store();
            SystemCatalog system = SystemCatalog.load(store);
            for (int group : GROUPS) {
                SimLog log = logs.get(group);
                for (SimLog.Entry entry : log.all()) {
                    if (command(log, entry) instanceof DataCommand.EraseDatabase erase
                            && answer(log, entry) instanceof Outcome.Done<?> done
                            && named.get(erase.database()) instanceof String name
                            && !untold.contains(erase.database())) {
                        Placement next = system.find(name);
                        FormerHead known = next == null ? system.formerHeads().find(name) : next.former();
                        assertTrue(known.covers((FormerHead) done.answer()), () -> known + ", " + entry + " " + done);
                    }
                }
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
            for (SimLog.Entry entry : log.all()) {
                if (!(command(log, entry) instanceof DataCommand<?> command)
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
            boolean worn = runs.get() % USES == 0;
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
