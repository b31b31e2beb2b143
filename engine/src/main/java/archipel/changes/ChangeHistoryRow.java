package archipel.changes;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;

/** A change row whose place a later change of the same document took: the later change's block, then the row. */
public final class ChangeHistoryRow {
    private ChangeHistoryRow() {}

    static byte[] encode(long supersededAt, byte[] change) {
        return new RowWriter(10 + change.length)
                .varint(supersededAt)
                .raw(change)
                .toBytes();
    }

    /** The block from which on the change is no longer shown. */
    public static long supersededAt(byte[] value) {
        return new RowReader(value).varint();
    }

    /** The change row as it was. */
    public static byte[] change(byte[] value) {
        RowReader row = new RowReader(value);
        row.varint();
        return row.rest();
    }
}
