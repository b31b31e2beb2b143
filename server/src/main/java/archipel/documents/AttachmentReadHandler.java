package archipel.documents;

import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.documents.ByteRanges.Range;
import archipel.http.ETags;
import archipel.http.Exchange;
import archipel.http.Verb;
import archipel.read.Reader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** GET and HEAD of an attachment: passed on from the store to the socket, whole or in ranges. */
final class AttachmentReadHandler {
    private static final Pattern REVISION = Pattern.compile("\\d+-[^\",]*");

    private AttachmentReadHandler() {}

    static void get(Exchange exchange) throws IOException {
        String id = exchange.path().documentId();
        String rev = exchange.parameters().get("rev");
        String ifMatch = exchange.header("If-Match");
        Revision matched = matchedRevision(ifMatch);
        Revision wanted = rev == null ? matched : Revision.parse(rev);
        if (matched != null && !matched.equals(wanted)) {
            throw new RequestException(ErrorCode.REVISION_AND_ETAG);
        }
        try (Reader reader = exchange.reader()) {
            DocumentBody body = DocumentReadHandler.find(exchange, reader, id, wanted, false)
                    .body();
            Attachment attachment =
                    reader.attachments().asStored(named(body, exchange.path().attachmentName()));
            String etag = '"' + Base64.getEncoder().encodeToString(attachment.md5()) + '"';
            if (ifMatch != null && matched == null && !ETags.matchesStrongly(ifMatch, etag)) {
                throw new RequestException(ErrorCode.ATTACHMENT_CHANGED);
            }
            if (exchange.notModified(etag)) {
                return;
            }
            exchange.setAbsent("Cache-Control", "must-revalidate")
                    .set("Content-Security-Policy", "sandbox")
                    .set("Accept-Ranges", attachment.encoding() == null ? "bytes" : "none");
            if (attachment.encoding() == null) {
                identity(exchange, reader, attachment);
            } else {
                encoded(exchange, reader, attachment);
            }
        }
    }

    /**
     * The revision that {@code If-Match} names, which CouchDB takes for another way to give {@code rev}. Null where it
     * is a tag, as of the attachment itself, of which none is written like a revision.
     */
    private static @Nullable Revision matchedRevision(@Nullable String header) {
        String text = ETags.unquoted(header);
        return text == null || !REVISION.matcher(text).matches() ? null : Revision.parse(text);
    }

    /**
     * {@code Range} as far as it holds: where {@code If-Range} names another content than this the client has a part of
     * that other one, and needs the whole (RFC 9110, 13.1.5). A date can only be of another, since none is shown.
     */
    private static @Nullable String range(Exchange exchange, Attachment attachment) {
        String condition = exchange.header("If-Range");
        String etag = '"' + Base64.getEncoder().encodeToString(attachment.md5()) + '"';
        return condition == null || condition.strip().equals(etag) ? exchange.header("Range") : null;
    }

    /** @throws RequestException 404 {@code Document is missing attachment} */
    static Attachment named(DocumentBody body, String name) {
        for (Attachment attachment : body.attachments()) {
            if (attachment.name().equals(name)) {
                return attachment;
            }
        }
        throw new RequestException(ErrorCode.ATTACHMENT_MISSING);
    }

    private static void identity(Exchange exchange, Reader reader, Attachment attachment) throws IOException {
        List<Range> ranges;
        try {
            ranges = ByteRanges.parse(range(exchange, attachment), attachment.length());
        } catch (RequestException unsatisfiable) {
            exchange.set("Content-Range", "bytes */" + attachment.length());
            exchange.json(unsatisfiable.status(), unsatisfiable.json());
            return;
        }
        String type = MediaTypes.headerValue(attachment.contentType());
        if (ranges.size() > 1) {
            ranges(exchange, reader, attachment, type, ranges);
            return;
        }
        exchange.set("Content-Type", type);
        long offset = 0;
        long length = attachment.length();
        int code = 200;
        if (!ranges.isEmpty()) {
            Range range = ranges.getFirst();
            exchange.set("Content-Range", range.of(attachment.length()));
            offset = range.first();
            length = range.length();
            code = 206;
        }
        OutputStream out = exchange.open(code, length);
        if (exchange.verb() != Verb.HEAD) {
            try (InputStream content = reader.attachments().open(attachment, offset)) {
                RelatedMessage.copy(content, out, length);
            }
        }
        out.close();
    }

    private static void encoded(Exchange exchange, Reader reader, Attachment attachment) throws IOException {
        boolean asStored = exchange.acceptsGzip();
        exchange.set("Content-Type", MediaTypes.headerValue(attachment.contentType()));
        if (asStored) {
            exchange.set("Content-Encoding", String.valueOf(attachment.encoding()));
        }
        exchange.add("Vary", "Accept-Encoding");
        long length = asStored ? attachment.encodedLength() : attachment.length();
        OutputStream out = exchange.open(200, length);
        if (exchange.verb() != Verb.HEAD) {
            try (InputStream content =
                    asStored ? reader.attachments().open(attachment, 0) : AttachmentJson.decoded(reader, attachment)) {
                RelatedMessage.copy(content, out, length);
            }
        }
        out.close();
    }

    private static void ranges(Exchange exchange, Reader reader, Attachment attachment, String type, List<Range> ranges)
            throws IOException {
        String boundary = Boundaries.of(exchange, reader).next();
        exchange.set("Content-Type", "multipart/byteranges; boundary=\"" + boundary + "\"");
        OutputStream out = exchange.open(206, -1);
        if (exchange.verb() == Verb.HEAD) {
            return;
        }
        out.write(ascii("--" + boundary));
        for (Range range : ranges) {
            out.write(ascii(
                    "\r\nContent-Type: " + type + "\r\nContent-Range: " + range.of(attachment.length()) + "\r\n\r\n"));
            try (InputStream content = reader.attachments().open(attachment, range.first())) {
                RelatedMessage.copy(content, out, range.length());
            }
            out.write(ascii("\r\n--" + boundary));
        }
        out.write(ascii("--"));
        out.close();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
