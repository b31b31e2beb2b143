package archipel.documents;

import archipel.access.DocumentWrite;
import archipel.access.NewAttachments;
import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.HttpServices;
import archipel.http.Request;
import archipel.http.RequestBody;
import archipel.http.Router;
import archipel.mime.PercentCoding;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Attachments by themselves: {@code /{db}/{id}/{name…}}. */
final class AttachmentHandler {
    private static final byte[] EMPTY = "{}".getBytes(StandardCharsets.US_ASCII);
    private static final Comparator<Attachment> BY_NAME = Comparator.comparing(Attachment::name, Revision::compareUtf8);

    private final DocumentWrites writes;

    AttachmentHandler(HttpServices services) {
        this.writes = new DocumentWrites(services);
    }

    void register(Router router) {
        router.attachment("DELETE,GET,HEAD,PUT")
                .get(AttachmentReadHandler::get)
                .put(this::put)
                .delete(this::delete);
    }

    private void put(DatabaseRequest request, Answer answer) throws IOException {
        String id = request.path().documentId();
        String name = request.path().attachmentName();
        Names.validateAttachmentName(name);
        Names.validateDocumentId(id);
        String encoding = encoding(request);
        Revision parent = GivenRevision.of(request, null);
        Edited edited = edited(request, id, parent, null);
        NewAttachments.Content content = intake -> {
            RequestBody body = request.body();
            Attachment received = intake.receive(name, contentType(body), encoding, body.raw());
            verify(request, received);
            List<Attachment> attachments = new ArrayList<>(edited.without(name));
            attachments.add(received);
            attachments.sort(BY_NAME);
            return attachments;
        };
        DocumentWrite write =
                new DocumentWrite(id, edited.parsed(id, parent), true, new NewAttachments.Received(content));
        Revision revision = writes.write(request, answer, write);
        answer.set(
                "Location",
                request.origin() + "/" + PercentCoding.encode(request.path().segment(0)) + "/"
                        + PercentCoding.encode(id) + "/" + PercentCoding.encode(name));
        WriteAnswer.send(answer, 201, id, revision);
    }

    private void delete(DatabaseRequest request, Answer answer) throws IOException {
        String id = request.path().documentId();
        String name = request.path().attachmentName();
        Names.validateAttachmentName(name);
        Revision parent = GivenRevision.of(request, null);
        Edited edited = edited(request, id, parent, name);
        if (parent == null) {
            throw new RequestException(ErrorCode.CONFLICT);
        }
        DocumentWrite write = DocumentWrite.of(id, edited.parsed(id, parent), edited.without(name));
        Revision revision = writes.write(request, answer, write);
        WriteAnswer.send(answer, 200, id, revision);
    }

    /**
     * What the edit is made on, refused before any content is taken in where it would be after.
     *
     * @param required an attachment that has to be there; null for none
     */
    private static Edited edited(
            DatabaseRequest request, String id, @Nullable Revision parent, @Nullable String required) {
        try (Reader reader = request.newest()) {
            DocumentRecord record = reader.documents().find(id);
            if (parent == null) {
                if (required != null) {
                    require(
                            DocumentReadHandler.find(request, reader, id, null, false)
                                    .body(),
                            required);
                } else if (record != null && !record.winner().deleted()) {
                    DocumentReadHandler.find(request, reader, id, null, false);
                    throw new RequestException(ErrorCode.CONFLICT);
                }
                return new Edited(EMPTY, List.of(), false);
            }
            DocumentBody body = record == null ? null : reader.documents().body(id, parent);
            if (record == null || body == null) {
                throw new RequestException(ErrorCode.MISSING_REVISION);
            }
            DocumentReadHandler.requireVisible(request, id, body);
            if (required != null) {
                require(body, required);
            }
            if (!record.isLeaf(parent)) {
                throw new RequestException(ErrorCode.CONFLICT);
            }
            return new Edited(body.json(), body.attachments(), record.isDeleted(parent));
        }
    }

    private static void require(DocumentBody body, String name) {
        AttachmentReadHandler.named(body, name);
    }

    private static @Nullable String encoding(Request request) {
        String given = request.header("Content-Encoding");
        String encoding = given == null ? "identity" : given.strip().toLowerCase(Locale.ROOT);
        return switch (encoding) {
            case "identity", "" -> null;
            case "gzip" -> "gzip";
            default -> throw new RequestException(ErrorCode.ATTACHMENT_ENCODING);
        };
    }

    private static @Nullable String contentType(RequestBody body) {
        String type = body.contentType();
        return type == null || type.isBlank() ? null : type;
    }

    private static void verify(Request request, Attachment received) {
        String md5 = request.header("Content-MD5");
        if (md5 != null && !md5.strip().equals(Base64.getEncoder().encodeToString(received.md5()))) {
            throw new RequestException(ErrorCode.ATTACHMENT_DIGEST);
        }
    }

    /** The document that an attachment is put to or taken from. */
    private record Edited(byte[] json, List<Attachment> attachments, boolean deleted) {
        ParsedDocument parsed(String id, @Nullable Revision parent) {
            return new ParsedDocument(id, parent, deleted, null, List.of(), json);
        }

        List<Attachment> without(String name) {
            return attachments.stream()
                    .filter(attachment -> !attachment.name().equals(name))
                    .toList();
        }
    }
}
