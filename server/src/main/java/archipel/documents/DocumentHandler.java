package archipel.documents;

import archipel.access.DocumentWrite;
import archipel.access.GatedWrite;
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
import archipel.http.HttpSettings;
import archipel.http.Request;
import archipel.http.Router;
import archipel.http.Verb;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Single documents: {@code /{db}/{id}}, and POST to the database, which makes one. */
final class DocumentHandler {
    private static final byte[] EMPTY = "{}".getBytes(StandardCharsets.US_ASCII);

    private final DocumentWrites writes;
    private final HttpSettings settings;
    private final Supplier<String> newIds;
    private final DocumentReadHandler reads = new DocumentReadHandler();
    private final LocalDocumentHandler locals;
    private final FormHandler forms;

    /** @param newIds names documents that come without an id */
    DocumentHandler(HttpServices services, Supplier<String> newIds) {
        this.writes = new DocumentWrites(services);
        this.settings = services.settings();
        this.newIds = newIds;
        this.locals = new LocalDocumentHandler(services);
        this.forms = new FormHandler(writes);
    }

    void register(Router router) {
        router.document("DELETE,GET,HEAD,POST,PUT,COPY")
                .get(reads::get)
                .put(this::put)
                .forms()
                .post(forms::post)
                .delete(this::delete)
                .on(Verb.COPY, this::copy)
                .peers(Verb.GET);
    }

    /** POST to a database: a document with or without an id. */
    void create(DatabaseRequest request, Answer answer) throws IOException {
        request.requireNewest();
        ParsedDocument document = writes.parse(request.body().requireJson().bytes());
        String id = document.id() == null ? newIds.get() : document.id();
        if (Names.isLocal(id)) {
            locals.write(request, answer, id, document);
            return;
        }
        Names.validateDocumentId(id);
        Revision revision;
        try (GatedWrite write = writes.open(request)) {
            write.add(DocumentWrite.of(id, document, true));
            if (isBatch(request)) {
                commitBatch(answer, write);
                WriteAnswer.sendBatch(answer, id);
                return;
            }
            revision = DocumentWrites.commit(answer, write);
        }
        WriteAnswer.locate(request, answer, id);
        WriteAnswer.send(answer, 201, id, revision);
    }

    private void put(DatabaseRequest request, Answer answer) throws IOException {
        String id = request.path().documentId();
        Names.validateDocumentId(id);
        request.requireNewest();
        boolean newEdits = !"false".equals(request.parameters().get("new_edits"));
        String type = request.body().contentType();
        Revision revision;
        DocumentWrite document = type != null && type.startsWith("multipart/related;")
                ? followed(request, id, newEdits)
                : DocumentWrite.of(
                        id, revised(request, writes.parse(request.body().bytes())), newEdits);
        try (GatedWrite write = writes.open(request)) {
            write.add(document);
            if (isBatch(request)) {
                commitBatch(answer, write);
                WriteAnswer.sendBatch(answer, id);
                return;
            }
            revision = DocumentWrites.commit(answer, write);
        }
        WriteAnswer.tag(answer, revision);
        WriteAnswer.locate(request, answer, id);
        WriteAnswer.send(answer, document.document().deleted() && newEdits ? 200 : 201, id, revision);
    }

    private DocumentWrite followed(Request request, String id, boolean newEdits) throws IOException {
        FollowingParts parts = FollowingParts.read(request.body(), settings);
        return new DocumentWrite(
                id, revised(request, parts.document()), newEdits, new NewAttachments.Following(parts::receive));
    }

    private void delete(DatabaseRequest request, Answer answer) throws IOException {
        String id = request.path().documentId();
        try (Reader reader = request.newest()) {
            DocumentRecord record = reader.documents().find(id);
            if (record == null) {
                throw new RequestException(ErrorCode.MISSING);
            }
            if (record.winner().deleted()) {
                throw new RequestException(ErrorCode.DELETED);
            }
            if (!request.showsAll()) {
                DocumentReadHandler.find(request, reader, id, null, false);
            }
        }
        Revision parent = GivenRevision.of(request, null);
        ParsedDocument deletion = new ParsedDocument(id, parent, true, null, List.of(), EMPTY);
        Revision revision = writes.write(request, answer, DocumentWrite.of(id, deletion, true));
        WriteAnswer.tag(answer, revision);
        WriteAnswer.send(answer, 200, id, revision);
    }

    private void copy(DatabaseRequest request, Answer answer) throws IOException {
        Destination destination = Destination.of(request, settings);
        Names.validateDocumentId(destination.id());
        Revision wanted = GivenRevision.of(request, null);
        DocumentBody source;
        try (Reader reader = request.reader()) {
            source = DocumentReadHandler.find(request, reader, request.path().documentId(), wanted, false)
                    .body();
        }
        ParsedDocument copy =
                new ParsedDocument(destination.id(), destination.revision(), false, null, List.of(), source.json());
        if (Names.isLocal(destination.id())) {
            locals.write(request, answer, destination.id(), copy);
            return;
        }
        // They are new where they come to: counted from the copy's own generation.
        List<Attachment> attachments = source.attachments().stream()
                .map(attachment -> attachment.withRevisionPosition(0))
                .toList();
        Revision revision = writes.write(request, answer, DocumentWrite.of(destination.id(), copy, attachments));
        WriteAnswer.tag(answer, revision);
        WriteAnswer.locate(request, answer, destination.id());
        WriteAnswer.send(answer, 201, destination.id(), revision);
    }

    /** The document with the revision that the whole request gives it. */
    static ParsedDocument revised(Request request, ParsedDocument document) {
        @Nullable Revision revision = GivenRevision.of(request, document.revision());
        return revision == null || revision.equals(document.revision())
                ? document
                : new ParsedDocument(
                        document.id(),
                        revision,
                        document.deleted(),
                        document.history(),
                        document.attachments(),
                        document.json());
    }

    private static boolean isBatch(Request request) {
        return "ok".equals(request.parameters().get("batch"));
    }

    /** Written at once all the same; only what becomes of it is not told. */
    private static void commitBatch(Answer answer, GatedWrite write) {
        answer.block(write.commit(false).head());
    }
}
