package archipel.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.SortKey;
import archipel.storage.FaultyStore;
import archipel.storage.KeySpace;
import archipel.storage.StorageException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;

/** That summaries spare the rows that they are of. */
class SummaryTest {
    private static final KeySpace KEYS = new KeySpace(0, 1);
    private static final int ROWS = 20_000;
    /** Two edges of three levels, each some tens of rows or summaries. */
    private static final int FEW = 600;

    @TempDir
    private Path directory;

    private OpenIndexes store;
    private Index index;
    private final Counting reducer = new Counting();

    @BeforeEach
    void build() {
        store = new OpenIndexes(directory);
        index = store.of(KEYS).obtain("s", "{}".getBytes(UTF_8), 1);
        try (IndexWriter writer = index.write()) {
            for (int i = 0; i < ROWS; i++) {
                writer.replace("d" + i, 1, List.of(row(i, 1)));
                if (writer.pendingRows() == 5000) {
                    writer.commit(new IndexWriter.Progress(1, 1, 1, 0, "d" + i, false, 0), OpenIndexes.ANCHOR);
                }
            }
            writer.commit(new IndexWriter.Progress(1, 1, 1, 0, null, true, 0), OpenIndexes.ANCHOR);
            writer.summarise(List.of(reducer));
        }
        reducer.seen = 0;
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static byte[] key(int key) {
        return SortKey.of(JsonNodeFactory.instance.numberNode(key));
    }

    private static IndexRow row(int key, int value) {
        byte[] json = Integer.toString(value).getBytes(UTF_8);
        return new IndexRow(0, key(key), "d" + key, 0, Integer.toString(key).getBytes(UTF_8), json);
    }

    @Test
    void reduce_longRange_looksAtFewRows() {
        try (IndexReader reader = index.read(1)) {
            assertArrayEquals("17234".getBytes(UTF_8), reader.reduce(0, key(1111), key(18345), reducer));
            assertTrue(reducer.seen < FEW, () -> reducer.seen + " rows and reductions");
        }
    }

    @Test
    void reduce_afterOneChange_looksAtFewRowsNowAndThen() {
        try (IndexWriter writer = index.write()) {
            writer.replace("d5000", 2, List.of(row(5000, 10)));
            writer.commit(new IndexWriter.Progress(1, 2, 2, 0, null, true, 0), OpenIndexes.ANCHOR);
            for (int round = 0; round < 2; round++) {
                for (long block = 1; block <= 2; block++) {
                    reducer.seen = 0;
                    try (IndexReader reader = index.read(block)) {
                        byte[] expected = (block == 1 ? "20000" : "20009").getBytes(UTF_8);
                        assertArrayEquals(expected, reader.reduce(0, null, null, reducer));
                        assertEquals(ROWS, reader.count(0, null, null));
                    }
                    assertTrue(reducer.seen < FEW, () -> reducer.seen + " rows and reductions");
                }
                reducer.seen = 0;
                writer.summarise(List.of(reducer));
                assertTrue(reducer.seen < FEW, () -> reducer.seen + " rows and reductions");
            }
            assertEquals(0, reducer.seen);
        }
    }

    @Test
    void walk_aCursorFails_leavesNoneOpen() {
        FaultyStore disk = store.store();
        try (IndexWriter writer = index.write()) {
            writer.replace("d5000", 2, List.of(row(5000, 10)));
            writer.commit(new IndexWriter.Progress(1, 2, 2, 0, null, true, 0), OpenIndexes.ANCHOR);
            try (IndexReader reader = index.read(1)) {
                for (int after = 0; after < 2; after++) {
                    disk.failCursor(StorageException.Kind.IO, after);
                    assertThrows(StorageException.class, () -> reader.rows(0, null, null, false));
                    assertEquals(0, disk.openCursors());
                }
            }
            for (int after = 0; after < 2; after++) {
                disk.failCursor(StorageException.Kind.IO, after);
                assertThrows(StorageException.class, () -> writer.summarise(List.of(reducer)));
                assertEquals(0, disk.openCursors());
            }
            disk.failCursor(null, 0);
            writer.summarise(List.of(reducer));
        }
    }

    @Test
    void skip_toTheMiddle_landsThere() {
        try (IndexReader reader = index.read(1);
                RowCursor up = reader.rows(0, null, null, false);
                RowCursor down = reader.rows(0, null, null, true)) {
            assertEquals(12_345, up.skip(12_345));
            assertTrue(up.next());
            assertEquals("d12345", up.row().id());
            assertEquals(12_345, down.skip(12_345));
            assertTrue(down.next());
            assertEquals("d7654", down.row().id());
            assertEquals(7654, down.skip(ROWS));
        }
    }

    @Test
    void commit_firstRowsOfChunks_goAndComeWithTheirChunks() {
        List<Integer> firsts = IntStream.range(0, ROWS)
                .filter(i -> Chunks.level(IndexModel.place(row(i, 1))) > 0)
                .boxed()
                .skip(20)
                .limit(3)
                .toList();
        try (IndexWriter writer = index.write()) {
            for (long block = 2; block <= 5; block++) {
                boolean gone = block % 2 == 0;
                for (int first : firsts) {
                    writer.replace("d" + first, block, gone ? List.of() : List.of(row(first, 1)));
                }
                writer.commit(new IndexWriter.Progress(1, block, block, 0, null, true, 0), OpenIndexes.ANCHOR);
                assertHolds(block, gone ? ROWS - firsts.size() : ROWS);
                if (block == 3) {
                    writer.summarise(List.of(reducer));
                    assertHolds(block, ROWS);
                    assertHolds(2, ROWS - firsts.size());
                }
            }
        }
    }

    private void assertHolds(long block, int rows) {
        IndexCheck.run(store.store(), KEYS, what -> {
            throw new AssertionError(what);
        });
        try (IndexReader reader = index.read(block)) {
            assertEquals(rows, reader.count(0, null, null));
            assertArrayEquals(Integer.toString(rows).getBytes(UTF_8), reader.reduce(0, null, null, reducer));
        }
    }

    /** Sums, and counts what it is shown. */
    private static final class Counting implements Reducer {
        private long seen;

        @Override
        public byte[] reduce(List<IndexRow> rows) {
            seen += rows.size();
            return IndexModel.SUM.reduce(rows);
        }

        @Override
        public byte[] rereduce(List<byte[]> reductions) {
            seen += reductions.size();
            return IndexModel.SUM.rereduce(reductions);
        }
    }
}
