package archipel.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.SortKey;
import archipel.health.Problem;
import archipel.storage.Batch;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.StorageException;
import archipel.storage.StoreSnapshot;
import archipel.testkit.Directories;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.JsonNodeFactory;

/** What becomes of indexes with the store that they are in. */
class IndexStoreTest {
    private static final KeySpace KEYS = new KeySpace(1, 7);
    private static final KeySpace OTHER = new KeySpace(1, 8);
    private static final int ROWS = 2_000;

    @TempDir
    private Path directory;

    private OpenIndexes node;

    @BeforeEach
    void open() {
        node = new OpenIndexes(directory);
    }

    @AfterEach
    void close() {
        node.close();
    }

    private void reopen() {
        node.close();
        open();
    }

    private static Index build(OpenIndexes node, KeySpace keys, long block) {
        Index index = node.of(keys).obtain("s", "{}".getBytes(UTF_8), 1);
        add(index, block);
        return index;
    }

    private static void add(Index index, long block) {
        try (IndexWriter writer = index.write()) {
            for (int i = 0; i < ROWS; i++) {
                String id = "d" + block + "-" + i;
                byte[] sortKey = SortKey.of(JsonNodeFactory.instance.numberNode(i));
                writer.replace(id, block, List.of(new IndexRow(0, sortKey, id, 0, bytes(i), bytes(block))));
            }
            writer.commit(
                    new IndexWriter.Progress(1, block, block, 0, null, true, 0), new Anchor(block, new byte[] {1}));
            writer.summarise(List.of(Reducer.NONE));
        }
    }

    private static byte[] bytes(long value) {
        return Long.toString(value).getBytes(UTF_8);
    }

    private static List<String> check(OpenIndexes node, KeySpace keys) {
        List<String> found = new ArrayList<>();
        IndexCheck.run(node.store(), keys, found::add);
        return found;
    }

    private boolean hasRows(KeySpace keys) {
        try (Cursor rows = node.store().cursor(Family.INDEX, keys.lower(), keys.upper())) {
            return rows.first();
        }
    }

    private Path generation(int number) {
        return directory.resolve("index").resolve(Integer.toString(number));
    }

    /** The store went between looking for it and making the index, as it does where it was found damaged. */
    @Test
    void obtain_theStoreHasGone_othersCanStillMakeIndexes() {
        build(node, KEYS, 1);
        node.store().close();
        Indexes indexes = node.of(KEYS);
        assertThrows(RuntimeException.class, () -> indexes.obtain("other", "{}".getBytes(UTF_8), 1));
        assertFalse(node.indexes().making().isLocked());
    }

    @Test
    void find_noIndexWasEverMade_opensAndMakesNothing() {
        Indexes indexes = node.of(KEYS);
        assertNull(indexes.find("s"));
        assertEquals(List.of(), indexes.states());
        indexes.drop("s");
        node.indexes().sweep((group, number) -> true);
        node.indexes().tend();
        assertNull(node.indexes().opened());
        assertFalse(Files.exists(directory.resolve("index")));
    }

    @Test
    void kill_afterAFlush_leavesARowsetOfOneMomentAndItsProgress() throws IOException {
        Index index = build(node, KEYS, 1);
        node.store().flush();
        add(index, 2);
        Path copy = copyOf(directory);
        try (OpenIndexes killed = new OpenIndexes(copy)) {
            Index left = Objects.requireNonNull(killed.of(KEYS).find("s"));
            assertEquals(1, left.state().block());
            assertEquals(new Anchor(1, new byte[] {1}), left.state().anchor());
            assertEquals(List.of(), check(killed, KEYS));
            add(left, 2);
            try (IndexReader reader = left.read(2)) {
                assertEquals(2 * ROWS, reader.rows(0));
            }
        }
    }

