package archipel.documents;

import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.documents.ByteRanges.Range;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.ETags;
import archipel.http.Request;
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

    static void get(DatabaseRequest request, Answer answer) throws IOException {
        String id = request.path().documentId();
        String rev = request.parameters().get("rev");
        String ifMatch = request.header("If-Match");
        Revision matched = matchedRevision(ifMatch);
        Revision wanted = rev == null ? matched : Revision.parse(rev);
        if (matched != null && !matched.equals(wanted)) {
            throw new RequestException(ErrorCode.REVISION_AND_ETAG);
        }
        try (Reader reader = request.reader()) {
            DocumentBody body =
                    DocumentReadHandler.find(request, reader, id, wanted, false).body();
            Attachment attachment =
                    reader.attachments().asStored(named(body, request.path().attachmentName()));
            String etag = '"' + Base64.getEncoder().encodeToString(attachment.md5()) + '"';
            if (ifMatch != null && matched == null && !ETags.matchesStrongly(ifMatch, etag)) {
                throw new RequestException(ErrorCode.ATTACHMENT_CHANGED);
            }
            if (answer.notModified(etag)) {
                return;
            }
            answer.setAbsent("Cache-Control", "must-revalidate")
                    .set("Content-Security-Policy", "sandbox")
                    .set("Accept-Ranges", attachment.encoding() == null ? "bytes" : "none");
            if (attachment.encoding() == null) {
                identity(request, answer, reader, attachment);
            } else {
                encoded(request, answer, reader, attachment);
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
    private static @Nullable String range(Request request, Attachment attachment) {
        String condition = request.header("If-Range");
        String etag = '"' + Base64.getEncoder().encodeToString(attachment.md5()) + '"';
        return condition == null || condition.strip().equals(etag) ? request.header("Range") : null;
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

    private static void identity(DatabaseRequest request, Answer answer, Reader reader, Attachment attachment)
            throws IOException {
        List<Range> ranges;
        try {
            ranges = ByteRanges.parse(range(request, attachment), attachment.length());
        } catch (RequestException unsatisfiable) {
            answer.set("Content-Range", "bytes */" + attachment.length());
            answer.json(unsatisfiable.status(), unsatisfiable.json());
            return;
        }
        String type = MediaTypes.headerValue(attachment.contentType());
        if (ranges.size() > 1) {
            ranges(request, answer, reader, attachment, type, ranges);
            return;
        }
        answer.set("Content-Type", type);
        long offset = 0;
        long length = attachment.length();
        int code = 200;
        if (!ranges.isEmpty()) {
            Range range = ranges.getFirst();
            answer.set("Content-Range", range.of(attachment.length()));
            offset = range.first();
            length = range.length();
            code = 206;
        }
        OutputStream out = answer.open(code, length);
        if (request.verb() != Verb.HEAD) {
            try (InputStream content = reader.attachments().open(attachment, offset)) {
                RelatedMessage.copy(content, out, length);
            }
        }
        out.close();
    }

    private static void encoded(Request request, Answer answer, Reader reader, Attachment attachment)
            throws IOException {
        boolean asStored = request.acceptsGzip();
        answer.set("Content-Type", MediaTypes.headerValue(attachment.contentType()));
        if (asStored) {
            answer.set("Content-Encoding", String.valueOf(attachment.encoding()));
        }
        answer.add("Vary", "Accept-Encoding");
        long length = asStored ? attachment.encodedLength() : attachment.length();
        OutputStream out = answer.open(200, length);
        if (request.verb() != Verb.HEAD) {
            try (InputStream content =
                    asStored ? reader.attachments().open(attachment, 0) : AttachmentJson.decoded(reader, attachment)) {
                RelatedMessage.copy(content, out, length);
            }
        }
        out.close();
    }

    private static void ranges(
            DatabaseRequest request,
            Answer answer,
            Reader reader,
            Attachment attachment,
            String type,
            List<Range> ranges)
            throws IOException {
        String boundary = Boundaries.of(request, reader).next();
        answer.set("Content-Type", "multipart/byteranges; boundary=\"" + boundary + "\"");
        OutputStream out = answer.open(206, -1);
        if (request.verb() == Verb.HEAD) {
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
