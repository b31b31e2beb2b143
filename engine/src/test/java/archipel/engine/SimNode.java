package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Wakers;
import archipel.command.Command;
import archipel.command.CommandCodec;
import archipel.command.GroupCommand.Duty;
import archipel.command.Outcome;
import archipel.engine.SystemCatalog.Nameless;
import archipel.image.ImageExport;
import archipel.image.Installation;
import archipel.log.BatchRunner;
import archipel.log.CommandLog;
import archipel.log.Duties;
import archipel.log.FaultPolicy;
import archipel.log.LogEntry;
import archipel.log.LogPosition;
import archipel.log.OpenBatch;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.MemoryStore;
import archipel.storage.StorageException;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A member of every group: applies what their logs deliver to one store, shows it to readers as a node does, takes in
 * images, and crashes.
 */
final class SimNode {
    private final int number;
    private final Map<Integer, SimLog> logs;
    private final SplittableRandom random;
    private final Surroundings around;
    private final Map<Integer, Group> groups = new TreeMap<>();
    private MemoryStore store;
    private PublishedDatabases databases;
    private Duties duties = new Duties();
    // What its program knows, and what its data's directory says for older programs.
    private FormatVersion known;
    private FormatVersion directory = FormatVersion.BEFORE_RAISING;
    // By group: up to where what came was applied, or was no command.
    private final Map<Integer, Long> passed = new TreeMap<>();
    private int images;

    /**
     * What the nodes of a run have in common.
     *
     * @param backdrop what databases ask for what the simulation has nothing to do with
     * @param images a directory for them
     */
    record Surroundings(Node backdrop, Wakers wakers, Path images) {}

    /** @param store with nothing in it */
    SimNode(
            int number,
            Map<Integer, SimLog> logs,
            SplittableRandom random,
            MemoryStore store,
            FormatVersion known,
            Surroundings around) {
        this.number = number;
        this.logs = logs;
        this.random = random;
        this.store = store;
        this.known = known;
        this.around = around;
        store.checkpoint();
        start();
    }

    private void start() {
        assertTrue(groups.isEmpty());
        passed.clear();
        duties = new Duties();
        Installation.resume(store);
        databases = load(groups, this::raise);
        for (Group group : groups.values()) {
            assertTrue(directory.isAtLeast(group.format()), "an older program would open what it cannot read");
        }
        checkReaders();
    }

    private PublishedDatabases load(Map<Integer, Group> loaded, GroupMachine.FormatGate gate) {
        PublishedDatabases published = new PublishedDatabases(new Host(), around.wakers());
        StoreSnapshot now = store.snapshot();
        try {
            for (int group : logs.keySet()) {
                GroupMachine machine = new GroupMachine(store, group, logs.keySet(), known, gate, published);
                loaded.put(group, new Group(machine, Replacing::new, now));
            }
            published.load(loaded.values());
            return published;
        } finally {
            now.release();
        }
    }

    private void raise(FormatVersion version) {
        directory = version.isAtLeast(directory) ? version : directory;
    }

    private final class Host implements PublishedDatabases.Host {
        @Override
        public Store store() {
            return store;
        }

        @Override
        public Database open(Group group, DatabaseRow row) {
            return new Database(around.backdrop(), group, row);
        }

        @Override
        public void dropped(Database database) {}

        @Override
        public void covered(Database database) {
            throw new AssertionError("no database is this node's alone");
        }

        @Override
        public void freed() {}

        @Override
        public void factChanged(String key) {}
    }

    /** What groups need of a log to take in an image. */
    private final class Replacing implements CommandLog {
        @Override
        public <A extends @Nullable Object> CompletableFuture<Applied<A>> append(int group, Command<A> command) {
            throw new UnsupportedOperationException("commands come from the simulated logs");
        }

        @Override
        public CompletableFuture<@Nullable Void> readBarrier(int group) {
            throw new UnsupportedOperationException("commands come from the simulated logs");
        }

        @Override
        public CompletableFuture<Void> replace(int group, Supplier<StateMachine.@Nullable Publication> replacement) {
            StateMachine.Publication publication = replacement.get();
            if (publication != null) {
                runner(1).show(publication);
            }
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public boolean isReplicated() {
            return true;
        }

        @Override
        public int waiting() {
            return 0;
        }

        @Override
        public void close() {}
    }

    int number() {
        return number;
    }

