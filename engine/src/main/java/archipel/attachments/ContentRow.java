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
 * @param decodedLength bytes once decoded, where it was found to be whole gzip; {@link #UNKNOWN} where nobody looked
 */
public record ContentRow(long references, long upload, long encodedLength, int chunkBytes, long decodedLength) {
    public static final long UNKNOWN = -1;

    public ContentRow withReferences(long count) {
        return new ContentRow(count, upload, encodedLength, chunkBytes, decodedLength);
    }

    public ContentRow withDecodedLength(long length) {
        return new ContentRow(references, upload, encodedLength, chunkBytes, length);
    }

    /** How many chunks there are. */
    public int chunks() {
        return Math.toIntExact((encodedLength + chunkBytes - 1) / chunkBytes);
    }

    public byte[] encode() {
        RowWriter row = new RowWriter(32)
                .varint(references)
                .u64(upload)
                .varint(encodedLength)
                .varint(chunkBytes);
        return (decodedLength == UNKNOWN ? row : row.varint(decodedLength)).toBytes();
    }

    public static ContentRow decode(byte[] value) {
        RowReader row = new RowReader(value);
        return new ContentRow(
                row.varint(),
                row.u64(),
                row.varint(),
                (int) row.varint(),
                row.remaining() > 0 ? row.varint() : UNKNOWN);
    }
}
