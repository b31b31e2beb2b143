package archipel.attachments;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;

/**
 * Attachment content that stored bodies name.
 *
 * @param references how many attachments of stored bodies name it, at least 1
 * @param upload whose chunks hold it
 * @param encodedLength bytes in all
 * @param chunkBytes in each chunk but the last
 */
public record ContentRow(long references, long upload, long encodedLength, int chunkBytes) {
    public ContentRow withReferences(long count) {
        return new ContentRow(count, upload, encodedLength, chunkBytes);
    }

    /** How many chunks there are. */
    public int chunks() {
        return Math.toIntExact((encodedLength + chunkBytes - 1) / chunkBytes);
    }

    public byte[] encode() {
        return new RowWriter(32)
                .varint(references)
                .u64(upload)
                .varint(encodedLength)
                .varint(chunkBytes)
                .toBytes();
    }

    public static ContentRow decode(byte[] value) {
        RowReader row = new RowReader(value);
        return new ContentRow(row.varint(), row.u64(), row.varint(), (int) row.varint());
    }
}
