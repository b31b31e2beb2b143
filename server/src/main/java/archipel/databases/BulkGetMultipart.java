package archipel.databases;

import archipel.databases.BulkGetRequest.Wanted;
import archipel.databases.BulkGetResult.Failed;
import archipel.databases.BulkGetResult.StoredRevision;
import archipel.document.JsonBuffer;
import archipel.documents.Boundaries;
import archipel.documents.DocumentOptions;
import archipel.documents.DocumentWriter;
import archipel.documents.RelatedMessage;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.Request;
import archipel.read.Reader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The answer of {@code _bulk_get} as a MIME message: a part for each document, which is a message of its own where
 * content of attachments comes with it.
 */
final class BulkGetMultipart {
    private final Request request;
    private final Answer answer;
    private final Reader reader;
    private final DocumentOptions options;
    private final Boundaries boundaries;
    private final byte[] delimiter;
    private final String boundary;

    BulkGetMultipart(DatabaseRequest request, Answer answer, Reader reader, DocumentOptions options) {
        this.request = request;
        this.answer = answer;
        this.reader = reader;
        this.options = options;
        this.boundaries = Boundaries.of(request, reader);
        // CouchDB's boundary begins with two hyphens itself, and some clients count them.
        this.boundary = "--" + boundaries.next();
        this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.US_ASCII);
    }

    void write(List<BulkGetRequest> requests, BulkGetReader lookup) throws IOException {
        String type = request.accepts("multipart/mixed") ? "multipart/mixed" : "multipart/related";
        answer.set("Content-Type", type + "; boundary=\"" + boundary + '"');
        try (OutputStream out = answer.open(200, -1)) {
            for (BulkGetRequest asked : requests) {
                DocumentOptions own = asked instanceof Wanted wanted
                                && !wanted.attachmentsSince().isEmpty()
                        ? options.withAttachmentsSince(wanted.attachmentsSince())
                        : options;
                for (BulkGetResult result : lookup.read(asked)) {
                    out.write(delimiter);
                    switch (result) {
                        case StoredRevision found -> write(out, found, own);
                        case Failed failed -> write(out, failed);
                    }
                }
            }
            if (!requests.isEmpty()) {
                out.write(delimiter);
                out.write("--\r\n".getBytes(StandardCharsets.US_ASCII));
            }
        }
    }

    private void write(OutputStream out, StoredRevision found, DocumentOptions own) throws IOException {
        RelatedMessage message = new DocumentWriter(reader, own)
                .related(found.record(), found.revision(), found.body(), boundaries.next());
        JsonBuffer head = new JsonBuffer();
        if (!message.isPlain()) {
            head.ascii("\r\nX-Doc-Id: ").raw(headerValue(found.record().id()));
            head.ascii("\r\nX-Rev-Id: ").raw(headerValue(found.revision().toString()));
        }
        head.ascii("\r\nContent-Type: ").ascii(message.contentType()).ascii("\r\n\r\n");
        head.writeTo(out);
        message.writeTo(out);
    }

    private static void write(OutputStream out, Failed failed) throws IOException {
        JsonBuffer part = new JsonBuffer();
        part.ascii("\r\nContent-Type: application/json; error=\"true\"\r\n\r\n");
        failed.write(part).writeTo(out);
    }

    /** An id may hold what would end a header's line. */
    private static byte[] headerValue(String text) {
        return text.replaceAll("[\\x00-\\x1f\\x7f]", "?").getBytes(StandardCharsets.UTF_8);
    }
}
