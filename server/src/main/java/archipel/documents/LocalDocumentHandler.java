package archipel.documents;

import archipel.access.DocumentWrite;
import archipel.document.DocumentJson;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.LocalDocument;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.ETags;
import archipel.http.HttpServices;
import archipel.http.HttpSettings;
import archipel.http.Request;
import archipel.http.Router;
import archipel.http.Verb;
import archipel.read.Reader;
import java.io.IOException;
import java.util.List;

/**
 * {@code _local} documents: {@code /{db}/_local/{name}}. They are this node's own, know neither conflicts nor history,
 * and take no attachments.
 */
final class LocalDocumentHandler {
    private static final Revision GONE = new Revision(0, "0");

    private final DocumentWrites writes;
    private final HttpSettings settings;

    LocalDocumentHandler(HttpServices services) {
        this.writes = new DocumentWrites(services);
        this.settings = services.settings();
    }

    void register(Router router) {
        router.local("DELETE,GET,HEAD,POST,PUT,COPY")
                .get(this::get)
                .put(this::put)
                .delete(this::delete)
                .on(Verb.COPY, this::copy);
    }

    private void get(DatabaseRequest request, Answer answer) throws IOException {
        LocalDocument document = read(request, id(request));
        if (answer.notModified(ETags.of(document.id() + document.revision()))) {
            return;
        }
        JsonBuffer json = new JsonBuffer(document.json().length + 128);
        write(json, document);
        answer.json(200, json);
    }

    private void put(DatabaseRequest request, Answer answer) throws IOException {
        String id = id(request);
        write(request, answer, id, writes.parse(request.body().bytes()));
    }

    private void delete(DatabaseRequest request, Answer answer) throws IOException {
        String id = id(request);
        boolean deleted = writes.deleteLocal(request, answer, id);
        if (!deleted) {
            throw new RequestException(ErrorCode.MISSING);
        }
        WriteAnswer.send(answer, 200, id, GONE);
    }

    private void copy(DatabaseRequest request, Answer answer) throws IOException {
        Destination destination = Destination.of(request, settings);
        LocalDocument source = read(request, id(request));
        Names.validateDocumentId(destination.id());
        ParsedDocument copy =
                new ParsedDocument(destination.id(), destination.revision(), false, null, List.of(), source.json());
        if (Names.isLocal(destination.id())) {
            write(request, answer, destination.id(), copy);
            return;
        }
        Revision revision = writes.write(request, answer, DocumentWrite.of(destination.id(), copy, true));
        WriteAnswer.tag(answer, revision);
        WriteAnswer.locate(request, answer, destination.id());
        WriteAnswer.send(answer, 201, destination.id(), revision);
    }

    /** Stores a document under a {@code _local} id, or takes it away where it says it is deleted; and answers. */
    void write(DatabaseRequest request, Answer answer, String id, ParsedDocument document) throws IOException {
        Names.validateDocumentId(id);
        if (document.deleted()) {
            writes.deleteLocal(request, answer, id);
            WriteAnswer.send(answer, 200, id, GONE);
            return;
        }
        LocalDocument stored = writes.putLocal(request, answer, id, document.json());
        WriteAnswer.locate(request, answer, id);
        WriteAnswer.send(answer, 201, id, stored.revision());
    }

    /** A {@code _local} document as JSON. */
    private static void write(JsonBuffer json, LocalDocument document) {
        json.ascii("{\"_id\":")
                .string(document.id())
                .ascii(",\"_rev\":")
                .string(document.revision().toString());
        DocumentJson.members(json, document.json(), false);
        json.ascii('}');
    }

    private static LocalDocument read(DatabaseRequest request, String id) {
        try (Reader reader = request.newest()) {
            LocalDocument document = reader.locals().find(id);
            if (document == null) {
                throw new RequestException(ErrorCode.MISSING);
            }
            return document;
        }
    }

    private static String id(Request request) {
        String id = request.path().documentId();
        if (id.equals("_local/")) {
            throw new RequestException(ErrorCode.INVALID_LOCAL_ID);
        }
        if (!request.path().attachmentName().isEmpty()) {
            throw new RequestException(ErrorCode.LOCAL_ATTACHMENTS);
        }
        return id;
    }
}