    @Test
    void kill_idleForAWhile_takesNothing() throws IOException {
        build(node, KEYS, 1);
        for (int second = 0; second < 7; second++) {
            node.indexes().tend();
        }
        try (OpenIndexes killed = new OpenIndexes(copyOf(directory))) {
            assertEquals(
                    1, Objects.requireNonNull(killed.of(KEYS).find("s")).state().block());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 20, 100})
    void kill_whileItIsWrittenToAllTheTime_takesAnEighthOfThat(int seconds) throws IOException {
        Index index = build(node, KEYS, 1);
        for (int second = 1; second <= seconds; second++) {
            if (second < 10 || second % 4 == 0) {
                add(index, 1 + second);
            }
            node.indexes().tend();
        }
        try (OpenIndexes killed = new OpenIndexes(copyOf(directory))) {
            long lost = 1
                    + seconds
                    - Objects.requireNonNull(killed.of(KEYS).find("s")).state().block();
            assertTrue(lost <= Math.max(seconds / 8, 2) + 4, () -> lost + " seconds");
        }
    }

    private Path copyOf(Path from) throws IOException {
        Path to = directory.resolveSibling(directory.getFileName() + "-copy");
        Directories.copy(from, to);
        return to;
    }

    @Test
    void reopen_databaseHasOtherBlocks_dropsTheIndexAndItsRows() {
        build(node, KEYS, 5);
        build(node, OTHER, 5);
        reopen();
        Indexes indexes = node.of(KEYS, anchor -> anchor.block() < 5);
        assertNull(indexes.find("s"));
        assertNotNull(node.of(OTHER, anchor -> anchor.equals(new Anchor(5, new byte[] {1})))
                .find("s"));
        assertEquals(List.of(), check(node, KEYS));
        Index anew = indexes.obtain("s", "{}".getBytes(UTF_8), 1);
        assertFalse(anew.state().scanned());
        add(anew, 1);
        node.indexes().tend();
        assertEquals(List.of(), check(node, KEYS));
        assertEquals(ROWS, anew.state().rows()[0]);
    }

    @Test
    void reopen_ofOtherData_beginsAnew() {
        build(node, KEYS, 1);
        node.close();
        node = new OpenIndexes(directory, "another node");
        assertNull(node.of(KEYS).find("s"));
        node.indexes().sweep((group, number) -> true);
        assertFalse(Files.exists(generation(1)));
        build(node, KEYS, 1);
        assertEquals(List.of(), node.health().problems());
        node.close();
        node = new OpenIndexes(directory, "another node");
        assertNotNull(node.of(KEYS).find("s"));
    }

    @Test
    void drop_rowsGoWithTheNextTend_andReadersGoOn() {
        Indexes indexes = node.of(KEYS);
        Index index = indexes.obtain("s", "{}".getBytes(UTF_8), 1);
        add(index, 1);
        IndexSpace space = index.space();
        try (IndexReader reader = index.read(1)) {
            indexes.drop("s");
            assertNotNull(node.store().get(Family.INDEX, space.state()), "dropping is a mark");
            assertEquals(List.of(), check(node, KEYS));
            node.indexes().tend();
            assertNull(node.store().get(Family.INDEX, space.state()));
            assertEquals(ROWS, reader.count(0, null, null));
        }
        assertNull(node.store().get(Family.INDEX, space.dropped()));
    }

    @Test
    void sweep_whatEarlierRunsLeft_takesItAndNothingElse() {
        Indexes indexes = node.of(KEYS);
        Index index = indexes.obtain("s", "{}".getBytes(UTF_8), 1);
        indexes.obtain("t", "{}".getBytes(UTF_8), 1);
        build(node, OTHER, 1);
        build(node, new KeySpace(0, 3), 1);
        indexes.drop("s");
        reopen();
        node.of(KEYS);
        node.indexes().sweep((group, number) -> group == KEYS.group() && number == KEYS.database());
        node.indexes().tend();
        assertNull(node.store().get(Family.INDEX, index.space().state()));
        assertFalse(hasRows(OTHER));
        assertFalse(hasRows(new KeySpace(0, 3)));
        assertNotNull(node.of(KEYS).find("t"));
        reopen();
        assertNotNull(node.of(KEYS).find("t"), "the mark of whose they are is left");
    }

    @Test
    void open_unreadable_beginsAnewAndSaysSo() throws IOException {
        build(node, KEYS, 1);
        node.close();
        Files.writeString(generation(1).resolve("CURRENT"), "what is this");
        open();
        assertNull(node.of(KEYS).find("s"));
        assertTrue(node.health().has(Problem.INDEXES_DAMAGED));
        build(node, KEYS, 1);
        for (int second = 0; second < 61; second++) {
            node.indexes().tend();
        }
        assertFalse(node.health().has(Problem.INDEXES_DAMAGED));
        assertEquals(1, node.indexes().damages());
        node.indexes().sweep((group, number) -> true);
        assertFalse(Files.exists(generation(1)));
        reopen();
        assertNotNull(node.of(KEYS).find("s"));
    }

