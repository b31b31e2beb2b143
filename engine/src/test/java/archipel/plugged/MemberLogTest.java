package archipel.plugged;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Block;
import archipel.command.DocumentEdit;
import archipel.document.DocumentBody;
import archipel.document.RevisionPath;
import archipel.engine.Checker;
import archipel.engine.Database;
import archipel.engine.EventPosition;
import archipel.engine.Node;
import archipel.engine.NodeOpenException;
import archipel.engine.NodeOptions;
import archipel.engine.Verifier;
import archipel.log.CommandLog;
import archipel.log.LogContext;
import archipel.log.LogFactory;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.storage.FormatVersion;
import archipel.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node whose log is elsewhere, with an order and a thread for each group. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MemberLogTest {
    private static final int DATA = 1;

    @TempDir
    private Path directory;

    private final MemberLog.Entries entries = new MemberLog.Entries(1);

    private Node open(String name) {
        return Node.open(directory.resolve(name), NodeOptions.DEFAULT, entries);
    }

    private static void put(Database database, String id) {
        DocumentBody body = new DocumentBody("{}".getBytes(StandardCharsets.UTF_8), List.of());
        RevisionPath first = new RevisionPath(1, List.of("a"));
        assertTrue(database.write(List.of(new DocumentEdit.Replicated(id, first, false, body)), false)
                .applied());
    }

    private static void assertHas(Node node, String... ids) {
        try (Reader reader = node.database("db").door().newest(Visibility.EVERYTHING)) {
            for (String id : ids) {
                assertNotNull(reader.documents().find(id), id);
            }
            assertEquals(ids.length, reader.block().number());
        }
    }

    private void fill(Node node) {
        node.raiseFormat(FormatVersion.NEWEST.number());
        Database database = node.create("db");
        put(database, "a");
        put(database, "b");
    }

    @Test
    void open_again_passesOverWhatTheStoreHas() {
        Block head;
        try (Node node = open("data")) {
            fill(node);
            assertHas(node, "a", "b");
            head = node.database("db").state().head();
        }
        long last = entries.last(DATA);
        try (Node node = open("data")) {
            assertEquals(head, node.database("db").state().head());
            put(node.database("db"), "c");
            assertHas(node, "a", "b", "c");
            assertTrue(entries.last(DATA) > last + 1, "an entry that is no command, and one that is");
        }
        assertEquals(List.of(), Checker.check(directory.resolve("data")));
    }

    @Test
    void open_dataBehindItsName_isThereOnceTheLogHasBroughtIt() throws Exception {
        try (Node node = open("data")) {
            fill(node);
        }
        long named = entries.last(0);
        // A member that has all of the system group, and nothing of the databases.
        Path other = directory.resolve("other");
        entries.hold(DATA, 0);
        try (Node node = open("other")) {
            assertNull(node.find("db"));
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> node.position().of(0) >= named);
        }
        assertEquals(List.of(), Checker.check(other));
        try (Node node = open("other")) {
            assertNull(node.find("db"));
            assertEquals(List.of(), node.databaseNames());
            entries.release();
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> node.find("db") != null
                            && node.database("db").state().head().number() == 2);
            assertHas(node, "a", "b");
        }
        assertEquals(List.of(), Checker.check(other));
    }

    /** What is a start like any other with one log for all groups is damage where the node is on its own. */
    @Test
    void open_dataBehindItsNameAndNoOtherLog_isRefused() {
        try (Node node = open("data")) {
            fill(node);
        }
        long named = entries.last(0);
        entries.hold(DATA, 0);
        Path other = directory.resolve("other");
        try (Node node = open("other")) {
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> node.position().of(0) >= named);
        }
        RuntimeException e = assertThrows(RuntimeException.class, () -> Node.open(other, NodeOptions.DEFAULT));
        assertTrue(e instanceof StorageException || e instanceof NodeOpenException, e::toString);
    }

    private static Reader afterwards(Node node, Future<?> other) throws Exception {
        try {
            other.get(200, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // It may have to wait.
        }
        return node.database("db").door().newest(Visibility.EVERYTHING);
    }

    /** Readers of a group are given snapshots of other groups' batches, and must not find in them what is not shown. */
    @Test
    void complete_anotherGroupsBatchIsStoredAndNotShown_isNotShownByThisOne() throws Exception {
        try (Node node = open("data");
                ExecutorService threads = Executors.newCachedThreadPool()) {
            fill(node);
            CountDownLatch stored = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            entries.beforeShowing(DATA, () -> {
                stored.countDown();
                goOn.await();
            });
            Future<?> write = threads.submit(() -> put(node.database("db"), "c"));
            assertTrue(stored.await(1, TimeUnit.MINUTES));
            Future<?> fact = threads.submit(() -> node.putFact("key", "value"));
            try (Reader reader = afterwards(node, fact)) {
                assertEquals(2, reader.block().number());
                assertNull(reader.documents().find("c"));
            } finally {
                goOn.countDown();
            }
            write.get();
            fact.get();
            assertHas(node, "a", "b", "c");
            assertEquals("value", node.fact("key"));
        }
    }

    /** As on a member that was started again, while others have the database all the time. */
    @Test
    void read_databaseIsNotShownYet_waitsForIt() throws Exception {
        try (Node node = open("data")) {
            fill(node);
        }
        CountDownLatch published = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        entries.beforeReaders(DATA, () -> {
            published.countDown();
            goOn.await();
        });
        Node later = open("later");
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            assertTrue(published.await(1, TimeUnit.MINUTES));
            Awaitility.await().until(() -> later.find("db") != null);
            Future<?> read = threads.submit(() -> assertHas(later, "a", "b"));
            assertThrows(TimeoutException.class, () -> read.get(200, TimeUnit.MILLISECONDS));
            goOn.countDown();
            read.get();
        } finally {
            goOn.countDown();
            later.close();
        }
    }

    /** A node has as many groups as its log wants, and all that its data knows. */
    @Nested
    class ManyGroups {
        private static final int GROUPS = 16;

        private final MemberLog.Entries many = new MemberLog.Entries(GROUPS);

        @TempDir
        private Path data;

        /** On its own, with more than one group. */
        private Node openLocal(int dataGroups) {
            return Node.open(data, NodeOptions.DEFAULT, new LogFactory() {
                @Override
                public boolean isReplicated() {
                    return false;
                }

                @Override
                public int dataGroups() {
                    return dataGroups;
                }

                @Override
                public CommandLog open(LogContext context) {
                    return LogFactory.LOCAL.open(context);
                }
            });
        }

        private static String name(int number) {
            return "db" + number;
        }

        /** Each of them with one document. */
        private static void create(Node node, int first, int last) {
            for (int number = first; number <= last; number++) {
                put(node.create(name(number)), "a");
            }
        }

        private static void assertHasAll(Node node, int last) {
            for (int number = 1; number <= last; number++) {
                assertEquals(1, node.database(name(number)).state().documents(), name(number));
            }
            assertEquals(last, node.databaseNames().size());
        }

        /** In how many groups beside the system group commands have changed databases. */
        private static long written(Node node) {
            return node.eventsSince(EventPosition.START).stream()
                    .flatMap(event -> IntStream.range(
                                    1, event.position().indexes().size())
                            .filter(group -> event.position().of(group) > 0)
                            .boxed())
                    .distinct()
                    .count();
        }

        @Test
        void create_sixteenGroups_spreadsDatabasesEvenly() {
            EventPosition before;
            try (Node node = Node.open(data, NodeOptions.DEFAULT, many)) {
                node.raiseFormat(FormatVersion.NEWEST.number());
                create(node, 1, 2 * GROUPS);
                assertEquals(GROUPS, written(node));
                before = node.position();
                assertEquals(1 + GROUPS, before.indexes().size());
                assertEquals(before, EventPosition.parse(before.toString()));
                for (int group = 1; group <= GROUPS; group++) {
                    // To raise the format, to make two databases, and to write to each of them.
                    assertEquals(1 + 1 + 2 * 2, many.last(group), "entries of group " + group);
                }
            }
            assertEquals(List.of(), Checker.check(data));
            try (Node node = Node.open(data, NodeOptions.DEFAULT, many)) {
                for (int group = 1; group <= GROUPS; group++) {
                    assertEquals(before.of(group), node.position().of(group), "entries of group " + group);
                }
                // Whoever leads has put facts there meanwhile.
                assertTrue(node.position().of(0) >= before.of(0));
                assertHasAll(node, 2 * GROUPS);
                create(node, 2 * GROUPS + 1, 2 * GROUPS + 1);
                assertTrue(node.position().isBeyond(before));
                assertEquals(
                        name(2 * GROUPS + 1),
                        node.eventsSince(before).getFirst().database());
                node.delete(name(1));
                assertNull(node.find(name(1)));
            }
            assertEquals(List.of(), Checker.check(data));
            assertEquals(
                    2 * GROUPS,
                    Verifier.verify(data, (database, block, head) -> true).size());
        }

        /** Other nodes may know one data group alone. */
        @Test
        void create_beforeV6_usesOneGroup() {
            try (Node node = Node.open(data, NodeOptions.DEFAULT, many)) {
                node.raiseFormat(FormatVersion.V5.number());
                create(node, 1, 4);
                assertEquals(1, written(node));
                node.raiseFormat(FormatVersion.NEWEST.number());
                create(node, 5, 8);
                assertEquals(5, written(node));
                assertHasAll(node, 8);
            }
            assertEquals(List.of(), Checker.check(data));
        }

        @Test
        void open_withFewerGroupsThanTheDataHas_servesAll() {
            try (Node node = Node.open(data, NodeOptions.DEFAULT, many)) {
                node.raiseFormat(FormatVersion.NEWEST.number());
                create(node, 1, GROUPS);
            }
            long inFirst;
            try (Node node = Node.open(data, NodeOptions.DEFAULT)) {
                assertHasAll(node, GROUPS);
                assertEquals(1 + GROUPS, node.position().indexes().size());
                inFirst = node.position().of(1);
                EventPosition before = node.position();
                create(node, GROUPS + 1, GROUPS + 3);
                assertHasAll(node, GROUPS + 3);
                assertTrue(node.position().of(1) > inFirst);
                for (int group = 2; group <= GROUPS; group++) {
                    assertEquals(before.of(group), node.position().of(group), "group " + group);
                }
                put(node.database(name(GROUPS)), "b");
                node.delete(name(GROUPS));
            }
            assertEquals(List.of(), Checker.check(data));
        }

        @Test
        void open_withMoreGroupsThanTheDataHas_usesThemForWhatIsNew() {
            try (Node node = openLocal(1)) {
                create(node, 1, 4);
                assertEquals(1, written(node));
                assertEquals(2, node.position().indexes().size());
            }
            EventPosition before;
            try (Node node = openLocal(4)) {
                assertHasAll(node, 4);
                before = node.position();
                create(node, 5, 8);
                assertEquals(4, written(node));
                assertHasAll(node, 8);
                assertEquals(
                        4,
                        node.eventsSince(EventPosition.parse(before.toString())).size());
            }
            assertEquals(List.of(), Checker.check(data));
            try (Node node = openLocal(2)) {
                assertHasAll(node, 8);
                assertEquals(5, node.position().indexes().size());
                create(node, 9, 12);
                assertHasAll(node, 12);
            }
            assertEquals(List.of(), Checker.check(data));
        }

        @Test
        void open_asManyGroupsAsThereCannotBe_isRefused() {
            assertThrows(IllegalArgumentException.class, () -> openLocal(0));
            assertThrows(IllegalArgumentException.class, () -> openLocal(0xffff));
            openLocal(1).close();
        }
    }
}
