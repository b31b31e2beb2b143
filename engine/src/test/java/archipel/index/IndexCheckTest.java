package archipel.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.SortKey;
import archipel.storage.Batch;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.JsonNodeFactory;

class IndexCheckTest {
    private static final KeySpace KEYS = new KeySpace(0, 1);

    @TempDir
    private Path directory;

    private OpenIndexes store;
    private IndexSpace space;

    @BeforeEach
    void build() {
        store = new OpenIndexes(directory);
        Index index = store.of(KEYS).obtain("s", "{}".getBytes(UTF_8), 1);
        space = index.space();
        try (IndexWriter writer = index.write()) {
            for (int i = 0; i < 200; i++) {
                writer.replace("d" + i, 1, List.of(row("d" + i, i)));
            }
            writer.commit(new IndexWriter.Progress(1, 1, 1, 0, null, true, 0), OpenIndexes.ANCHOR);
            writer.replace("d7", 2, List.of(row("d7", 1000)));
            writer.commit(new IndexWriter.Progress(1, 2, 2, 0, null, true, 0), OpenIndexes.ANCHOR);
            writer.summarise(List.of(Reducer.NONE));
        }
        assertEquals(List.of(), found());
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static IndexRow row(String id, int key) {
        byte[] sortKey = SortKey.of(JsonNodeFactory.instance.numberNode(key));
        return new IndexRow(0, sortKey, id, 0, Integer.toString(key).getBytes(UTF_8), new byte[] {'1'});
    }

    private List<String> found() {
        List<String> found = new ArrayList<>();
        IndexCheck.run(store.store(), KEYS, found::add);
        return found;
    }

    private void assertFinds(String what) {
        List<String> found = found();
        assertTrue(found.stream().anyMatch(line -> line.contains(what)), () -> what + " is not among " + found);
    }

    private void deleteFirst(IndexSpace.Part part) {
        try (Cursor rows = store.store().cursor(Family.INDEX, space.partLower(part), space.partUpper(part));
                Batch batch = store.store().batch()) {
            assertTrue(rows.first());
            batch.delete(Family.INDEX, rows.key());
            store.store().commit(batch);
        }
    }

    private void put(byte[] key, byte[] value) {
        try (Batch batch = store.store().batch()) {
            batch.put(Family.INDEX, key, value);
            store.store().commit(batch);
        }
    }

    @Test
    void run_lostRow_isFound() {
        deleteFirst(IndexSpace.Part.LIVE_ROWS);
        assertFinds("a row of document d0 is missing");
        assertFinds("199 rows of view 0, and said to be 200");
        assertFinds("its summary says");
    }

    @Test
    void run_lostPlaces_areFound() {
        deleteFirst(IndexSpace.Part.DOCUMENTS);
        assertFinds("200 rows, and said to be 199");
    }

    @Test
    void run_lostPastRow_isFound() {
        deleteFirst(IndexSpace.Part.PAST_ROWS);
        assertFinds("a row that document d7 had until block 2 is missing");
        assertFinds("0 past rows, and said to be 1");
    }

    @Test
    void run_lostEnd_isFound() {
        deleteFirst(IndexSpace.Part.ENDS);
        assertFinds("until block 2 would never be pruned");
    }

    @Test
    void run_summaries_areHeldAgainstRows() {
        byte[] first = Place.ofView(0);
        put(space.summary(1, first), new Summary(true, 2, 9999, new byte[0]).encode());
        assertFinds("its summary says 9999");
        put(space.summary(1, first), Summary.INVALID.encode());
        assertFinds("a chunk of level 2 has changed since its summary");
        deleteFirst(IndexSpace.Part.SUMMARIES);
        assertFinds("a chunk of level 1 has no summary");
        put(space.summary(3, Place.of(0, new byte[] {1})), Summary.INVALID.encode());
        put(space.summary(4, Place.of(0, new byte[] {1})), Summary.INVALID.encode());
        assertFinds("chunks of view 0");
    }

    @Test
    void run_rowsOfNoIndex_areFound() {
        put(new IndexSpace(KEYS, 9).state(), StoredState.empty(1).encode());
        assertFinds("there are rows of index number 9");
    }
}
