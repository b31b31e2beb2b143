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
import archipel.http.Exchange;
import archipel.http.HttpServices;
import archipel.http.HttpSettings;
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
                .on(Verb.COPY, this::copy);
    }

    /** POST to a database: a document with or without an id. */
    void create(Exchange exchange) throws IOException {
        exchange.requireNewest();
        ParsedDocument document = writes.parse(exchange.body().requireJson().bytes());
        String id = document.id() == null ? newIds.get() : document.id();
        if (Names.isLocal(id)) {
            locals.write(exchange, id, document);
            return;
        }
        Names.validateDocumentId(id);
        Revision revision;
        try (GatedWrite write = writes.open(exchange)) {
            write.add(DocumentWrite.of(id, document, true));
            if (isBatch(exchange)) {
                commitBatch(exchange, write);
                WriteAnswer.sendBatch(exchange, id);
                return;
            }
            revision = DocumentWrites.commit(exchange, write);
        }
        WriteAnswer.locate(exchange, id);
        WriteAnswer.send(exchange, 201, id, revision);
    }

    private void put(Exchange exchange) throws IOException {
        String id = exchange.path().documentId();
        Names.validateDocumentId(id);
        exchange.requireNewest();
        boolean newEdits = !"false".equals(exchange.parameters().get("new_edits"));
        String type = exchange.body().contentType();
        Revision revision;
        DocumentWrite document = type != null && type.startsWith("multipart/related;")
                ? followed(exchange, id, newEdits)
                : DocumentWrite.of(
                        id, revised(exchange, writes.parse(exchange.body().bytes())), newEdits);
        try (GatedWrite write = writes.open(exchange)) {
            write.add(document);
            if (isBatch(exchange)) {
                commitBatch(exchange, write);
                WriteAnswer.sendBatch(exchange, id);
                return;
            }
            revision = DocumentWrites.commit(exchange, write);
        }
        WriteAnswer.tag(exchange, revision);
        WriteAnswer.locate(exchange, id);
        WriteAnswer.send(exchange, document.document().deleted() && newEdits ? 200 : 201, id, revision);
    }

    private DocumentWrite followed(Exchange exchange, String id, boolean newEdits) throws IOException {
        FollowingParts parts = FollowingParts.read(exchange.body(), settings);
        return new DocumentWrite(
                id, revised(exchange, parts.document()), newEdits, new NewAttachments.Following(parts::receive));
    }

    private void delete(Exchange exchange) throws IOException {
        String id = exchange.path().documentId();
        try (Reader reader = exchange.newest()) {
            DocumentRecord record = reader.documents().find(id);
            if (record == null) {
                throw new RequestException(ErrorCode.MISSING);
            }
            if (record.winner().deleted()) {
                throw new RequestException(ErrorCode.DELETED);
            }
            if (!exchange.showsAll()) {
                DocumentReadHandler.find(exchange, reader, id, null, false);
            }
        }
        Revision parent = GivenRevision.of(exchange, null);
        ParsedDocument deletion = new ParsedDocument(id, parent, true, null, List.of(), EMPTY);
        Revision revision = writes.write(exchange, DocumentWrite.of(id, deletion, true));
        WriteAnswer.tag(exchange, revision);
        WriteAnswer.send(exchange, 200, id, revision);
    }

    private void copy(Exchange exchange) throws IOException {
        Destination destination = Destination.of(exchange, settings);
        Names.validateDocumentId(destination.id());
        Revision wanted = GivenRevision.of(exchange, null);
        DocumentBody source;
        try (Reader reader = exchange.reader()) {
            source = DocumentReadHandler.find(exchange, reader, exchange.path().documentId(), wanted, false)
                    .body();
        }
        ParsedDocument copy =
                new ParsedDocument(destination.id(), destination.revision(), false, null, List.of(), source.json());
        if (Names.isLocal(destination.id())) {
            locals.write(exchange, destination.id(), copy);
            return;
        }
        // They are new where they come to: counted from the copy's own generation.
        List<Attachment> attachments = source.attachments().stream()
                .map(attachment -> attachment.withRevisionPosition(0))
                .toList();
        Revision revision = writes.write(exchange, DocumentWrite.of(destination.id(), copy, attachments));
        WriteAnswer.tag(exchange, revision);
        WriteAnswer.locate(exchange, destination.id());
        WriteAnswer.send(exchange, 201, destination.id(), revision);
    }

    /** The document with the revision that the whole request gives it. */
    static ParsedDocument revised(Exchange exchange, ParsedDocument document) {
        @Nullable Revision revision = GivenRevision.of(exchange, document.revision());
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

    private static boolean isBatch(Exchange exchange) {
        return "ok".equals(exchange.parameters().get("batch"));
    }

    /** Written at once all the same; only what becomes of it is not told. */
    private static void commitBatch(Exchange exchange, GatedWrite write) {
        exchange.block(write.commit(false).head());
    }
}
