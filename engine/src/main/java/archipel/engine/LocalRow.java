package archipel.engine;

import archipel.document.Revision;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;

/** A {@code _local} document as stored: how often it was written, then its JSON to the row's end. */
final class LocalRow {
    private LocalRow() {}

    static byte[] encode(long revision, byte[] json) {
        return new RowWriter(json.length + 10).varint(revision).raw(json).toBytes();
    }

    static long revision(byte[] value) {
        return new RowReader(value).varint();
    }

    static LocalDocument decode(String id, byte[] value) {
        RowReader row = new RowReader(value);
        return new LocalDocument(id, new Revision(0, Long.toString(row.varint())), row.rest());
    }
}
