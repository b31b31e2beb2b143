package archipel.engine;

import archipel.changes.Block;
import archipel.changes.BlockRow;
import archipel.changes.Digests;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.Store;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Changes what a node has stored, as a fault of its program or its memory would. */
public final class Corruption {
    private static final int CACHE_BYTES = 8 << 20;

    private Corruption() {}

    /** Gives the newest block of a node's only database in a group another content. No process has the data open. */
    public static void changeHead(Path data, int group) {
        try (Store store = Store.open(data.resolve("store"), CACHE_BYTES, CACHE_BYTES, Store.Journal.NONE)) {
            changeHead(store, group);
            store.rewrite();
        }
    }

    /** As {@link #changeHead(Path, int)}, of a node that runs: until the database is written to again. */
    public static void changeHead(Node node, int group) {
        changeHead(node.store(), group);
    }

    private static void changeHead(Store store, int group) {
        byte[] lower = new CatalogKeys(group).states();
        try (Cursor states = store.cursor(Family.CATALOG, lower, CatalogKeys.after(lower));
                Batch batch = store.batch()) {
            if (!states.first()) {
                throw new IllegalStateException("group " + group + " has no database");
            }
            int number = new RowReader(states.key(), CatalogKeys.PREFIX).u32();
            DatabaseRow row = DatabaseRow.decode(group, number, states.value());
            Block head = row.state().head();
            Block changed = resealed(new Block(
                    head.number(),
                    head.hash(),
                    head.parent(),
                    head.timeMs(),
                    head.lastSeq(),
                    head.changes(),
                    Digests.of(head.content()),
                    head.totals()));
            KeySpace keys = new KeySpace(group, number);
            batch.put(Family.BLOCK, keys.block(head.number()), BlockRow.encode(changed));
            batch.put(
                    Family.CATALOG,
                    states.key(),
                    row.with(withHead(row.state(), changed), false).encode());
            store.commit(batch);
        }
    }

    private static Block resealed(Block block) {
        return new Block(
                block.number(),
                BlockRow.hash(block),
                block.parent(),
                block.timeMs(),
                block.lastSeq(),
                block.changes(),
                block.content(),
                block.totals());
    }

    private static DatabaseState withHead(DatabaseState state, Block head) {
        return new DatabaseState(
                state.uuid(),
                head,
                state.documents(),
                state.deletedDocuments(),
                state.bodyBytes(),
                state.liveBodyBytes(),
                state.attachmentBytes(),
                state.purgeSeq(),
                state.position());
    }

    /** Stores a fact that no command has put. No process has the data open. */
    public static void addFact(Path data, String key) {
        try (Store store = Store.open(data.resolve("store"), CACHE_BYTES, CACHE_BYTES, Store.Journal.NONE);
                Batch batch = store.batch()) {
            batch.put(Family.CATALOG, CatalogKeys.fact(key), "\"wrong\"".getBytes(StandardCharsets.UTF_8));
            store.commit(batch);
            store.rewrite();
        }
    }
}
