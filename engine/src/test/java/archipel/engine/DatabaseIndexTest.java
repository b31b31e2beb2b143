package archipel.engine;

import static archipel.engine.Edits.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.index.Anchor;
import archipel.index.Index;
import archipel.index.IndexException;
import archipel.index.IndexReader;
import archipel.index.IndexRow;
import archipel.index.IndexWriter;
import archipel.index.Reducer;
import archipel.read.Reader;
import archipel.read.VersionCursor;
import archipel.read.Visibility;
import archipel.storage.Batch;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.FormerStore;
import archipel.storage.KeySpace;
import archipel.storage.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Indexes as parts of a database: they come and go with it, and are checked with it. */
class DatabaseIndexTest {
    @RegisterExtension
    private final Twins twins = new Twins();

    @TempDir
    private Path data;

    @TempDir
    private Path elsewhere;

    private Node open() {
        return twins.open(data, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
    }

    /** One whose pruner does not run. */
    private Node openStill() {
        return Node.openStill(
                data,
                NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS),
                Environment.of(InstantSource.system()));
    }

    /** A row for each live document, as of the newest block. */
    private static Index build(Database database) {
        Index index = database.indexes().obtain("s", bytes("{}"), 1);
        try (Reader reader = database.door().newest(Visibility.EVERYTHING);
                VersionCursor versions = reader.versions().after(0);
                IndexWriter writer = index.write()) {
            while (versions.next()) {
                IndexRow row = new IndexRow(0, bytes(versions.id() + "\0"), versions.id(), 0, bytes("1"), bytes("2"));
                boolean gone = versions.leaves().getFirst().deleted();
                writer.replace(versions.id(), versions.block(), gone ? List.of() : List.of(row));
            }
            long head = reader.block().number();
            writer.commit(
                    new IndexWriter.Progress(0, head, versions(reader), 0, null, true, 0),
                    new Anchor(head, reader.block().hash()));
            writer.summarise(List.of(Reducer.NONE));
        }
        return index;
    }

    private static long versions(Reader reader) {
        return reader.block().lastSeq();
    }

    @Test
    void indexes_afterARestart_answerForEveryBlock() {
        try (Node node = open()) {
            Database database = node.create("db");
            Edits.put(database, "a", null, "{}");
            Edits.put(database, "b", null, "{}");
            build(database);
        }
        assertEquals(List.of(), Checker.check(data));
        try (Node node = open()) {
            Index index = node.database("db").indexes().find("s");
            assertEquals(2, index.state().block());
            for (long block = 0; block <= 2; block++) {
                try (IndexReader rows = index.read(block)) {
                    assertEquals(block, rows.rows(0));
                }
            }
        }
    }

    @Test
    void drop_database_takesItsIndexes() {
        try (Node node = open()) {
            Database database = node.create("db");
            Edits.put(database, "a", null, "{}");
            Index index = build(database);
            IndexWriter writer = index.write();
            node.delete("db");
            IndexWriter.Progress progress = new IndexWriter.Progress(0, 1, 1, 0, null, true, 0);
            assertThrows(IndexException.class, () -> writer.commit(progress, new Anchor(1, new byte[32])));
            writer.close();
            assertThrows(IndexException.class, () -> index.read(1));
            assertThrows(IndexException.class, () -> database.indexes().obtain("t", bytes("{}"), 1));
            assertNull(node.create("db").indexes().find("s"));
            assertEquals(List.of(), Checker.check(node));
        }
    }

    @Test
    void check_indexThatLacksARow_saysSo() {
        try (Node node = open()) {
            Database database = node.create("db");
            Edits.put(database, "a", null, "{}");
            build(database);
            Store indexes = node.indexes().opened();
            try (Batch batch = indexes.batch()) {
                byte[] live = database.keys().index(1, 3);
                batch.deleteRange(Family.INDEX, live, KeySpace.successor(live));
                indexes.commit(batch);
            }
            List<String> found = Checker.check(node);
            assertTrue(found.contains("db: index s: a row of document a is missing"), found::toString);
        }
    }

    @Test
    void delete_database_writesNothingOfIndexesUntilTheyAreCleared() {
        try (Node node = openStill()) {
            Database database = node.create("db");
            Edits.put(database, "a", null, "{}");
            build(database);
            node.delete("db");
            assertTrue(hasRows(node, database), "the thread that publishes has written to indexes");
            database.indexes().clear();
            assertFalse(hasRows(node, database));
        }
    }

    @Test
    void delete_database_itsIndexesGoSoon() {
        try (Node node = open()) {
            Database database = node.create("db");
            Edits.put(database, "a", null, "{}");
            build(database);
            node.delete("db");
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !hasRows(node, database));
        }
    }

    @Test
    void open_databaseWasDroppedAndTheNodeKilled_itsIndexesGoSoon() {
        Database database;
        try (Node node = openStill()) {
            database = node.create("db");
            Edits.put(database, "a", null, "{}");
            build(database);
            node.delete("db");
        }
        try (Node node = Node.open(data, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS))) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> node.indexes().opened() != null && !hasRows(node, database));
        }
    }

    private static boolean hasRows(Node node, Database database) {
        Store indexes = node.indexes().opened();
        try (Cursor rows = indexes.cursor(
                Family.INDEX, database.keys().lower(), database.keys().upper())) {
            return rows.first();
        }
    }

    @Test
    void open_dataOfAVersionThatKeptIndexesBesideTheDocuments_buildsThemAnew() throws Exception {
        NodeOptions options = NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS);
        KeySpace keys;
        try (Node node = Node.open(data, options)) {
            Database database = node.create("db");
            Edits.put(database, "a", null, "{}");
            keys = database.keys();
        }
        FormerStore.addIndexes(data.resolve("store"), Family.INDEX, keys.index(1, 1), false);
        assertEquals(List.of(), Checker.check(data));
        try (Node node = Node.open(data, options)) {
            Database database = node.database("db");
            assertNull(database.indexes().find("s"));
            try (IndexReader rows = build(database).read(1)) {
                assertEquals(1, rows.rows(0));
            }
        }
        assertEquals(List.of(), Checker.check(data));
    }

    @Test
    void backup_leavesIndexesOut() throws InterruptedException {
        Path backups = elsewhere.resolve("backups");
        Path restored = elsewhere.resolve("restored");
        try (Node node = open()) {
            Database database = node.create("db");
            Edits.put(database, "a", null, "{}");
            build(database);
            node.backup(backups, (bytes, of) -> {});
        }
        Backup.Restore.run(backups, restored, Backup.Restore.Wish.NEWEST);
        assertFalse(Files.exists(restored.resolve("index")));
        assertEquals(List.of(), Checker.check(restored));
        try (Node node = Node.open(restored, NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS))) {
            assertNull(node.database("db").indexes().find("s"));
            assertNull(node.indexes().opened());
            build(node.database("db"));
        }
    }
}
