package archipel.index;

import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The keys of one index in {@link archipel.storage.Family#INDEX}, and of what tells which indexes there are.
 *
 * @param number of the index among its database's, from 1, never used again
 */
record IndexSpace(KeySpace keys, int number) {
    /** Where a key's {@link Place} begins, but for that of a summary, which is one later. */
    static final int PLACE = KeySpace.PREFIX + 5;

    /** Bytes of the block number that ends the key of a past row. */
    static final int TO = Long.BYTES;

    /** → whose indexes these are; after those of all groups. */
    static final byte[] OWNER = new KeySpace(0xffff, 0).lower();

    /** Before all rows. */
    static final byte[] FIRST = new KeySpace(0, 0).lower();

    // Of index 0.
    private static final int NEXT = 1;
    private static final int SIGNATURE = 2;
    private static final int DROPPED = 3;
    // Of any other.
    private static final int STATE = 1;
    private static final int DEFINITION = 2;
    private static final int LIVE = 3;
    private static final int PAST = 4;
    private static final int DOCUMENT = 5;
    private static final int HISTORY = 6;
    private static final int ENDED = 7;
    private static final int SUMMARY = 8;

    /** → the number that the next index gets. */
    static byte[] next(KeySpace keys) {
        return keys.index(0, NEXT);
    }

    /** Signature → the index's number. */
    static byte[] signature(KeySpace keys, String signature) {
        return of(keys.index(0, SIGNATURE), signature.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] signatures(KeySpace keys) {
        return keys.index(0, SIGNATURE);
    }

    static String signature(byte[] key) {
        return new String(key, PLACE, key.length - PLACE, StandardCharsets.UTF_8);
    }

    /** Of the database that a row belongs to. */
    static KeySpace keys(byte[] key) {
        return new KeySpace(new RowReader(key).u16(), KeySpace.database(key));
    }

    /** The index's number → nothing: it was dropped, and its rows are to be deleted. */
    byte[] dropped() {
        byte[] prefix = keys.index(0, DROPPED);
        return new RowWriter(prefix.length + Integer.BYTES)
                .raw(prefix)
                .u32(number)
                .toBytes();
    }

    /** The indexes of a database that were dropped and may have rows still. */
    static List<IndexSpace> dropped(StoreSnapshot store, KeySpace keys) {
        List<IndexSpace> found = new ArrayList<>();
        try (Cursor rows = store.cursor(Family.INDEX, keys.index(0, DROPPED), keys.index(0, DROPPED + 1))) {
            for (boolean more = rows.first(); more; more = rows.next()) {
                found.add(new IndexSpace(keys, new RowReader(rows.key(), PLACE).u32()));
            }
        }
        return found;
    }

    /** Rewrites the index's files, so that the space of what was deleted is given back. Takes long. */
    void compact(Store store) {
        // While it is held the store is not closed.
        StoreSnapshot open = store.snapshot();
        try {
            store.reclaim(Family.INDEX, lower(), upper());
        } finally {
            open.release();
        }
    }

    byte[] lower() {
        return keys.index(number);
    }

    byte[] upper() {
        return KeySpace.successor(lower());
    }

    /** → {@link StoredState}. */
    byte[] state() {
        return keys.index(number, STATE);
    }

    /** → signature, definition. */
    byte[] definition() {
        return keys.index(number, DEFINITION);
    }

    /** Place → {@link StoredRow}: what stands now. */
    byte[] live(byte[] place) {
        return of(keys.index(number, LIVE), place);
    }

    /** Place, the block the row lived to → {@link StoredRow}. */
    byte[] past(byte[] place, long to) {
        byte[] prefix = keys.index(number, PAST);
        return new RowWriter(prefix.length + place.length + TO)
                .raw(prefix)
                .raw(place)
                .u64(to)
                .toBytes();
    }

    /** Before all past rows there or later. */
    byte[] past(byte[] place) {
        return of(keys.index(number, PAST), place);
    }

    /** Id → the {@link Places} of what it emits now; there only if it emits something. */
    byte[] document(String id) {
        return of(keys.index(number, DOCUMENT), id.getBytes(StandardCharsets.UTF_8));
    }

    static String documentId(byte[] key) {
        return new String(key, PLACE, key.length - PLACE, StandardCharsets.UTF_8);
    }

    /** Id, the block they lived to → the {@link Places} of its rows that did. */
    byte[] history(String id, long to) {
        byte[] prefix = keys.index(number, HISTORY);
        byte[] ended = IndexKeys.ofDocument(prefix, id, 0).toBytes();
        return new RowWriter(ended.length + TO).raw(ended).u64(to).toBytes();
    }

    byte[] historyUpper(String id) {
        return IndexKeys.after(keys.index(number, HISTORY), id);
    }

    static String historyId(byte[] key) {
        return StoredRow.id(key, PLACE, key.length - TO - 1);
    }

    /** The block number that ends a key of {@link #past(byte[], long)} or {@link #history}. */
    static long to(byte[] key) {
        return new RowReader(key, key.length - TO).u64();
    }

    /** The block they lived to, id → nothing: there is such a row of {@link #history}. */
    byte[] ended(long to, String id) {
        byte[] prefix = keys.index(number, ENDED);
        byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
        return new RowWriter(prefix.length + TO + utf8.length)
                .raw(prefix)
                .u64(to)
                .raw(utf8)
                .toBytes();
    }

    static long endedTo(byte[] key) {
        return new RowReader(key, PLACE).u64();
    }

    static String endedId(byte[] key) {
        return new String(key, PLACE + TO, key.length - PLACE - TO, StandardCharsets.UTF_8);
    }

    /** Level, place where the chunk begins → {@link Summary}. */
    byte[] summary(int level, byte[] place) {
        byte[] prefix = keys.index(number, SUMMARY);
        return new RowWriter(prefix.length + 1 + place.length)
                .raw(prefix)
                .u8(level)
                .raw(place)
                .toBytes();
    }

    /** The place in a summary's key. */
    static byte[] chunkPlace(byte[] key) {
        return Arrays.copyOfRange(key, PLACE + 1, key.length);
    }

    byte[] partLower(Part part) {
        return keys.index(number, part.number);
    }

    byte[] partUpper(Part part) {
        return keys.index(number, part.number + 1);
    }

    private static byte[] of(byte[] prefix, byte[] suffix) {
        return new RowWriter(prefix.length + suffix.length)
                .raw(prefix)
                .raw(suffix)
                .toBytes();
    }

    /** What is walked over whole. */
    enum Part {
        LIVE_ROWS(LIVE),
        PAST_ROWS(PAST),
        DOCUMENTS(DOCUMENT),
        HISTORIES(HISTORY),
        ENDS(ENDED),
        SUMMARIES(SUMMARY);

        private final int number;

        Part(int number) {
            this.number = number;
        }
    }
}
