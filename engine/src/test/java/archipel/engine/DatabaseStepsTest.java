package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.FormerHead;
import archipel.command.DataCommand;
import archipel.command.Lease;
import archipel.command.Outcome;
import archipel.command.SystemCommand;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.engine.Machines.Replica;
import archipel.engine.Machines.Replica.Entry;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.storage.CatalogKeys;
import archipel.storage.FaultyStore;
import archipel.storage.FormatVersion;
import archipel.storage.MemoryStore;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Databases are made, named and dropped in several commands of two groups; a stop between any two of them. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DatabaseStepsTest {
    /** More than all steps below take. */
    private static final int COMMITS = 14;

    @TempDir
    private Path directory;

    private FaultyStore store;

    @Test
    void steps_stoppedAfterAnyCommit_areDoneOrUndoneAtTheNextStart() {
        Set<List<String>> ends = new TreeSet<>((one, other) -> one.toString().compareTo(other.toString()));
        for (int commits = 0; commits <= COMMITS; commits++) {
            Path data = directory.resolve("after" + commits);
            Set<String> certain = new TreeSet<>(List.of("old"));
            Set<String> possible = new TreeSet<>(List.of("old", "new", "fork"));
            Node node = open(data);
            Edits.put(node.create("old"), "x", null, "{}");
            store.failCommit(StorageException.Kind.IO, commits);
            // Each in turn, until one of them meets the end.
            if (isDone(() -> node.create("new"))) {
                certain.add("new");
                if (isDone(() -> fork(node, "old", "fork"))) {
                    certain.add("fork");
                    certain.remove("old");
                    if (isDone(() -> node.delete("old"))) {
                        possible.remove("old");
                    }
                }
            }
            node.close();
            List<String> names = restart(data);
            ends.add(names);
            assertTrue(names.containsAll(certain), names + " after " + commits + ", acknowledged: " + certain);
            assertTrue(possible.containsAll(names), names + " after " + commits + ", possible: " + possible);
        }
        assertTrue(ends.contains(List.of("old")), "stopped before all steps: " + ends);
        assertTrue(ends.contains(List.of("fork", "new")), "stopped after all steps: " + ends);
    }

    /** Whoever made it is not told that it is not there. */
    @Test
    void create_droppedByAnotherRightAfter_isDoneAllTheSame() throws InterruptedException {
        try (Node node =
                Node.open(directory.resolve("raced"), NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS))) {
            Set<ErrorCode> refusals = ConcurrentHashMap.newKeySet();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                boolean creates = i > 0;
                threads.add(Thread.ofPlatform().start(() -> {
                    for (int round = 0; round < 1000; round++) {
                        try {
                            if (creates) {
                                node.create("contended");
                            } else {
                                node.delete("contended");
                            }
                        } catch (RequestException e) {
                            if (creates) {
                                refusals.add(e.code());
                            }
                        }
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(Set.of(ErrorCode.DATABASE_EXISTS), refusals);
        }
    }

    @Test
    void name_givenUpMeanwhile_saysThatItCanBeTriedAgain() {
        try (Node node =
                Node.open(directory.resolve("slow"), NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS))) {
            Database built = node.steps().build(1000, 1000, false);
            node.submit(new SystemCommand.AbandonDatabase(built.number()));
            RequestException e =
                    assertThrows(RequestException.class, () -> node.steps().name(built, "late", false));
            assertEquals(ErrorCode.DATABASE_GIVEN_UP, e.code());
            assertEquals(List.of(), node.databaseNames());
        }
    }

    /** With a name in such a group, no node could open the data. Other nodes may have it, so that it is no refusal. */
    @Test
    void reserve_inAGroupThatIsNone_isAFault() {
        try (Node node = Node.open(directory.resolve("refused"), NodeOptions.DEFAULT)) {
            SystemCommand.ReserveDatabase reserve = new SystemCommand.ReserveDatabase(7, Lease.NONE);
            RequestException e = assertThrows(RequestException.class, () -> node.submit(reserve));
            assertEquals(ErrorCode.WRITE_FAULT, e.code());
            assertEquals(1, node.submit(new SystemCommand.ReserveDatabase(1, Lease.NONE)));
        }
    }

    /** As all nodes did that knew of one data group alone. */
    @Test
    void reserve_inAGroupThatIsNoneBeforeV6_isRefused() {
        try (Replica replica = new Replica(directory.resolve("former"), FormatVersion.V6)) {
            SystemCommand.ReserveDatabase reserve = new SystemCommand.ReserveDatabase(7, Lease.NONE);
            assertEquals(
                    new Outcome.Refused<>(ErrorCode.NO_GROUP, List.of("7")),
                    replica.apply(Entry.of(0, 1, 1, reserve, FormatVersion.V3)));
        }
    }

    /** As databases stand that were made before there were groups. */
    @Test
    void database_inTheSystemGroup_isLikeAnyOther() {
        Path data = directory.resolve("earlier");
        try (Node node = Node.open(data, NodeOptions.DEFAULT)) {
            int number = Math.toIntExact(
                    node.submit(new SystemCommand.ReserveDatabase(0, new Lease("test", Long.MAX_VALUE))));
            node.submit(0, new DataCommand.CreateDatabase(number, node.newUuid(), 1, 1000, 1000));
            node.submit(new SystemCommand.NameDatabase(number, "early", false, FormerHead.NONE));
            Edits.put(node.database("early"), "x", null, "{}");
            fork(node, "early", "late");
            assertEquals(1, node.database("late").group());
        }
        try (Node node = Node.open(data, NodeOptions.DEFAULT)) {
            assertEquals(0, node.database("early").group());
            assertEquals(1, node.database("early").state().documents());
            node.delete("early");
            assertEquals(List.of("late"), node.databaseNames());
            assertTrue(node.databaseNumbers(0).isEmpty());
        }
        assertEquals(List.of(), Checker.check(data));
    }

    @Test
    void placement_ofBeforeThereWereGroups_isInTheSystemGroup() {
        SystemCatalog.Placement placement =
                SystemCatalog.Placement.decode("early", new RowWriter(4).u32(7).toBytes());
        assertEquals(new SystemCatalog.Placement("early", 7, 0, 0, FormerHead.NONE), placement);
    }

    /** A command that came to nothing leaves the catalog as it was for the next one of its round. */
    @Test
    void catalog_ofACommandThatIsUndone_isAsBefore() {
        try (Store memory = MemoryStore.open()) {
            SystemCatalog catalog = SystemCatalog.load(memory);
            catalog.begin();
            int first = catalog.nextNumber();
            catalog.begin();
            int number = catalog.nextNumber();
            catalog.reserve(new SystemCatalog.Nameless(number, 1, true, Lease.NONE, ""), FormatVersion.NEWEST);
            catalog.fact("k", "v");
            catalog.undo();
            assertNull(catalog.findNameless(number));
            assertEquals(first + 1, catalog.nextNumber());
            assertEquals(new SystemCatalog.Changes(List.of()), catalog.commit());
        }
    }

    private static boolean isDone(Runnable step) {
        try {
            step.run();
            return true;
        } catch (RequestException e) {
            return false;
        }
    }

    private static void fork(Node node, String source, String target) {
        try {
            node.database(source).fork(target, Wanted.NEWEST);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The names that a new start finds, once it is done with what was left. */
    private List<String> restart(Path data) {
        List<String> names;
        try (Node node = Node.open(data, NodeOptions.DEFAULT)) {
            names = node.databaseNames();
            Awaitility.await()
                    .until(() -> node.databaseNumbers(1).size()
                            == node.databaseNames().size());
            for (String name : names) {
                assertEquals(
                        name.equals("new") ? 0 : 1, node.database(name).state().documents());
            }
        }
        assertEquals(List.of(), Checker.check(data), "the names are " + names);
        return new ArrayList<>(names);
    }

    private Node open(Path data) {
        return Node.openStill(
                data,
                NodeOptions.DEFAULT,
                Environment.of(InstantSource.system()).withStore((path, cache, buffer) -> {
                    store = FaultyStore.open(path, cache, buffer);
                    return store;
                }));
    }

    /** Several clients make, drop and write to a database at once, between whose steps others come. */
    @Nested
    class Races {
        private static final int ROUNDS = 20;
        private static final int CLIENTS = 4;

        private final ExecutorService threads = Executors.newCachedThreadPool();
        private Node node;

        @BeforeEach
        void open() {
            node = Node.open(directory, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        }

        @AfterEach
        void close() {
            threads.shutdownNow();
            int named = node.databaseNames().size();
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> node.databaseNumbers(CatalogKeys.DATA_GROUP).size() == named);
            node.close();
            assertEquals(List.of(), Checker.check(directory), "and no rows of what is gone");
        }

        /** What each came to: null for done, or why it was refused. */
        private List<ErrorCode> atOnce(Callable<?>... works) throws Exception {
            CyclicBarrier begin = new CyclicBarrier(works.length);
            List<Future<ErrorCode>> running = new ArrayList<>();
            for (Callable<?> work : works) {
                running.add(threads.submit(() -> {
                    begin.await();
                    try {
                        work.call();
                        return null;
                    } catch (RequestException e) {
                        return e.code();
                    }
                }));
            }
            List<ErrorCode> ends = new ArrayList<>();
            for (Future<ErrorCode> end : running) {
                ends.add(end.get());
            }
            return ends;
        }

        @Test
        void create_ofOneNameBySeveral_succeedsOnce() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                String name = "db" + round;
                List<ErrorCode> ends =
                        atOnce(() -> node.create(name), () -> node.create(name), () -> node.create(name));
                assertEquals(1, ends.stream().filter(end -> end == null).count(), ends::toString);
                assertEquals(
                        2,
                        ends.stream()
                                .filter(end -> end == ErrorCode.DATABASE_EXISTS)
                                .count(),
                        ends::toString);
            }
        }

        @Test
        void delete_bySeveral_succeedsOnce() throws Exception {
            for (int round = 0; round < ROUNDS; round++) {
                node.create("db");
                List<ErrorCode> ends = atOnce(() -> delete("db"), () -> delete("db"));
                assertEquals(1, ends.stream().filter(end -> end == null).count(), ends::toString);
                assertTrue(ends.contains(ErrorCode.NO_DATABASE), ends::toString);
            }
        }

        private Void delete(String name) {
            node.delete(name);
            return null;
        }

        @Test
        void delete_whileOthersWriteAndMakeItAgain_mixesNothing() throws Exception {
            AtomicBoolean done = new AtomicBoolean();
            node.create("db");
            List<Future<Integer>> writers = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                String prefix = client + "/";
                writers.add(threads.submit(() -> write(prefix, done)));
            }
            for (int round = 0; round < ROUNDS; round++) {
                node.delete("db");
                Database next = node.create("db");
                // By those who found it under its name, which is the new one's.
                try (Reader reader = next.door().newest(Visibility.EVERYTHING)) {
                    assertEquals(0, reader.documents().deletedCount());
                    assertTrue(reader.documents().count() <= reader.block().number());
                }
            }
            done.set(true);
            // A single one may have come upon a name without a database each time.
            int written = 0;
            for (Future<Integer> writer : writers) {
                written += writer.get();
            }
            assertTrue(written > 0);
        }

        private int write(String prefix, AtomicBoolean done) {
            int written = 0;
            for (int i = 0; !done.get(); i++) {
                Database database = node.find("db");
                if (database == null) {
                    continue;
                }
                try {
                    Edits.put(database, prefix + i, null, "{}");
                    written++;
                } catch (RequestException e) {
                    assertEquals(ErrorCode.NO_DATABASE, e.code());
                }
            }
            return written;
        }
    }
}
