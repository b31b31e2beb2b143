package archipel.documents;

import archipel.access.DocumentWrite;
import archipel.auth.DatabaseAccess;
import archipel.document.DocumentBody;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.functions.FunctionDocument;
import archipel.functions.Functions;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.HttpServices;
import archipel.http.Route;
import archipel.http.Router;
import archipel.http.Verb;
import archipel.mime.PercentCoding;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.view.DesignDocument;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code /{db}/_design/{ddoc}/_update/{function}[/{docid}]}: a function makes a document, with the rights of whoever
 * asks, and the answer. Shows, lists and rewrites are stored with design documents, and never run.
 */
final class UpdateHandler {
    /** Of the path's segments, which one names the function. */
    private static final int FUNCTION = 4;

    private final DocumentWrites writes;
    private final Functions functions;
    private final DatabaseAccess access;

    UpdateHandler(HttpServices services) {
        this.writes = new DocumentWrites(services);
        this.functions = services.functions();
        this.access = services.access();
    }

    void register(Router router) {
        Route<DatabaseRequest> updates =
                router.design("_update", Access.MEMBER, "POST,PUT,DELETE").forms();
        for (Verb verb : Verb.values()) {
            updates.on(verb, this::update);
        }
        for (String gone : List.of("_show", "_list", "_rewrite")) {
            Route<DatabaseRequest> route = router.design(gone, Access.MEMBER, "");
            for (Verb verb : Verb.values()) {
                route.on(verb, UpdateHandler::gone);
            }
        }
    }

    private static void gone(DatabaseRequest request, Answer answer) {
        throw new RequestException(ErrorCode.ENDPOINT_GONE);
    }

    private void update(DatabaseRequest request, Answer answer) throws IOException {
        request.requireNewest();
        byte[] result;
        try (Reader reader = request.reader()) {
            result = call(request, reader);
        }
        UpdateAnswer update = UpdateAnswer.parse(result);
        Revision saved = update.document() == null ? null : save(request, answer, update.document());
        update.send(answer, saved == null ? 200 : 201);
    }

    private byte[] call(DatabaseRequest request, Reader reader) throws IOException {
        DesignDocument design =
                DesignDocument.read(reader, request.path().documentId().substring("_design/".length()));
        List<String> segments = request.path().segments();
        if (segments.size() <= FUNCTION) {
            throw new RequestException(ErrorCode.UPDATE_PATH);
        }
        String name = segments.get(FUNCTION);
        design.require("updates", name);
        String id = segments.size() > FUNCTION + 1 ? request.path().rest(FUNCTION + 1) : null;
        byte[] document = id == null ? null : document(request, reader, id);
        if (request.verb() == Verb.GET || request.verb() == Verb.HEAD) {
            throw new RequestException(ErrorCode.UPDATE_BY_GET);
        }
        design.requireJavaScript();
        byte[] argument = new FunctionRequest(request, access)
                .of(reader, id, request.body().bytes());
        return functions.engine().design(design).update(name, document, argument);
    }

    /** Null where there is none, or it is deleted. */
    private static byte @Nullable [] document(DatabaseRequest request, Reader reader, String id) {
        DocumentRecord record = reader.documents().find(id);
        if (record == null || record.winner().deleted()) {
            return null;
        }
        Revision winner = record.winner().revision();
        DocumentBody body = reader.documents().leafBody(id, winner);
        if (body == null) {
            return null;
        }
        DocumentBody shown = request.shown(id, body);
        return FunctionDocument.stored(record, winner, shown, true);
    }

    /** Saves what the function made, as if the client had sent it; says to the answer which revision that is. */
    private Revision save(DatabaseRequest request, Answer answer, byte[] json) throws IOException {
        ParsedDocument document = writes.parse(json);
        String id = document.id();
        if (id == null || id.isEmpty()) {
            throw new RequestException(ErrorCode.DOCUMENT_ID_EMPTY);
        }
        Names.validateDocumentId(id);
        Revision revision;
        if (Names.isLocal(id)) {
            revision = writes.putLocal(request, answer, id, document.json()).revision();
        } else {
            revision = writes.write(request, answer, DocumentWrite.of(id, document, true));
        }
        answer.set("X-Couch-Update-NewRev", revision.toString());
        answer.set("X-Couch-Id", PercentCoding.encode(id));
        return revision;
    }
}
