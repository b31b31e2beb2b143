package archipel.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.testkit.Directories;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.RocksDBException;

/** A store of documents, and one of indexes beside it. */
class TwoStoresTest {
    private static final byte[] KEY = {0, 1, 0, 0, 0, 1};
    private static final int BUFFER_BYTES = 8 << 20;

    @TempDir
    private Path directory;

    private Store open() {
        return Store.open(directory.resolve("store"), 1 << 20, BUFFER_BYTES);
    }

    private static void put(Store store, Family family, byte[] key, byte[] value) {
        try (Batch batch = store.batch()) {
            batch.put(family, key, value);
            store.commit(batch);
        }
    }

    @Test
    void openIndexes_killed_hasWhatWasFlushed() throws IOException {
        Path copy = directory.resolve("copy");
        try (Store store = open();
                Store indexes = store.openIndexes(directory.resolve("index"))) {
            put(indexes, Family.INDEX, KEY, new byte[] {1});
            indexes.flush();
            assertEquals(0, indexes.unflushedRows());
            put(indexes, Family.INDEX, KEY, new byte[] {2});
            assertEquals(1, indexes.unflushedRows());
            Directories.copy(directory.resolve("index"), copy);
        }
        try (Store store = open();
                Store killed = store.openIndexes(copy);
                Store closed = store.openIndexes(directory.resolve("index"))) {
            assertArrayEquals(new byte[] {1}, killed.get(Family.INDEX, KEY));
            assertArrayEquals(new byte[] {2}, closed.get(Family.INDEX, KEY));
        }
    }

    @Test
    void commit_manyRowsInBoth_keepsTheBoundThatTheyShare() {
        SplittableRandom random = new SplittableRandom(1);
        try (Store store = open();
                Store indexes = store.openIndexes(directory.resolve("index"))) {
            long most = 0;
            for (int i = 0; i < 400; i++) {
                byte[] value = new byte[50_000];
                random.nextBytes(value);
                // One after the other: what the first has left in its buffers must not be in the way of the second.
                boolean documents = i < 130;
                byte[] key = (new String(KEY, StandardCharsets.ISO_8859_1) + i).getBytes(StandardCharsets.ISO_8859_1);
                put(documents ? store : indexes, documents ? Family.BODY : Family.INDEX, key, value);
                most = Math.max(most, store.activeBufferBytes() + indexes.activeBufferBytes());
            }
            long bytes = most;
            assertTrue(bytes <= BUFFER_BYTES, () -> bytes + " bytes");
            assertTrue(indexes.fileBytes() / sstFiles(directory.resolve("index")) > 1 << 20, "small files");
        }
    }

    private static long sstFiles(Path store) {
        try (Stream<Path> files = Files.list(store)) {
            return files.filter(file -> file.toString().endsWith(".sst")).count();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void open_storeWithIndexesInIt_dropsThemAndKeepsTheRest(boolean flushed) throws RocksDBException {
        byte[] later = {0, 1, 0, 0, 0, 2};
        try (Store store = open()) {
            put(store, Family.DOCUMENT, KEY, new byte[] {1});
        }
        FormerStore.addIndexes(directory.resolve("store"), Family.BODY, later, flushed);
        assertTrue(names().contains("index"));
        try (Store store = Store.openReadOnly(directory.resolve("store"), 1 << 20)) {
            assertArrayEquals(new byte[] {1}, store.get(Family.DOCUMENT, KEY));
            assertArrayEquals(new byte[] {9}, store.get(Family.BODY, later));
        }
        for (int start = 1; start <= 2; start++) {
            try (Store store = open()) {
                assertArrayEquals(new byte[] {1}, store.get(Family.DOCUMENT, KEY));
                assertNull(store.get(Family.BODY, KEY));
                assertArrayEquals(new byte[] {9}, store.get(Family.BODY, later), "written in one batch with an index");
            }
            assertTrue(!names().contains("index"), "at start " + start);
        }
    }

    private List<String> names() throws RocksDBException {
        return FormerStore.families(directory.resolve("store"));
    }
}
