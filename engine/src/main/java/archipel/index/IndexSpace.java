package archipel.index;

import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

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

    // Of index 0.
    private static final int NEXT = 1;
    private static final int SIGNATURE = 2;
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
