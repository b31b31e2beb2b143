package archipel.documents;

import archipel.access.AttachmentIntake;
import archipel.access.DocumentWrite;
import archipel.access.GatedWrite;
import archipel.document.Attachment;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.http.Answer;
import archipel.http.BodyBuffer;
import archipel.http.DatabaseRequest;
import archipel.http.Request;
import archipel.mime.MultipartReader;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * POST of an HTML form to a document: files as {@code _attachments}, beside either a whole document as {@code _doc} or
 * the revision to add them to as {@code _rev}.
 */
final class FormHandler {
    private static final int FIELD_BYTES = 8 << 20;

    private final DocumentWrites writes;

    FormHandler(DocumentWrites writes) {
        this.writes = writes;
    }

    void post(DatabaseRequest request, Answer answer) throws IOException {
        requireReferer(request);
        String id = request.path().documentId();
        Names.validateDocumentId(id);
        String type = request.body().contentType();
        if (type == null || !type.startsWith("multipart/form-data")) {
            throw new RequestException(ErrorCode.NOT_FORM_DATA);
        }
        Revision revision;
        try (GatedWrite write = writes.open(request)) {
            Form form = read(new MultipartReader(request.body().stream(), MultipartReader.boundary(type)), write);
            ParsedDocument document = document(request, id, form);
            Map<String, Attachment> attachments = new LinkedHashMap<>();
            for (Attachment old : attachments(request, id, form)) {
                attachments.put(old.name(), old);
            }
            attachments.putAll(form.files);
            List<Attachment> sorted = new ArrayList<>(attachments.values());
            sorted.sort(Comparator.comparing(Attachment::name, Revision::compareUtf8));
            write.add(DocumentWrite.of(id, document, sorted));
            revision = DocumentWrites.commit(answer, write);
        }
        WriteAnswer.tag(answer, revision);
        WriteAnswer.send(answer, 201, id, revision);
    }

    private static Form read(MultipartReader parts, AttachmentIntake intake) throws IOException {
        String document = null;
        String revision = null;
        Map<String, Attachment> files = new LinkedHashMap<>();
        for (MultipartReader.Part part = parts.next(); part != null; part = parts.next()) {
            String disposition = part.header("content-disposition");
            String field = MultipartReader.parameter(disposition, "name");
            String file = MultipartReader.parameter(disposition, "filename");
            if ("_attachments".equals(field) && file != null && !file.isEmpty()) {
                Names.validateAttachmentName(file);
                String type = part.headers().get("content-type");
                files.put(file, intake.receive(file, type, null, part.content()));
            } else if ("_doc".equals(field)) {
                document = text(part);
            } else if ("_rev".equals(field)) {
                revision = text(part);
            }
        }
        return new Form(document, revision, files);
    }

    private static String text(MultipartReader.Part part) throws IOException {
        return new String(BodyBuffer.read(part.content(), -1, FIELD_BYTES), StandardCharsets.UTF_8);
    }

    private ParsedDocument document(DatabaseRequest request, String id, Form form) {
        if (form.document != null) {
            return DocumentHandler.revised(request, writes.parse(form.document.getBytes(StandardCharsets.UTF_8)));
        }
        Revision revision = Revision.parse(form.revision == null ? "" : form.revision);
        return new ParsedDocument(
                id,
                revision,
                false,
                null,
                List.of(),
                base(request, id, revision).json());
    }

    private static List<Attachment> attachments(DatabaseRequest request, String id, Form form) {
        return form.document != null
                ? List.of()
                : base(request, id, Revision.parse(String.valueOf(form.revision)))
                        .attachments();
    }

    private static DocumentBody base(DatabaseRequest request, String id, Revision revision) {
        try (Reader reader = request.newest()) {
            DocumentRecord record = reader.documents().find(id);
            DocumentBody body = record == null ? null : reader.documents().body(id, revision);
            if (body == null) {
                throw new RequestException(ErrorCode.MISSING_REVISION);
            }
            DocumentReadHandler.requireVisible(request, id, body);
            return body;
        }
    }

    private static void requireReferer(Request request) {
        String referer = request.header("Referer");
        if (referer == null) {
            throw new RequestException(ErrorCode.REFERER_MISSING);
        }
        String authority;
        try {
            authority = URI.create(referer).getAuthority();
        } catch (IllegalArgumentException e) {
            authority = null;
        }
        if (authority == null || !authority.equals(request.host())) {
            throw new RequestException(ErrorCode.REFERER_FOREIGN);
        }
    }

    private record Form(@Nullable String document, @Nullable String revision, Map<String, Attachment> files) {}
}
