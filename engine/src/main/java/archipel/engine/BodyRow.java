package archipel.engine;

import archipel.document.Attachment;
import archipel.document.ContentHash;
import archipel.document.DocumentBody;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import java.util.ArrayList;
import java.util.List;

/** A body as stored: the attachments' metadata, then the JSON to the row's end. */
final class BodyRow {
    private BodyRow() {}

    /** The part before the JSON, which a change's digest covers. */
    static byte[] encodeAttachments(List<Attachment> attachments) {
        RowWriter row = new RowWriter(1 + 128 * attachments.size());
        row.varint(attachments.size());
        for (Attachment attachment : attachments) {
            row.text(attachment.name()).text(attachment.contentType()).varint(attachment.revisionPosition());
            row.raw(attachment.content().bytes()).varint(attachment.length()).varint(attachment.encodedLength());
            row.raw(attachment.md5()).text(attachment.encoding() == null ? "" : attachment.encoding());
        }
        return row.toBytes();
    }

    static byte[] encode(byte[] attachments, byte[] json) {
        return new RowWriter(attachments.length + json.length)
                .raw(attachments)
                .raw(json)
                .toBytes();
    }

    static DocumentBody decode(byte[] value) {
        RowReader row = new RowReader(value);
        List<Attachment> attachments = readAttachments(row);
        return new DocumentBody(row.rest(), attachments);
    }

    /** Reads no more than the attachments. */
    static Metadata decodeMetadata(byte[] value) {
        RowReader row = new RowReader(value);
        List<Attachment> attachments = readAttachments(row);
        return new Metadata(attachments, row.remaining(), row.position());
    }

    private static List<Attachment> readAttachments(RowReader row) {
        int count = row.count();
        if (count == 0) {
            return List.of();
        }
        List<Attachment> attachments = new ArrayList<>(count);
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
     * @param jsonBytes length of the JSON
     * @param jsonOffset where it begins in the row
     */
    record Metadata(List<Attachment> attachments, int jsonBytes, int jsonOffset) {}
}
