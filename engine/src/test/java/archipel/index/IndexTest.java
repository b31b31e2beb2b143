package archipel.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.SortKey;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;

class IndexTest {
    private static final KeySpace KEYS = new KeySpace(0, 1);
    private static final byte[] DEFINITION = "{\"a\":1}".getBytes(UTF_8);

    @TempDir
    private Path directory;

    private OpenIndexes store;
    private Indexes indexes;
    private Index index;

    @BeforeEach
    void open() {
        store = new OpenIndexes(directory);
        indexes = store.of(KEYS);
        index = indexes.obtain("s", DEFINITION, 1);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static IndexRow row(String id, int key) {
        return row(id, key, 0, "1");
    }

    private static IndexRow row(String id, int key, int ordinal, String value) {
        byte[] sortKey = SortKey.of(JsonNodeFactory.instance.numberNode(key));
        return new IndexRow(0, sortKey, id, ordinal, Integer.toString(key).getBytes(UTF_8), value.getBytes(UTF_8));
    }

    private static IndexWriter.Progress at(long block) {
        return new IndexWriter.Progress(1, block, block, 0, null, true, 0);
    }

    private static byte[] key(int key) {
        return SortKey.of(JsonNodeFactory.instance.numberNode(key));
    }

    private List<String> read(long block) {
        return read(block, null, null);
    }

    private List<String> read(long block, byte @Nullable [] from, byte @Nullable [] to) {
        List<String> found = new ArrayList<>();
        try (IndexReader reader = index.read(block);
                RowCursor rows = reader.rows(0, from, to, false)) {
            while (rows.next()) {
                IndexRow row = rows.row();
                found.add(
                        row.id() + new String(row.key(), UTF_8) + "." + row.ordinal() + new String(row.value(), UTF_8));
            }
        }
        return found;
    }

    private void write(long block, String id, IndexRow... rows) {
        try (IndexWriter writer = index.write()) {
            writer.replace(id, block, List.of(rows));
            writer.commit(at(block), OpenIndexes.ANCHOR);
        }
    }

    @Test
    void read_blockOutsideOfWhatIsThere_isRefused() {
        IndexException unbuilt = assertThrows(IndexException.class, () -> index.read(0));
        assertEquals(IndexException.Kind.BEHIND, unbuilt.kind());
        write(3, "a", row("a", 1));
        assertEquals(
                IndexException.Kind.BEHIND,
                assertThrows(IndexException.class, () -> index.read(4)).kind());
        assertEquals(
                IndexException.Kind.BELOW_BASE,
                assertThrows(IndexException.class, () -> index.read(0)).kind());
        assertEquals(List.of(), read(1));
        assertEquals(List.of("a1.01"), read(3));
    }

    @Test
    void replace_sameRows_keepsThemAndTheirHistory() {
        write(2, "a", row("a", 1), row("a", 2));
        write(3, "a", row("a", 1), row("a", 3));
        write(4, "a", row("a", 1, 0, "9"), row("a", 3));
        assertEquals(List.of("a1.01", "a2.01"), read(2));
        assertEquals(List.of("a1.01", "a3.01"), read(3));
        assertEquals(List.of("a1.09", "a3.01"), read(4));
        assertEquals(2, index.state().pastRows());
        assertEquals(4, index.state().bytes());
    }

    @Test
    void replace_twoRowsAtOnePlace_isRefused() {
        try (IndexWriter writer = index.write()) {
            List<IndexRow> rows = List.of(row("a", 1), row("a", 1, 0, "2"));
            assertThrows(IllegalArgumentException.class, () -> writer.replace("a", 1, rows));
        }
    }

    @Test
    void replace_severalTimesInOneBlock_leavesNoTraceOfWhatNobodySaw() {
        try (IndexWriter writer = index.write()) {
            writer.replace("a", 2, List.of(row("a", 1)));
            writer.replace("a", 2, List.of(row("a", 2)));
            writer.replace("b", 2, List.of(row("b", 2)));
            writer.commit(at(2), OpenIndexes.ANCHOR);
        }
        assertEquals(List.of("a2.01", "b2.01"), read(2));
        assertEquals(0, index.state().pastRows());
    }

    @Test
    void rows_boundsWithIds_cutBetweenDocuments() {
        for (String id : List.of("a", "a\0", "a\0b", "ab", "b")) {
            write(2, id, row(id, 1), row(id, 1, 1, "1"), row(id, 1, 300, "1"), row(id, 2));
        }
        assertEquals(
                8,
                read(2, IndexKeys.before(key(1), "a"), IndexKeys.after(key(1), "a\0b"))
                                .size()
                        - 1);
        assertEquals(
                List.of("a1.01", "a1.11", "a1.3001"),
                read(2, IndexKeys.before(key(1), "a"), IndexKeys.after(key(1), "a")));
        assertEquals(
                List.of("ab1.01", "ab1.11", "ab1.3001", "b1.01", "b1.11", "b1.3001"),
                read(2, IndexKeys.after(key(1), "a\0b"), IndexKeys.after(key(1))));
        assertEquals(5, read(2, IndexKeys.before(key(2)), null).size());
        assertEquals(List.of(), read(2, IndexKeys.after(key(2)), IndexKeys.before(key(1))));
    }

    @Test
    void write_whileAnotherWriter_isRefused() {
        IndexWriter first = index.write();
        assertThrows(IllegalStateException.class, index::write);
        first.close();
        first.close();
        index.write().close();
    }

    @Test
    void prune_withUncommitted_isRefused() {
        try (IndexWriter writer = index.write()) {
            writer.replace("a", 1, List.of(row("a", 1)));
            assertThrows(IllegalStateException.class, () -> writer.prune(1, 10));
            assertThrows(IllegalStateException.class, () -> writer.summarise(List.of(Reducer.NONE)));
            writer.commit(at(1), OpenIndexes.ANCHOR);
            assertFalse(writer.prune(1, 10));
        }
    }

    @Test
    void drop_underAReaderAndAWriter_endsTheWriterOnly() {
        write(2, "a", row("a", 1));
        IndexWriter writer = index.write();
        IndexReader reader = index.read(2);
        writer.replace("b", 3, List.of(row("b", 1)));
        indexes.drop("s");
        assertNull(indexes.find("s"));
        assertEquals(1, reader.rows(0));
        reader.close();
        IndexException late = assertThrows(IndexException.class, () -> writer.commit(at(3), OpenIndexes.ANCHOR));
        assertEquals(IndexException.Kind.DROPPED, late.kind());
        writer.close();
        assertEquals(
                IndexException.Kind.DROPPED,
                assertThrows(IndexException.class, () -> index.read(2)).kind());
        Index again = indexes.obtain("s", DEFINITION, 2);
        assertNotSame(index, again);
        assertEquals(2, again.state().views());
        assertFalse(again.state().scanned());
    }

    @Test
    void reopen_afterCommit_findsAllIndexesAsTheyStood() {
        indexes.obtain("r", "{}".getBytes(UTF_8), 3);
        write(2, "a", row("a", 1));
        store.close();
        store = new OpenIndexes(directory);
        indexes = store.of(KEYS);
        assertEquals(
                List.of("r", "s"),
                indexes.states().stream().map(IndexState::signature).toList());
        index = indexes.find("s");
        assertArrayEquals(DEFINITION, index.state().definition());
        assertEquals(2, index.state().block());
        assertEquals(List.of("a1.01"), read(2));
        assertNull(store.of(new KeySpace(0, 2)).find("s"));
    }

    @Test
    void leaveOut_untilTheDocumentChanges_isKnownAtTheBlocksConcerned() {
        try (IndexWriter writer = index.write()) {
            writer.replace("a", 2, List.of());
            writer.leaveOut("a", 2, 0, "too slow");
            writer.replace("b", 2, List.of());
            writer.leaveOut("b", 2, 0, "too large");
            writer.commit(at(2), OpenIndexes.ANCHOR);
        }
        index = reopened();
        assertEquals(
                List.of(new Gap(0, "a", 2, Gap.OPEN, "too slow"), new Gap(0, "b", 2, Gap.OPEN, "too large")),
                index.state().gaps());
        write(4, "a", row("a", 1));
        Gap past = new Gap(0, "a", 2, 4, "too slow");
        assertEquals(past, reopened().state().gaps().getFirst());
        assertFalse(past.covers(1));
        assertTrue(past.covers(2) && past.covers(3));
        assertFalse(past.covers(4));
        try (IndexWriter writer = index.write()) {
            writer.purge("b");
            writer.commit(at(5), OpenIndexes.ANCHOR);
        }
        assertEquals(List.of(past), index.state().gaps());
        try (IndexWriter writer = index.write()) {
            writer.prune(3, 10);
            assertEquals(List.of(past), index.state().gaps());
            writer.prune(4, 10);
        }
        assertEquals(List.of(), index.state().gaps());
    }

    @Test
    void leaveOut_uncommittedOrOfAFailedView_isForgotten() {
        try (IndexWriter writer = index.write()) {
            writer.replace("a", 2, List.of());
            writer.leaveOut("a", 2, 0, "too slow");
        }
        assertEquals(List.of(), index.state().gaps());
        try (IndexWriter writer = index.write()) {
            writer.replace("a", 2, List.of());
            writer.leaveOut("a", 2, 0, "too slow");
            // The same version again, as where a commit came in the midst of its block.
            writer.replace("a", 2, List.of());
            writer.leaveOut("a", 2, 0, "too slow again");
            writer.commit(at(2), OpenIndexes.ANCHOR);
            assertEquals(
                    List.of(new Gap(0, "a", 2, Gap.OPEN, "too slow again")),
                    index.state().gaps());
            writer.fail(0, "for good");
            writer.commit(at(3), OpenIndexes.ANCHOR);
        }
        assertEquals(List.of(), index.state().gaps());
    }

    private Index reopened() {
        return Objects.requireNonNull(store.of(KEYS).find("s"));
    }

    @Test
    void endAndClear_ofTheDatabase_takeAllRows() {
        write(2, "a", row("a", 1));
        IndexWriter writer = index.write();
        indexes.end();
        writer.replace("b", 3, List.of(row("b", 1)));
        assertThrows(IndexException.class, () -> writer.commit(at(3), OpenIndexes.ANCHOR));
        writer.close();
        assertThrows(IndexException.class, () -> indexes.obtain("t", DEFINITION, 1));
        indexes.clear();
        try (archipel.storage.Cursor rows = store.store().cursor(Family.INDEX, KEYS.lower(), KEYS.upper())) {
            assertFalse(rows.first());
        }
    }
}
