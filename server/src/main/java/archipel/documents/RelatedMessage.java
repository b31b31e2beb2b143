package archipel.documents;

import archipel.document.Attachment;
import archipel.document.JsonBuffer;
import archipel.read.Reader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One document with the content of its attachments as {@code multipart/related}, as stored, in the order in which its
 * JSON lists them; without any it is plain JSON. Its length is known before it is written.
 */
public final class RelatedMessage {
    private static final byte[] CLOSING = "--".getBytes(StandardCharsets.US_ASCII);
    private static final int COPY_BYTES = 64 << 10;

    private final Reader reader;
    private final JsonBuffer json;
    private final List<Attachment> attachments;
    private final String boundary;
    private final byte[] opening;
    private final byte[] delimiter;
    private final List<byte[]> headers = new ArrayList<>();

    /**
     * @param json the document, its attachments marked as following
     * @param attachments those that follow
     */
    public RelatedMessage(Reader reader, JsonBuffer json, List<Attachment> attachments, String boundary) {
        this.reader = reader;
        this.json = json;
        this.attachments = attachments;
        this.boundary = boundary;
        this.opening = ascii("--" + boundary + "\r\nContent-Type: application/json\r\n\r\n");
        this.delimiter = ascii("\r\n--" + boundary);
        for (Attachment attachment : attachments) {
            headers.add(header(attachment));
        }
    }

    public boolean isPlain() {
        return attachments.isEmpty();
    }

    public String contentType() {
        return isPlain() ? "application/json" : "multipart/related; boundary=\"" + boundary + "\"";
    }

    /** Bytes. */
    public long length() {
        if (isPlain()) {
            return json.size();
        }
        long length = opening.length + (long) json.size() + delimiter.length + CLOSING.length;
        for (int i = 0; i < attachments.size(); i++) {
            length += headers.get(i).length + attachments.get(i).encodedLength() + delimiter.length;
        }
        return length;
    }

    public void writeTo(OutputStream out) throws IOException {
        if (isPlain()) {
            json.writeTo(out);
            return;
        }
        JsonBuffer head = new JsonBuffer(opening.length + json.size() + delimiter.length)
                .raw(opening)
                .raw(json.array(), 0, json.size())
                .raw(delimiter);
        head.writeTo(out);
        for (int i = 0; i < attachments.size(); i++) {
            out.write(headers.get(i));
            try (InputStream content = reader.attachments().open(attachments.get(i), 0)) {
                copy(content, out, Long.MAX_VALUE);
            }
            out.write(delimiter);
        }
        out.write(CLOSING);
    }

    private static byte[] header(Attachment attachment) {
        String name =
                attachment.name().replace("\"", "%22").replace("\r", "%0D").replace("\n", "%0A");
        String text = "\r\nContent-Disposition: attachment; filename=\"" + name + "\""
                + "\r\nContent-Type: " + MediaTypes.headerValue(attachment.contentType())
                + "\r\nContent-Length: " + attachment.encodedLength()
                + (attachment.encoding() == null ? "" : "\r\nContent-Encoding: " + attachment.encoding())
                + "\r\n\r\n";
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Passes bytes on, at most {@code maximum} of them. */
    static void copy(InputStream content, OutputStream out, long maximum) throws IOException {
        byte[] piece = new byte[(int) Math.min(COPY_BYTES, maximum)];
        long left = maximum;
        while (left > 0) {
            int read = content.read(piece, 0, (int) Math.min(piece.length, left));
            if (read < 0) {
                return;
            }
            out.write(piece, 0, read);
            left -= read;
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
