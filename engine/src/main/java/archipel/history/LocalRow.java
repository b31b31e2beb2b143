package archipel.history;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;

/**
 * A {@code _local} document as stored: how often it was written, then its JSON to the row's end.
 *
 * @param revision from 1
 */
public record LocalRow(long revision, byte[] json) {
    public byte[] encode() {
        return new RowWriter(json.length + 10).varint(revision).raw(json).toBytes();
    }

    public static LocalRow decode(byte[] value) {
        RowReader row = new RowReader(value);
        return new LocalRow(row.varint(), row.rest());
    }
}
