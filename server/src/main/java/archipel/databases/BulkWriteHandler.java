package archipel.databases;

import archipel.document.DocumentParser;
import archipel.document.DocumentParser.BulkRequest;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.documents.EditBuilder;
import archipel.engine.Database;
import archipel.engine.DocumentEdit;
import archipel.engine.EditResult;
import archipel.engine.EditResult.Accepted;
import archipel.engine.EditResult.Rejected;
import archipel.engine.WriteResult;
import archipel.http.Access;
import archipel.http.Exchange;
import archipel.http.Router;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code _bulk_docs}: what is accepted of a request is one command and one block. With {@code "atomic": true}, which
 * CouchDB does not have, it is everything or nothing: 201 with a row for each document, or 409 with what was refused.
 */
final class BulkWriteHandler {
    private final Supplier<String> ids;

    /** @param ids makes ids for documents that come without */
    BulkWriteHandler(Supplier<String> ids) {
        this.ids = ids;
    }

    void register(Router router) {
        router.database("_bulk_docs", Access.MEMBER, "POST").post(this::write);
    }

    private void write(Exchange exchange) throws IOException {
        Database database = exchange.database();
        exchange.head().requireNewest();
        byte[] body = exchange.body().requireJson().bytes();
        BulkRequest request =
                new DocumentParser(exchange.services().settings().jsonLimits()).parseBulk(body, 0, body.length);
        List<ParsedDocument> documents = request.documents();
        if (request.allOrNothing() && request.newEdits()) {
            exchange.json(ErrorCode.EXPECTATION_FAILED.status(), notAllOrNothing(documents));
            return;
        }
        @Nullable EditResult[] results = new @Nullable EditResult[documents.size()];
        boolean refused;
        try (EditBuilder builder = EditBuilder.of(exchange)) {
            List<DocumentEdit> edits = new ArrayList<>(documents.size());
            for (int i = 0; i < results.length; i++) {
                ParsedDocument document = documents.get(i);
                String id = document.id() == null || document.id().isEmpty() ? ids.get() : document.id();
                if (Names.isLocal(id) && !request.atomic()) {
                    results[i] = writeLocal(database, id, document);
                    continue;
                }
                try {
                    edits.add(builder.edit(id, document, request.newEdits()));
                } catch (RequestException e) {
                    results[i] = rejected(id, e, request.atomic());
                }
            }
            refused = request.atomic() && edits.size() < results.length;
            if (!refused && !edits.isEmpty()) {
                WriteResult written = database.write(edits, request.atomic());
                exchange.block(written.head());
                refused = !written.applied();
                fill(results, written.results());
            }
        }
        if (refused) {
            exchange.json(refusalStatus(results), refusal(results));
        } else {
            exchange.json(201, rows(documents, results, request.newEdits()));
        }
    }

    /**
     * A refusal that concerns one document alone becomes its row.
     *
     * @throws RequestException where CouchDB refuses the whole request for it, unless nothing is stored anyway
     */
    private static Rejected rejected(String id, RequestException e, boolean atomic) {
        return switch (e.code().status()) {
            case 401, 403, 404, 409 -> new Rejected(id, e.code(), e.reason());
            default -> {
                if (atomic && e.code().status() == ErrorCode.MISSING_STUB.status()) {
                    yield new Rejected(id, e.code(), e.reason());
                }
                throw e;
            }
        };
    }

    /** A {@code _local} document is no part of the command: it is not replicated, and has no history to agree with. */
    private static EditResult writeLocal(Database database, String id, ParsedDocument document) {
        if (document.deleted()) {
            return database.deleteLocal(id)
                    ? new Accepted(id, new Revision(0, "0"))
                    : new Rejected(id, ErrorCode.MISSING, ErrorCode.MISSING.reasonTemplate());
        }
        return new Accepted(id, database.putLocal(id, document.json()).revision());
    }

    private static void fill(@Nullable EditResult[] results, List<EditResult> written) {
        int next = 0;
        for (int i = 0; i < results.length; i++) {
            if (results[i] == null) {
                results[i] = written.get(next++);
            }
        }
    }

    private static JsonBuffer rows(List<ParsedDocument> documents, @Nullable EditResult[] results, boolean newEdits) {
        JsonBuffer json = new JsonBuffer(64 + results.length * 112).ascii('[');
        int start = json.size();
        for (int i = 0; i < results.length; i++) {
            switch (results[i]) {
                case Accepted(String id, Revision revision) -> {
                    if (newEdits) {
                        json.ascii(json.size() == start ? "{\"ok\":true,\"id\":" : ",{\"ok\":true,\"id\":");
                        json.string(id).ascii(",\"rev\":").string(revision.toString());
                        json.ascii('}');
                    }
                }
                case Rejected rejected -> {
                    json.ascii(json.size() == start ? "" : ",");
                    write(json, rejected, newEdits ? null : documents.get(i).revision());
                }
                case null -> throw new IllegalStateException("no result for document " + i);
            }
        }
        return json.ascii(']');
    }

    /** @param revision shown where it is the sender's */
    private static void write(JsonBuffer json, Rejected rejected, @Nullable Revision revision) {
        json.ascii("{\"id\":").string(rejected.id());
        if (revision != null) {
            json.ascii(",\"rev\":").string(revision.toString());
        }
        json.ascii(",\"error\":").string(rejected.code().error());
        json.ascii(",\"reason\":").string(rejected.reason()).ascii('}');
    }

    private static JsonBuffer notAllOrNothing(List<ParsedDocument> documents) {
        JsonBuffer json = new JsonBuffer().ascii('[');
        for (int i = 0; i < documents.size(); i++) {
            ParsedDocument document = documents.get(i);
            json.ascii(i == 0 ? "{\"id\":" : ",{\"id\":").string(document.id() == null ? "" : document.id());
            json.ascii(",\"rev\":")
                    .string(
                            document.revision() == null
                                    ? "0-"
                                    : document.revision().toString());
            json.ascii(",\"error\":\"not_implemented\",\"reason\":\"all_or_nothing is not supported\"}");
        }
        return json.ascii(']');
    }

    /** That of a conflict, unless all that was refused are stubs of attachments that are not here. */
    private static int refusalStatus(@Nullable EditResult[] results) {
        for (EditResult result : results) {
            if (result instanceof Rejected rejected && rejected.code().status() != ErrorCode.MISSING_STUB.status()) {
                return ErrorCode.CONFLICT.status();
            }
        }
        return ErrorCode.MISSING_STUB.status();
    }

    private static JsonBuffer refusal(@Nullable EditResult[] results) {
        JsonBuffer rows = new JsonBuffer();
        int failed = 0;
        for (EditResult result : results) {
            if (result instanceof Rejected rejected) {
                write(rows.ascii(failed++ == 0 ? "" : ","), rejected, null);
            }
        }
        return new JsonBuffer(128 + rows.size())
                .ascii("{\"error\":\"conflict\",\"reason\":\"Nothing was stored: ")
                .number(failed)
                .ascii(" of ")
                .number(results.length)
                .ascii(" documents were refused.\",\"failed\":[")
                .raw(rows.array(), 0, rows.size())
                .ascii("]}");
    }
}
