package archipel.plugged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DocumentEdit;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.RevisionPath;
import archipel.engine.Checker;
import archipel.engine.Database;
import archipel.engine.EventPosition;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.storage.FormatVersion;
import archipel.testkit.Directories;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Databases of one node alone, whose other databases have a log that other nodes share. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LocalDatabaseTest {
    @TempDir
    private Path directory;

    private final MemberLog.Entries entries = new MemberLog.Entries(2);

    private Node open(String name) {
        Node node = Node.open(directory.resolve(name), NodeOptions.DEFAULT, entries);
        node.raiseFormat(FormatVersion.NEWEST.number());
        return node;
    }

    private static void put(Database database, String id) {
        DocumentBody body = new DocumentBody("{}".getBytes(StandardCharsets.UTF_8), List.of());
        RevisionPath first = new RevisionPath(1, List.of("a"));
        assertTrue(database.write(List.of(new DocumentEdit.Replicated(id, first, false, body)), false)
                .applied());
    }

    /** A node that was just opened applies what the others have written meanwhile in its own time. */
    private static void awaitDocuments(Supplier<Database> database, int documents) {
        Awaitility.await()
                .ignoreException(RequestException.class)
                .untilAsserted(() -> assertHas(database.get(), documents));
    }

    private static void assertHas(Database database, int documents) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            assertEquals(documents, reader.documents().count());
            assertEquals(documents, reader.block().number());
        }
    }

    private static void assertRefused(ErrorCode code, Runnable work) {
        assertEquals(code, assertThrows(RequestException.class, work::run).code());
    }

    private static Database local(Node node, String name) {
        return node.create(name, 1000, true);
    }

    @Test
    void create_local_isThisNodesAloneAndOverRestarts() {
        try (Node node = open("a")) {
            Database notes = local(node, "notes");
            assertTrue(notes.isApart());
            long shared = entries.last(0) + entries.last(1) + entries.last(2);
            put(notes, "one");
            put(notes, "two");
            assertEquals(shared, entries.last(0) + entries.last(1) + entries.last(2));
            put(node.create("db"), "one");
            assertFalse(node.database("db").isApart());
            assertEquals(List.of("db", "notes"), node.databaseNames());
        }
        assertEquals(List.of(), Checker.check(directory.resolve("a")));
        try (Node node = open("a");
                Node other = open("b")) {
            assertHas(node.database("notes"), 2);
            assertHas(node.localDatabase("notes"), 2);
            put(node.database("notes"), "three");
            assertHas(node.database("notes"), 3);
            assertRefused(ErrorCode.NO_DATABASE, () -> other.database("notes"));
            assertRefused(ErrorCode.NO_DATABASE, () -> other.localDatabase("db"));
            awaitDocuments(() -> other.database("db"), 1);
            assertEquals(List.of("db"), other.databaseNames());
        }
    }

    @Test
    void create_nameThatIsTaken_isRefused() {
        try (Node node = open("a")) {
            local(node, "notes");
            node.create("db");
            assertRefused(ErrorCode.DATABASE_EXISTS, () -> local(node, "notes"));
            assertRefused(ErrorCode.DATABASE_EXISTS, () -> node.create("notes"));
            assertRefused(ErrorCode.DATABASE_EXISTS, () -> local(node, "db"));
        }
    }

    /** The others cannot know of a name that one has given alone. */
    @Test
    void create_byAnotherNode_takesTheNameAndLeavesTheDatabase() {
        try (Node node = open("a")) {
            put(local(node, "notes"), "mine");
        }
        try (Node other = open("b")) {
            Database all = other.create("notes");
            put(all, "one");
            put(all, "two");
        }
        try (Node node = open("a")) {
            awaitDocuments(() -> node.database("notes"), 2);
            assertHas(node.localDatabase("notes"), 1);
            assertEquals(List.of("notes"), node.databaseNames());
            put(node.localDatabase("notes"), "more");
            assertHas(node.localDatabase("notes"), 2);
            node.delete("notes");
            assertHas(node.database("notes"), 2);
            assertTrue(node.database("notes").isApart());
            node.deleteLocal("notes");
            assertRefused(ErrorCode.NO_DATABASE, () -> node.database("notes"));
            assertRefused(ErrorCode.NO_DATABASE, () -> node.deleteLocal("notes"));
            assertEquals(List.of(), node.databaseNames());
        }
        assertEquals(List.of(), Checker.check(directory.resolve("a")));
    }

    @Test
    void delete_local_leavesNothing() {
        try (Node node = open("a")) {
            put(local(node, "notes"), "one");
            node.delete("notes");
            assertNull(node.find("notes"));
            put(local(node, "notes"), "other");
            assertHas(node.database("notes"), 1);
            node.delete("notes");
        }
        assertEquals(List.of(), Checker.check(directory.resolve("a")));
    }

    @Test
    void events_ofLocalDatabases_areTold() throws InterruptedException {
        try (Node node = open("a")) {
            node.create("db");
            EventPosition before = EventPosition.parse(node.position().toString());
            assertEquals(node.position(), before);
            put(local(node, "notes"), "one");
            List<String> told = new ArrayList<>();
            node.eventsSince(before).forEach(event -> told.add(event.database() + " " + event.kind()));
            assertEquals(List.of("notes updated"), told);
            assertEquals(List.of(), node.eventsSince(node.position()));
            EventPosition elsewhere = EventPosition.parse(elsewhere(node.position(), "00000000", 98));
            assertTrue(node.awaitPosition(elsewhere, Duration.ofSeconds(1)));
            assertEquals(1, node.eventsSince(elsewhere).size());
        }
    }

    // As another member would have given it.
    private static String elsewhere(EventPosition here, String node, long index) {
        long sum = here.sum() - here.local().index() + index;
        String shared = here.toString().replaceAll("^[^-]*-|~.*$", "");
        return sum + "-" + shared + "~" + node + "." + index;
    }

    /** What is in files after a write was acknowledged, which is what a kill leaves. */
    @Test
    void write_andKilled_isThere() throws IOException {
        try (Node node = open("a")) {
            Database notes = local(node, "notes");
            for (int i = 0; i < 20; i++) {
                put(notes, "note" + i);
            }
            Directories.copy(directory.resolve("a"), directory.resolve("killed"));
        }
        try (Node node = open("killed")) {
            assertHas(node.database("notes"), 20);
        }
        assertEquals(List.of(), Checker.check(directory.resolve("killed")));
    }

    /** A copy of a member's data is a node of its own, with all databases. */
    @Test
    void open_onItsOwn_hasTheLocalDatabases() {
        try (Node node = open("a")) {
            put(local(node, "notes"), "one");
            put(node.create("db"), "one");
        }
        try (Node node = Node.open(directory.resolve("a"), NodeOptions.DEFAULT)) {
            assertHas(node.database("notes"), 1);
            assertHas(node.localDatabase("db"), 1);
            assertFalse(node.database("notes").isApart());
            put(node.database("notes"), "two");
            assertEquals(List.of("db", "notes"), node.databaseNames());
            assertRefused(ErrorCode.DATABASE_EXISTS, () -> node.create("notes"));
        }
        assertEquals(List.of(), Checker.check(directory.resolve("a")));
    }

    /** Snapshots that readers of the one log's groups are given have batches of the other one that nobody is to see. */
    @Test
    void write_otherLogsBatchIsStoredAndNotShown_isShownAlone() throws Exception {
        try (Node node = open("a");
                ExecutorService threads = Executors.newCachedThreadPool()) {
            Database notes = local(node, "notes");
            Database db = node.create("db");
            put(db, "one");
            CountDownLatch stored = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            entries.beforeShowing(groupOf(node), () -> {
                stored.countDown();
                goOn.await();
            });
            Future<?> write = threads.submit(() -> put(db, "two"));
            assertTrue(stored.await(1, TimeUnit.MINUTES));
            Future<?> other = threads.submit(() -> put(notes, "one"));
            try {
                assertHas(db, 1);
            } finally {
                goOn.countDown();
            }
            write.get();
            other.get();
            assertHas(db, 2);
            assertHas(notes, 1);
        }
    }

    // The first database is in the first or second data group.
    private int groupOf(Node node) {
        assertNotNull(node.find("db"));
        return entries.last(1) > entries.last(2) ? 1 : 2;
    }
}