    MemoryStore store() {
        return store;
    }

    PublishedDatabases databases() {
        return databases;
    }

    Group group(int id) {
        return groups.get(id);
    }

    FormatVersion known() {
        return known;
    }

    /** Null where it has no database of that number, as far as it has applied. */
    @Nullable
    DatabaseRow row(int group, int database) {
        Database found = group(group).find(database);
        return found == null ? null : found.row();
    }

    /** The index of the newest command of the group that the store has. */
    long stored(int group) {
        return group(group).machine().stored().index();
    }

    /** The index of the newest command of the group that it has after a crash. */
    long persisted(int group) {
        byte[] row = store.lastCheckpoint().get(Family.CATALOG, new CatalogKeys(group).position());
        return Catalog.position(row).index();
    }

    boolean stands(SimNode other) {
        return logs.keySet().stream().allMatch(group -> stored(group) == other.stored(group));
    }

    /** Whether it lacks entries that a log does not have any more. */
    boolean needsImage(SimLog log) {
        return next(log) < log.first();
    }

    private long next(SimLog log) {
        return Math.max(stored(log.group()), passed.getOrDefault(log.group(), 0L)) + 1;
    }

    /** Whether it takes itself for the group's leader. */
    boolean leads(int group) {
        return duties.term(group).isPresent();
    }

    /** Does something that is for the leader, where this node takes itself for that. */
    void perform(int group, Command<?> command) {
        OptionalLong term = duties.term(group);
        SimLog log = logs.get(group);
        if (term.isPresent() && log.format().isAtLeast(FormatVersion.V4)) {
            log.append(new Duty<>(term.getAsLong(), command));
        }
    }

    /** Hears that another node leads from some term on, which may be long ago. */
    void depose(int group, long term) {
        duties.end(group, term);
    }

    /**
     * Applies what some logs have. What it has already comes again now and then, and is passed over. As by one thread
     * for all groups, in batches of several groups; or as by one for each, which applies to batches of its own at the
     * same time as the others.
     *
     * @param most entries of each log
     */
    void deliver(Collection<SimLog> from, int most) {
        // In bytes: many fill a batch at once.
        BatchRunner runner = runner(random.nextInt(4) == 0 ? random.nextLong(2_000) : 1 << 20);
        List<Delivery> deliveries = new ArrayList<>();
        for (SimLog log : from) {
            if (!needsImage(log)) {
                deliveries.add(new Delivery(log, runner, most));
            }
        }
        if (random.nextBoolean()) {
            deliverTogether(deliveries, runner);
        } else {
            deliverApart(deliveries);
        }
        from.forEach(this::lead);
    }

    private BatchRunner runner(long batchBytes) {
        return new BatchRunner(store, this::advance, batchBytes);
    }

    private void deliverTogether(List<Delivery> deliveries, BatchRunner runner) {
        OpenBatch batch = runner.open(FaultPolicy.HALT);
        try {
            for (Delivery delivery : deliveries) {
                while (delivery.isUnderWay()) {
                    if (!delivery.apply(batch)) {
                        return;
                    }
                    if (batch.isFull()) {
                        runner.complete(batch);
                        batch.close();
                        batch = runner.open(FaultPolicy.HALT);
                    }
                }
            }
            // Otherwise it could not be written, and all of it is delivered again.
            if (random.nextInt(12) > 0) {
                runner.complete(batch);
                deliveries.forEach(Delivery::end);
            }
        } finally {
            batch.close();
        }
    }

    private void deliverApart(List<Delivery> deliveries) {
        List<Delivery> left = new ArrayList<>(deliveries);
        while (!left.isEmpty()) {
            Delivery delivery = left.get(random.nextInt(left.size()));
            if (!delivery.step()) {
                left.remove(delivery);
            }
        }
    }

    /** What a log delivers at once. */
    private final class Delivery {
        private final SimLog log;
        private final BatchRunner runner;
        private final StateMachine machine;
        private final List<SimLog.Entry> entries;
        // What applies the one at this place fails; none where it is behind the end.
        private final int faulty;
        private @Nullable OpenBatch batch;
        private int next;

        Delivery(SimLog log, BatchRunner runner, int most) {
            this.log = log;
            this.runner = runner;
            this.machine = group(log.group()).machine();
            long again = random.nextInt(8) == 0 ? random.nextLong(4) : 0;
            long first = Math.max(log.first(), next(log) - again);
            this.entries = log.read(first, random.nextLong(1, most + 1) + again);
            this.faulty = random.nextInt(8) == 0 && !entries.isEmpty() ? random.nextInt(entries.size()) : -1;
        }

