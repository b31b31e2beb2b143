package archipel.databases;

import archipel.databases.BulkGetRequest.Malformed;
import archipel.databases.BulkGetRequest.Wanted;
import archipel.databases.BulkGetResult.Failed;
import archipel.databases.BulkGetResult.StoredRevision;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.documents.DocumentOptions;
import archipel.documents.DocumentWriter;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.JsonStream;
import archipel.http.Parameters;
import archipel.http.Router;
import archipel.http.Verb;
import archipel.read.Reader;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** {@code _bulk_get}: many documents, or many revisions of them, by one request. */
final class BulkGetHandler {
    /** What the list says for each document cannot be said for all of them. */
    private static final List<String> UNACCEPTABLE = List.of("open_revs", "new_edits", "w", "rev", "atts_since");

    void register(Router router) {
        router.database("_bulk_get", Access.MEMBER, "POST").post(this::get).peers(Verb.POST);
    }

    private void get(DatabaseRequest request, Answer answer) throws IOException {
        JsonNode documents = request.body().requireJson().jsonObject().get("docs");
        if (documents == null || !documents.isArray()) {
            throw new RequestException(ErrorCode.BULK_GET_DOCS_MISSING);
        }
        Parameters parameters = request.parameters();
        for (String name : UNACCEPTABLE) {
            if (parameters.has(name)) {
                throw new RequestException(ErrorCode.BULK_GET_PARAMETER, name);
            }
        }
        DocumentOptions options = DocumentOptions.of(parameters).ofRevisions();
        List<BulkGetRequest> requests =
                documents.valueStream().map(BulkGetRequest::of).toList();
        try (Reader reader = request.reader()) {
            reader.documents().expectOrder();
            BulkGetReader lookup = new BulkGetReader(request, reader, parameters.isTrue("latest"));
            if (!request.accepts("application/json")
                    && (request.accepts("multipart/mixed") || request.accepts("multipart/related"))) {
                new BulkGetMultipart(request, answer, reader, options).write(requests, lookup);
            } else {
                writeJson(answer, reader, options, requests, lookup);
            }
        }
    }

    private static void writeJson(
            Answer answer, Reader reader, DocumentOptions options, List<BulkGetRequest> requests, BulkGetReader lookup)
            throws IOException {
        JsonStream out = answer.stream(200);
        DocumentWriter writer = new DocumentWriter(reader, options);
        out.buffer().ascii("{\"results\":[");
        String separator = "";
        for (BulkGetRequest asked : requests) {
            id(out.buffer().ascii(separator).ascii("{\"id\":"), asked);
            out.buffer().ascii(",\"docs\":[");
            separator = ",";
            DocumentWriter own = writerFor(asked, reader, options, writer);
            String comma = "";
            for (BulkGetResult result : lookup.read(asked)) {
                out.buffer().ascii(comma);
                comma = ",";
                switch (result) {
                    case StoredRevision found -> {
                        out.buffer().ascii("{\"ok\":");
                        own.write(out, found.record(), found.revision(), found.body());
                        out.buffer().ascii('}');
                    }
                    case Failed failed ->
                        failed.write(out.buffer().ascii("{\"error\":")).ascii('}');
                }
                out.drain();
            }
            out.buffer().ascii("]}");
        }
        out.buffer().ascii("]}\n");
        out.finish();
    }

    private static void id(JsonBuffer json, BulkGetRequest asked) {
        switch (asked) {
            case Wanted wanted -> json.string(wanted.documentId());
            case Malformed malformed -> json.raw(JsonTree.bytes(malformed.id()));
        }
    }

    /** @param common for requests that say nothing about attachments */
    private static DocumentWriter writerFor(
            BulkGetRequest asked, Reader reader, DocumentOptions options, DocumentWriter common) {
        return switch (asked) {
            case Wanted wanted
            when !wanted.attachmentsSince().isEmpty() ->
                new DocumentWriter(reader, options.withAttachmentsSince(wanted.attachmentsSince()));
            case Wanted wanted -> common;
            case Malformed malformed -> common;
        };
    }
}
