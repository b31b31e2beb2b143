package archipel.index;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;

/**
 * What is known of the rows of a chunk.
 *
 * @param valid whether it is of the rows as they stand now; else nothing is known
 * @param lastChange no row in the chunk lives from or to a later block
 * @param rows how many stand
 * @param reduction of them; empty where there are none, or nothing but counts was asked for
 */
record Summary(boolean valid, long lastChange, long rows, byte[] reduction) {
    private static final byte[] NOTHING = {};

    static final Summary INVALID = new Summary(false, 0, 0, NOTHING);

    byte[] encode() {
        RowWriter row = new RowWriter(16 + reduction.length).u8(valid ? 1 : 0);
        return valid ? row.varint(lastChange).varint(rows).raw(reduction).toBytes() : row.toBytes();
    }

    static Summary decode(byte[] value) {
        RowReader row = new RowReader(value);
        return row.u8() == 1 ? new Summary(true, row.varint(), row.varint(), row.rest()) : INVALID;
    }
}