        boolean isUnderWay() {
            return next < entries.size();
        }

        /** All of it was applied, and readers see it. */
        void end() {
            if (!entries.isEmpty()) {
                passed.put(log.group(), entries.getLast().index());
            }
        }

        /** Goes on by one entry, or ends a batch; false when there is nothing left to do. */
        boolean step() {
            OpenBatch open = batch == null ? runner.open(FaultPolicy.HALT) : batch;
            batch = open;
            if (isUnderWay() && !open.isFull()) {
                if (apply(open)) {
                    return true;
                }
                open.close();
                return false;
            }
            batch = null;
            try (open) {
                if (random.nextInt(12) == 0) {
                    return false;
                }
                runner.complete(open);
            }
            if (!isUnderWay()) {
                end();
            }
            return isUnderWay();
        }

        // False where the node could not: all of the batch is delivered again.
        boolean apply(OpenBatch to) {
            SimLog.Entry entry = entries.get(next);
            byte[] bytes = entry.bytes();
            if (bytes != null) {
                if (next == faulty) {
                    store.failRead(
                            new StorageException(StorageException.Kind.IO, "a fault that was asked for"),
                            random.nextInt(12));
                }
                boolean known = entry.index() <= machine.stored().index();
                try {
                    assertEquals(!known, to.apply(machine, entry.position(), new Applied<>(log, entry, bytes)));
                } catch (StorageException e) {
                    store.failRead(null, 0);
                    if (random.nextBoolean()) {
                        return false;
                    }
                    // Nothing of it is left, so that the batch can go on with the same command.
                    assertTrue(to.apply(machine, entry.position(), new Applied<>(log, entry, bytes)));
                }
                store.failRead(null, 0);
            }
            next++;
            return true;
        }
    }

    /** Tells a log what became of one of its entries. */
    private final class Applied<A extends @Nullable Object> extends LogEntry<A> {
        private final SimLog log;
        private final SimLog.Entry entry;

        @SuppressWarnings("unchecked")
        Applied(SimLog log, SimLog.Entry entry, byte[] bytes) {
            super((Command<A>) CommandCodec.decode(bytes));
            this.log = log;
            this.entry = entry;
        }

        @Override
        protected void done(LogPosition at, Outcome<A> came) {
            assertEquals(entry.position(), at);
            assertTrue(group(log.group()).index() >= at.index(), "it is answered before readers see it");
            log.applied(number, entry, came);
        }

        @Override
        protected void failed(RuntimeException e) {
            throw e;
        }
    }

    // A leader is told so once it has applied all that earlier ones had committed.
    private void lead(SimLog log) {
        if (log.leader() == number && next(log) > log.termBegins()) {
            duties.begin(log.group(), log.term());
        }
    }

    private void advance(StoreSnapshot now) {
        groups.values().forEach(group -> group.advance(now));
        now.release();
        databases.wake();
        checkReaders();
    }

    /**
     * Takes another node's state of a group in the place of its own, or crashes meanwhile.
     *
     * @param mayCrash otherwise it does not
     */
    void install(int id, SimNode source, boolean mayCrash) {
        Path image = around.images().resolve("image" + number + "-" + images++);
        source.group(id).export(image, ImageExport.Sink.keeping(), ImageExport.Pace.unlimited());
        int lastStep = mayCrash && random.nextInt(2) == 0 ? random.nextInt(14) : Integer.MAX_VALUE;
        int[] steps = {0};
        try {
            group(id).install(image, step -> {
                // Readers go on with what they see, and the other groups with what they get.
                checkReaders();
                if (random.nextInt(4) == 0) {
                    deliver(
                            logs.values().stream()
                                    .filter(log -> log.group() != id)
                                    .toList(),
                            4);
                }
                if (random.nextInt(8) == 0) {
                    store.checkpoint();
                }
                if (steps[0]++ == lastStep) {
                    throw new Killed();
                }
            });
            passed.put(id, Math.max(passed.getOrDefault(id, 0L), stored(id)));
            checkReaders();
        } catch (Killed e) {
            crash();
        }
    }

