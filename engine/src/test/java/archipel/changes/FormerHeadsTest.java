package archipel.changes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Store;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of dropped databases. */
class FormerHeadsTest {
    @TempDir
    private Path directory;

    private Store store;
    private final FormerHeads heads = new FormerHeads(3);

    @BeforeEach
    void open() {
        store = Store.open(directory.resolve("store"), 1 << 20, 1 << 20);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static FormerHead head(long block, long seq) {
        byte[] hash = new byte[32];
        hash[0] = (byte) block;
        return new FormerHead(block, hash, seq);
    }

    private void drop(String name, long block, long position) {
        try (Batch batch = store.batch()) {
            heads.remember(batch, name, head(block, 10 * block), position);
            store.commit(batch);
        }
        heads.commit();
    }

    private static long take(FormerHeads from, Store store, String name) {
        try (Batch batch = store.batch()) {
            long block = from.take(batch, name).block();
            store.commit(batch);
            from.commit();
            return block;
        }
    }

    @Test
    void remember_moreNamesThanAreKept_forgetsTheOldest() {
        drop("a", 1, 10);
        drop("b", 2, 11);
        drop("a", 3, 12);
        drop("c", 4, 13);
        drop("d", 5, 14);
        drop("empty", 0, 15);
        FormerHeads loaded = FormerHeads.load(store, CatalogKeys.SYSTEM);
        assertEquals(0, take(loaded, store, "b"));
        assertEquals(3, take(loaded, store, "a"));
        assertEquals(0, take(loaded, store, "a"));
        assertEquals(4, take(loaded, store, "c"));
        assertEquals(5, take(FormerHeads.load(store, CatalogKeys.SYSTEM), store, "d"));
        assertEquals(0, take(FormerHeads.load(store, CatalogKeys.SYSTEM), store, "d"));
    }

    @Test
    void rollback_changesOfSeveralCommands_areUndone() {
        drop("a", 1, 10);
        drop("b", 2, 11);
        drop("c", 3, 12);
        try (Batch batch = store.batch()) {
            heads.remember(batch, "a", head(4, 4), 13);
            heads.take(batch, "b");
            heads.remember(batch, "d", head(5, 5), 14);
            heads.remember(batch, "e", head(6, 6), 15);
            assertEquals(0, heads.take(batch, "c").block());
        }
        heads.rollback();
        assertEquals(2, take(heads, store, "b"));
        assertEquals(1, take(heads, store, "a"));
        assertEquals(3, take(heads, store, "c"));
        assertEquals(0, take(heads, store, "d"));
    }

    @Test
    void and_severalDatabases_isTheFarthestOfEach() {
        Block shorter = BlockRow.next(
                new Block(2, new byte[32], new byte[32], 0, 90, 0, new byte[32], Block.Totals.NONE),
                0,
                90,
                List.of(),
                new byte[0],
                Block.Totals.NONE);
        FormerHead both = head(7, 20).and(FormerHead.of(shorter));
        assertEquals(7, both.block());
        assertEquals(90, both.lastSeq());
        assertTrue(both.is(7, head(7, 0).hash()));
        assertFalse(both.is(3, shorter.hash()));
        assertTrue(FormerHead.NONE.and(FormerHead.of(shorter)).is(3, shorter.hash()));
        assertFalse(FormerHead.NONE.is(0, new byte[32]));
    }
}
