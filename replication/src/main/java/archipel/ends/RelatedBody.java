package archipel.ends;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * A document with attachments that follow it, as {@code multipart/related}: what a PUT of a document takes. Content is
 * passed on as it comes. For one use.
 */
final class RelatedBody {
    private static final int PIECE_BYTES = 32 << 10;

    private final AttachedDocument attached;
    private final String boundary;
    private final byte[] opening;
    private final byte[] delimiter;
    private final byte[] closing;
    private final List<byte[]> heads;

    RelatedBody(AttachedDocument attached, String boundary) {
        this.attached = attached;
        this.boundary = boundary;
        this.opening = bytes("--" + boundary + "\r\nContent-Type: application/json\r\n\r\n");
        this.delimiter = bytes("\r\n--" + boundary);
        this.closing = bytes("--");
        this.heads = attached.following().stream().map(RelatedBody::head).toList();
    }

    String contentType() {
        return "multipart/related; boundary=\"" + boundary + "\"";
    }

    /** Bytes; -1 where an attachment does not say how long it is. */
    long length() {
        long length = opening.length + (long) attached.document().length() + delimiter.length + closing.length;
        for (int i = 0; i < heads.size(); i++) {
            long content = encodedLength(attached.following().get(i));
            if (content < 0) {
                return -1;
            }
            length += heads.get(i).length + content + delimiter.length;
        }
        return length;
    }

    private static long encodedLength(AttachmentStub stub) {
        return stub.encoding() == null ? stub.length() : stub.encodedLength();
    }

    void write(OutputStream out) throws IOException {
        FetchedDocument document = attached.document();
        out.write(opening);
        out.write(document.array(), document.offset(), document.length());
        out.write(delimiter);
        byte[] piece = new byte[PIECE_BYTES];
        for (byte[] head : heads) {
            out.write(head);
            InputStream content = attached.next();
            for (int read = content.read(piece); read >= 0; read = content.read(piece)) {
                out.write(piece, 0, read);
            }
            out.write(delimiter);
        }
        out.write(closing);
    }

    private static byte[] head(AttachmentStub stub) {
        String name = stub.name().replace("\"", "%22").replace("\r", "%0D").replace("\n", "%0A");
        String type = stub.contentType() == null ? "application/octet-stream" : stub.contentType();
        long length = encodedLength(stub);
        return bytes("\r\nContent-Disposition: attachment; filename=\"" + name + "\""
                + "\r\nContent-Type: " + printable(type)
                + (length < 0 ? "" : "\r\nContent-Length: " + length)
                + (stub.encoding() == null ? "" : "\r\nContent-Encoding: " + printable(stub.encoding()))
                + "\r\n\r\n");
    }

    /** A source says these, which must not begin another line of the head, or end it. */
    private static String printable(String value) {
        return value.replaceAll("[\\x00-\\x1f\\x7f]", "");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