    /** Lets what it has applied survive a crash. */
    void flush() {
        store.checkpoint();
        if (random.nextInt(200) == 0) {
            store.flush();
        }
    }

    /** Loses what was not flushed, and starts again. */
    void crash() {
        closeGroups();
        store.revert();
        start();
    }

    /** As {@link #crash}, by RocksDB itself, which costs a hundred times as much. */
    void crashForReal() {
        closeGroups();
        store.revert();
        store.flush();
        try (Batch batch = store.batch()) {
            // What is written from here on is lost.
            batch.put(Family.LOCAL, new byte[] {1, 2, 3}, new byte[] {4});
            store.commit(batch);
        }
        store = store.crash();
        store.checkpoint();
        start();
    }

    /** Is started as the newest version. */
    void upgrade() {
        known = FormatVersion.NEWEST;
        crash();
    }

    /** Begins on a new disk. */
    void lose() {
        closeGroups();
        store.clear();
        store.checkpoint();
        directory = FormatVersion.BEFORE_RAISING;
        start();
    }

    private void closeGroups() {
        groups.values().forEach(Group::close);
        groups.clear();
    }

    /** Readers have of each database the state as of the rows that they read. */
    private void checkReaders() {
        for (Group group : groups.values()) {
            CatalogKeys keys = new CatalogKeys(group.id());
            for (Database database : group.databases()) {
                if (database.isDeleted()) {
                    continue;
                }
                try (Database.MaintenanceView view = database.maintenance()) {
                    byte[] stored = view.store().get(Family.CATALOG, keys.state(database.number()));
                    assertNotNull(stored);
                    assertArrayEquals(stored, view.row().encode());
                }
            }
        }
    }

    /** What readers were told is what a node tells that opens the store. */
    void checkView() {
        Map<Integer, Group> loaded = new TreeMap<>();
        try {
            PublishedDatabases opened = load(loaded, version -> {});
            assertEquals(View.of(opened, loaded.values()), view(), "what readers of node " + number + " are told");
        } finally {
            loaded.values().forEach(Group::close);
        }
    }

    /** What readers are told. */
    String view() {
        return View.of(databases, groups.values());
    }

    /** Leaves the store to the next. */
    MemoryStore stop() {
        closeGroups();
        return store;
    }

    /** The end of a process in the midst of something. */
    private static final class Killed extends Error {}

    /** What readers of a node are told of its databases, as text that can be compared. */
    private static final class View {
        private final StringBuilder text = new StringBuilder();

        private View() {}

        static String of(PublishedDatabases databases, Collection<Group> groups) {
            View view = new View();
            EventPosition visible = EventPosition.START;
            for (Group group : groups) {
                visible = visible.with(group.id(), group.index());
                view.line("group " + group.id(), group.index() + " " + group.format());
                byNumber(group).values().forEach(view::database);
            }
            databases
                    .named()
                    .forEach((name, database) -> view.line(
                            name,
                            database.number() + " former " + former(database) + " " + database.isDeleted() + " "
                                    + database.name().equals(name)));
            view.nameless("building", databases.building());
            view.nameless("to erase", databases.toErase());
            view.line("facts", databases.facts().toString());
            view.line("upcoming", "" + databases.upcomingNumber());
            // A node that opens the store does not know whether a database was changed before or after it got its name.
            databases.events().since(EventPosition.START, visible).stream()
                    .map(event -> event.database() + (event.kind().equals("deleted") ? " is gone" : " is there"))
                    .sorted()
                    .forEach(event -> view.line("event", event));
            return view.text.toString();
        }

        private static Map<Integer, Database> byNumber(Group group) {
            Map<Integer, Database> databases = new TreeMap<>();
            group.databases().forEach(database -> databases.put(database.number(), database));
            return databases;
        }

        private static String former(Database database) {
            return database.former().block() + "-"
                    + HexFormat.of().formatHex(database.former().hash()) + "-"
                    + database.former().lastSeq();
        }

        private void database(Database database) {
            line("" + database.number(), HexFormat.of().formatHex(database.row().encode()));
        }

        private void nameless(String kind, Collection<Nameless> databases) {
            Map<Integer, Nameless> sorted = new TreeMap<>();
            databases.forEach(database -> sorted.put(database.number(), database));
            line(kind, sorted.toString());
        }

        private void line(String what, String state) {
            text.append(what).append(": ").append(state).append('\n');
        }
    }
}
