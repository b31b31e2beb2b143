package archipel.view;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DocumentEdit;
import archipel.command.EditResult;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.engine.Checker;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.health.Problem;
import archipel.index.IndexReader;
import archipel.index.RowCursor;
import archipel.read.BlockSelector;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.testkit.Directories;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Indexes whose store is not what the documents' is, since one of the two was lost or is damaged. */
class LostIndexTest {
    @TempDir
    private Path directory;

    private Node node;
    private Database database;
    private IndexKeeper keeper;

    @BeforeEach
    void open() {
        node = Node.open(data(), NodeOptions.DEFAULT.withDurability(NodeOptions.Durability.OS));
        database = node.find("db") == null ? node.create("db") : node.database("db");
        keeper = new IndexKeeper(InstantSource.system());
    }

    @AfterEach
    void close() {
        stop();
        assertEquals(List.of(), Checker.check(data()));
    }

    private void stop() {
        keeper.close();
        node.close();
    }

    private Path data() {
        return directory.resolve("data");
    }

    private Revision put(String id, @Nullable Revision parent, int number) {
        byte[] json = ("{\"k\":" + number + ",\"n\":" + number + "}").getBytes(UTF_8);
        DocumentEdit edit = new DocumentEdit.Update(
                id, parent, false, new DocumentBody(json, List.of()), CanonicalJson.digest(json, 0, json.length));
        return ((EditResult.Accepted)
                        database.write(List.of(edit), false).results().getFirst())
                .revision();
    }

    private List<String> rows() {
        try (Reader newest = database.door().newest(Visibility.EVERYTHING)) {
            return rows(newest);
        }
    }

    private List<String> rows(long block) throws InterruptedException {
        Wanted wanted = Wanted.of(new BlockSelector.Number(block), Duration.ZERO);
        try (Reader pinned = database.door().open(wanted, Visibility.EVERYTHING)) {
            return rows(pinned);
        }
    }

    private List<String> rows(Reader documents) {
        List<String> found = new ArrayList<>();
        try (IndexReader reader = keeper.open(database, documents, TestDefinition.INSTANCE);
                RowCursor rows = reader.rows(0, null, null, false)) {
            while (rows.next()) {
                found.add(rows.row().id() + "=" + new String(rows.row().value(), UTF_8));
            }
            assertEquals(found.size(), reader.count(0, null, null));
        }
        return found;
    }

    /** The documents as they are now take the place of those that are there when this is run. */
    private interface Rewinding {
        void run() throws IOException;
    }

    private Rewinding remember() throws IOException {
        stop();
        Path kept = directory.resolve("kept");
        Directories.copy(data().resolve("store"), kept);
        open();
        return () -> {
            stop();
            Directories.delete(data().resolve("store"));
            Directories.copy(kept, data().resolve("store"));
            open();
        };
    }

    @Test
    void open_indexIsAheadOfTheDocuments_showsNoRowOfTheBlocksThatAreGone() throws IOException, InterruptedException {
        Revision first = put("a", null, 1);
        put("b", null, 2);
        assertEquals(List.of("a=1", "b=2"), rows());
        Rewinding rewinding = remember();
        put("a", first, 10);
        put("c", null, 3);
        assertEquals(List.of("b=2", "c=3", "a=10"), rows());
        rewinding.run();
        assertEquals(List.of("a=1", "b=2"), rows());
        assertEquals(List.of("a=1"), rows(1));
        put("d", null, 0);
        assertEquals(List.of("d=0", "a=1", "b=2"), rows());
    }

    @Test
    void open_otherBlocksOfTheSameNumbers_showsTheRowsOfThese() throws IOException, InterruptedException {
        put("a", null, 1);
        Rewinding rewinding = remember();
        put("b", null, 2);
        put("c", null, 3);
        assertEquals(List.of("a=1", "b=2", "c=3"), rows());
        rewinding.run();
        put("x", null, 7);
        put("y", null, 8);
        put("z", null, 9);
        assertEquals(List.of("a=1", "x=7", "y=8", "z=9"), rows());
        assertEquals(List.of("a=1", "x=7"), rows(2));
    }

    @Test
    void open_documentsRestoredAndNumberGivenToAnotherDatabase_hasItsOwnRows() throws IOException {
        Rewinding rewinding = remember();
        database = node.create("second");
        put("a", null, 1);
        assertEquals(List.of("a=1"), rows());
        rewinding.run();
        database = node.create("third");
        put("b", null, 2);
        assertEquals(List.of("b=2"), rows());
    }

    @Test
    void open_damagedStore_isBuiltAnewForTheQueryThatMeetsIt() throws IOException {
        for (int i = 0; i < 500; i++) {
            put("d" + i, null, i);
        }
        assertEquals(500, rows().size());
        stop();
        try (Stream<Path> files = Files.walk(data().resolve("index"))) {
            for (Path file :
                    files.filter(name -> name.toString().endsWith(".sst")).toList()) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.write(ByteBuffer.wrap(new byte[1 << 10]), 100);
                }
            }
        }
        assertTrue(
                Checker.check(data()).stream().anyMatch(line -> line.contains("indexes alone are damaged")),
                () -> Checker.check(data()).toString());
        open();
        assertEquals(500, rows().size());
        assertTrue(node.health().has(Problem.INDEXES_DAMAGED));
        put("more", null, 1000);
        assertEquals(501, rows().size());
    }

    @Test
    void open_noStoreOfIndexes_isBuiltAnew() throws IOException {
        put("a", null, 1);
        assertEquals(List.of("a=1"), rows());
        stop();
        Directories.delete(data().resolve("index"));
        open();
        assertEquals(List.of("a=1"), rows());
        assertEquals(List.of(), node.health().problems());
    }
}
