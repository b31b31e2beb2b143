package archipel.index;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A row as stored under its place: the block it lives from, then what stays the same however long it lives: how long
 * its
 * sort key is, its key, its value.
 *
 * @param body all but the block
 */
record StoredRow(long from, byte[] body) {
    static byte[] body(IndexRow row) {
        return new RowWriter(6 + row.key().length + row.value().length)
                .varint(row.sortKey().length)
                .block(row.key())
                .raw(row.value())
                .toBytes();
    }

    byte[] encode() {
        return new RowWriter(6 + body.length).varint(from).raw(body).toBytes();
    }

    static StoredRow decode(byte[] value) {
        RowReader row = new RowReader(value);
        return new StoredRow(row.varint(), row.rest());
    }

    static long from(byte[] value) {
        return new RowReader(value).varint();
    }

    /** Bytes of key and value. */
    long jsonBytes() {
        RowReader row = new RowReader(body);
        row.varint();
        row.varint();
        return row.remaining();
    }

    /**
     * @param key has the row's place from {@link IndexSpace#PLACE} to {@code end}
     */
    static IndexRow decode(byte[] key, int end, byte[] value) {
        RowReader row = new RowReader(value);
        row.varint();
        int sortKeyLength = (int) row.varint();
        byte[] json = row.block();
        int sortKey = IndexSpace.PLACE + Place.VIEW;
        int id = sortKey + sortKeyLength;
        int idEnd = idEnd(key, id, end);
        return new IndexRow(
                Place.view(key, IndexSpace.PLACE),
                Arrays.copyOfRange(key, sortKey, id),
                id(key, id, idEnd),
                Place.ordinal(key, idEnd + 1),
                json,
                row.rest());
    }

    private static int idEnd(byte[] key, int from, int end) {
        int at = from;
        while (at + 1 < end && (key[at] != 0 || key[at + 1] == (byte) 0xff)) {
            at += key[at] == 0 ? 2 : 1;
        }
        return at;
    }

    /** The id that lies there, without its end. */
    static String id(byte[] key, int from, int end) {
        for (int at = from; at < end; at++) {
            if (key[at] == 0) {
                return unescaped(key, from, end);
            }
        }
        return new String(key, from, end - from, StandardCharsets.UTF_8);
    }

    private static String unescaped(byte[] key, int from, int end) {
        RowWriter id = new RowWriter(end - from);
        for (int at = from; at < end; at += key[at] == 0 ? 2 : 1) {
            id.u8(key[at]);
        }
        return new String(id.toBytes(), StandardCharsets.UTF_8);
    }
}