    @Test
    void open_filesAreGone_beginsAnew() throws IOException {
        build(node, KEYS, 1);
        node.close();
        try (Stream<Path> files = Files.list(generation(1))) {
            for (Path file :
                    files.filter(name -> name.toString().endsWith(".sst")).toList()) {
                Files.delete(file);
            }
        }
        open();
        assertNull(node.of(KEYS).find("s"));
        assertTrue(node.health().has(Problem.INDEXES_DAMAGED));
        add(node.of(KEYS).obtain("s", "{}".getBytes(UTF_8), 1), 1);
    }

    @Test
    void read_damagedWhileItIsOpen_saysSoAndTheNextOneBeginsAnew() throws IOException {
        build(node, KEYS, 1);
        node.close();
        damage(generation(1));
        open();
        Indexes indexes = node.of(KEYS);
        // Whoever meets the damage fails; whether that is here or later depends on where it is.
        Throwable failure = assertThrows(RuntimeException.class, () -> {
            Index index = Objects.requireNonNull(indexes.find("s"), "s");
            try (IndexReader reader = index.read(1);
                    RowCursor rows = reader.rows(0, null, null, false)) {
                while (rows.next()) {
                    assertNotNull(rows.row());
                }
            }
        });
        assertTrue(
                failure instanceof StorageException damage && damage.kind() == StorageException.Kind.CORRUPT
                        || failure instanceof IndexException replaced
                                && replaced.kind() == IndexException.Kind.REPLACED,
                failure::toString);
        assertTrue(node.health().has(Problem.INDEXES_DAMAGED));
        Index anew = indexes.obtain("s", "{}".getBytes(UTF_8), 1);
        add(anew, 1);
        node.indexes().tend();
        assertFalse(Files.exists(generation(1)));
        assertEquals(List.of(), check(node, KEYS));
    }

    @Test
    void write_toAStoreThatWasReplaced_isRefusedAsSuch() {
        Indexes indexes = node.of(KEYS);
        Index index = indexes.obtain("s", "{}".getBytes(UTF_8), 1);
        node.indexes().ifThere().damage();
        assertFalse(index.isSound());
        for (Runnable use : List.<Runnable>of(() -> add(index, 1), () -> index.read(1))) {
            assertEquals(
                    IndexException.Kind.REPLACED,
                    assertThrows(IndexException.class, use::run).kind());
        }
        add(indexes.obtain("s", "{}".getBytes(UTF_8), 1), 1);
    }

    private static void damage(Path store) throws IOException {
        try (Stream<Path> files = Files.list(store)) {
            for (Path file :
                    files.filter(name -> name.toString().endsWith(".sst")).toList()) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    // Of the blocks with rows, which come first; opening looks at the end.
                    channel.write(ByteBuffer.wrap(new byte[4 << 10]), 100);
                }
            }
        }
    }

    @Test
    void commit_documentsAreNotWrittenEither_isRefused() {
        Index index = build(node, KEYS, 1);
        StorageException full = new StorageException(StorageException.Kind.FULL, "no space");
        node.main().hold(full);
        assertEquals(full, assertThrows(StorageException.class, () -> add(index, 2)));
        assertEquals(1, index.state().block());
        node.of(KEYS).drop("s");
        node.main().hold(null);
    }

    @Test
    void load_oneIndexIsNotWhole_isMadeAnewAndTheOthersStay() {
        Index index = build(node, KEYS, 1);
        node.of(KEYS).obtain("t", "{}".getBytes(UTF_8), 1);
        StoreSnapshot before = node.store().snapshot();
        assertArrayEquals(
                "{}".getBytes(UTF_8), before.get(Family.INDEX, index.space().definition()));
        before.release();
        try (Batch batch = node.store().batch()) {
            batch.put(Family.INDEX, index.space().state(), new byte[] {1});
            node.store().commit(batch);
        }
        Indexes again = node.of(KEYS);
        assertNull(again.find("s"));
        assertNotNull(again.find("t"));
        assertTrue(node.indexes().damages() == 0);
    }
}
