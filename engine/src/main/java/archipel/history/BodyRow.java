package archipel.history;

import archipel.changes.ChangeDigest;
import archipel.changes.Digests;
import archipel.document.Attachment;
import archipel.document.ContentHash;
import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.document.Revision.Stamp;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StampCodec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A body as stored: the number of the block that wrote it, the attachments' metadata, then the JSON to the row's end. A
 * revision that came with a stamp has that after the number, and a 0 before it. A revision names one content: what is
 * written again while it is still there keeps its first content, and gets the number of the later block.
 */
public final class BodyRow {
    /** In the place of the block's number, which follows, where a stamp follows that; no body is of block 0. */
    private static final long STAMPED = 0;

    private BodyRow() {}

    /** The part before the JSON, which a change's digest covers. */
    public static byte[] encodeAttachments(List<Attachment> attachments) {
        RowWriter row = new RowWriter(1 + 128 * attachments.size());
        row.varint(attachments.size());
        for (Attachment attachment : attachments) {
            row.text(attachment.name()).text(attachment.contentType()).varint(attachment.revisionPosition());
            row.raw(attachment.content().bytes()).varint(attachment.length()).varint(attachment.encodedLength());
            row.raw(attachment.md5()).text(attachment.encoding() == null ? "" : attachment.encoding());
        }
        return row.toBytes();
    }

    /** @param stamp null where it is the block's time and this node */
    public static byte[] encode(long block, @Nullable Stamp stamp, byte[] attachments, byte[] json) {
        return begin(new RowWriter(30 + attachments.length + json.length), block, stamp)
                .raw(attachments)
                .raw(json)
                .toBytes();
    }

    private static RowWriter begin(RowWriter row, long block, @Nullable Stamp stamp) {
        if (stamp == null) {
            return row.varint(block);
        }
        return StampCodec.write(row.varint(STAMPED).varint(block), stamp);
    }

    // The block's number; past the stamp.
    private static long begun(RowReader row) {
        long block = row.varint();
        if (block == STAMPED) {
            block = row.varint();
            StampCodec.read(row);
        }
        return block;
    }

    /** The same body, written by another block. */
    public static byte[] withBlock(byte[] value, long block) {
        RowReader row = new RowReader(value);
        begun(row);
        return begin(new RowWriter(30 + row.remaining()), block, stamp(value))
                .raw(row.rest())
                .toBytes();
    }

    /** The number of the block that wrote it. */
    public static long block(byte[] value) {
        return begun(new RowReader(value));
    }

    /** When the revision came to be; null where that is the time of the block that wrote it, on this node. */
    public static @Nullable Stamp stamp(byte[] value) {
        RowReader row = new RowReader(value);
        if (row.varint() != STAMPED) {
            return null;
        }
        row.varint();
        return StampCodec.read(row);
    }

    public static DocumentBody decode(byte[] value) {
        RowReader row = new RowReader(value);
        begun(row);
        List<Attachment> attachments = readAttachments(row);
        return new DocumentBody(row.rest(), attachments);
    }

    /** Reads no more than what comes before the JSON. */
    public static Metadata decodeMetadata(byte[] value) {
        RowReader row = new RowReader(value);
        long block = begun(row);
        int attachmentsOffset = row.position();
        List<Attachment> attachments = readAttachments(row);
        return new Metadata(block, attachments, row.remaining(), attachmentsOffset, row.position());
    }

    /** The body as a change's digest covers it. */
    public static ChangeDigest.Written digested(Revision revision, byte[] value) {
        Metadata metadata = decodeMetadata(value);
        return new ChangeDigest.Written(
                revision,
                Arrays.copyOfRange(value, metadata.attachmentsOffset, metadata.jsonOffset),
                Digests.of(Arrays.copyOfRange(value, metadata.jsonOffset, value.length)));
    }

    /** Reads what {@link #encodeAttachments} wrote. */
    public static List<Attachment> readAttachments(RowReader row) {
        int count = row.count();
        if (count == 0) {
            return List.of();
        }
        // Each takes more than a byte: a damaged count must not take memory before that is found.
        List<Attachment> attachments = new ArrayList<>(Math.min(count, 64));
        for (int i = 0; i < count; i++) {
            String name = row.text();
            String type = row.text();
            int position = (int) row.varint();
            ContentHash content = new ContentHash(row.raw(32));
            long length = row.varint();
            long encodedLength = row.varint();
            byte[] md5 = row.raw(16);
            String encoding = row.text();
            attachments.add(new Attachment(
                    name, type, position, content, length, encodedLength, md5, encoding.isEmpty() ? null : encoding));
        }
        return List.copyOf(attachments);
    }

    /**
     * @param block that wrote the body
     * @param jsonBytes length of the JSON
     * @param attachmentsOffset where the attachments' metadata begins in the row
     * @param jsonOffset where the JSON begins
     */
    public record Metadata(
            long block, List<Attachment> attachments, int jsonBytes, int attachmentsOffset, int jsonOffset) {}
}
