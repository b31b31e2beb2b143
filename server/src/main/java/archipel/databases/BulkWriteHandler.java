package archipel.databases;

import archipel.command.DocumentEdit;
import archipel.document.DocumentParser;
import archipel.document.DocumentParser.BulkRequest;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.documents.EditBuilder;
import archipel.documents.ValidatedWrite;
import archipel.documents.ValidatedWrite.Row;
import archipel.engine.Database;
import archipel.http.Access;
import archipel.http.Exchange;
import archipel.http.JsonStream;
import archipel.http.Router;
import archipel.memory.Allowance;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code _bulk_docs}: what is accepted of a request is one command and one block, or several where it replaces more
 * than a command may. With {@code "atomic": true}, which CouchDB does not have, it is everything or nothing: 201 with a
 * row for each document, or 409 with what was refused.
 */
final class BulkWriteHandler {
    /**
     * What a document takes from here on, beside what was parsed: an edit with its digests, what became of it, its row
     * of the answer. Taken before anything is written, so that a request is refused or done.
     */
    private static final long WRITTEN_BYTES = 340;

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
        BulkRequest request = request(exchange);
        List<ParsedDocument> documents = request.documents();
        if (request.allOrNothing() && request.newEdits()) {
            exchange.json(ErrorCode.EXPECTATION_FAILED.status(), notAllOrNothing(documents));
            return;
        }
        @Nullable Row[] results = new @Nullable Row[documents.size()];
        boolean refused;
        try (EditBuilder builder = EditBuilder.of(exchange)) {
            List<DocumentEdit> edits = new ArrayList<>(documents.size());
            for (int i = 0; i < results.length; i++) {
                ParsedDocument document = documents.get(i);
                String id = document.id() == null || document.id().isEmpty() ? ids.get() : document.id();
                if (document.refusal() != null) {
                    results[i] = refused(id, document.refusal(), request.atomic());
                    continue;
                }
                if (Names.isLocal(id) && !request.atomic()) {
                    results[i] = new Row(id, null, null);
                    continue;
                }
                try {
                    edits.add(builder.edit(id, document, request.newEdits()));
                } catch (RequestException e) {
                    results[i] = refused(id, e, request.atomic());
                }
            }
            refused = request.atomic() && edits.size() < results.length;
            if (!refused && !edits.isEmpty()) {
                ValidatedWrite.Outcome written = ValidatedWrite.write(exchange, edits, request.atomic());
                refused = !written.applied();
                fill(results, written.rows());
            }
        }
        // Last, since the whole request can be refused until here.
        writeLocals(database, documents, results);
        if (refused) {
            exchange.json(refusalStatus(results), refusal(results));
        } else {
            sendRows(exchange, documents, results, request.newEdits());
        }
    }

    /** The body's text is not needed once its documents are parsed. */
    private static BulkRequest request(Exchange exchange) throws IOException {
        byte[] body = exchange.body().requireJson().bytes();
        BulkRequest request =
                new DocumentParser(exchange.services().settings().jsonLimits()).parseBulk(body, 0, body.length);
        Allowance.current().release(body.length);
        Allowance.current().hold(WRITTEN_BYTES * request.documents().size());
        return request;
    }

    /**
     * A refusal that concerns one document alone becomes its row.
     *
     * @throws RequestException where CouchDB refuses the whole request for it, unless nothing is stored anyway
     */
    private static Row refused(String id, RequestException e, boolean atomic) {
        boolean concernsOne = switch (e.status()) {
            case 401, 403, 404, 409, 501 -> true;
            // Of what its functions, selectors or reductions are refused for, others know nothing.
            case 400 -> Names.isDesign(id) || !atomic && isOfRevision(e.code());
            default -> atomic && e.code().status() == ErrorCode.MISSING_STUB.status();
        };
        if (concernsOne) {
            return new Row(id, null, e);
        }
        throw e;
    }

    /** Whether the document's revision is none that it can have. */
    private static boolean isOfRevision(ErrorCode code) {
        return switch (code) {
            case INVALID_REVISION,
                    REVISIONS_START,
                    REVISIONS_IDS,
                    REVISIONS_ID_NOT_STRING,
                    REVISIONS_ID_NOT_HEX,
                    REVISIONS_TOO_MANY,
                    REVISION_NOT_GIVABLE -> true;
            default -> false;
        };
    }

    private static void writeLocals(Database database, List<ParsedDocument> documents, @Nullable Row[] results) {
        boolean stored = Arrays.stream(results).anyMatch(row -> row != null && row.revision() != null);
        for (int i = 0; i < results.length; i++) {
            Row row = results[i];
            if (row == null || row.revision() != null || row.refusal() != null) {
                continue;
            }
            try {
                results[i] = writeLocal(database, row.id(), documents.get(i));
                stored = true;
            } catch (RequestException e) {
                if (!stored) {
                    throw e;
                }
                // Others are stored, and their sender has to be told so.
                results[i] = new Row(row.id(), null, e);
            }
        }
    }

    /** A {@code _local} document is no part of the command: it is not replicated, and has no history to agree with. */
    private static Row writeLocal(Database database, String id, ParsedDocument document) {
        if (document.deleted()) {
            return database.deleteLocal(id)
                    ? new Row(id, new Revision(0, "0"), null)
                    : new Row(id, null, new RequestException(ErrorCode.MISSING));
        }
        return new Row(id, database.putLocal(id, document.json()).revision(), null);
    }

    private static void fill(@Nullable Row[] results, List<@Nullable Row> written) {
        int next = 0;
        for (int i = 0; i < results.length; i++) {
            if (results[i] == null) {
                results[i] = written.get(next++);
            }
        }
    }

    private static void sendRows(
            Exchange exchange, List<ParsedDocument> documents, @Nullable Row[] results, boolean newEdits)
            throws IOException {
        JsonStream out = exchange.stream(201);
        String separator = "[";
        for (int i = 0; i < results.length; i++) {
            JsonBuffer json = out.buffer();
            Row row = results[i];
            if (row == null) {
                throw new IllegalStateException("no result for document " + i);
            }
            if (row.refusal() != null) {
                json.ascii(separator);
                separator = ",";
                write(
                        json,
                        row.id(),
                        row.refusal(),
                        newEdits ? null : documents.get(i).revision());
            } else if (newEdits) {
                json.ascii(separator).ascii("{\"ok\":true,\"id\":");
                separator = ",";
                json.string(row.id()).ascii(",\"rev\":").string(String.valueOf(row.revision()));
                json.ascii('}');
            }
            out.drain();
        }
        out.buffer().ascii(separator.equals("[") ? "[]\n" : "]\n");
        out.finish();
    }

    /** @param revision shown where it is the sender's, and short */
    private static void write(JsonBuffer json, String id, RequestException refusal, @Nullable Revision revision) {
        json.ascii("{\"id\":").string(id);
        if (revision != null && revision.isShort()) {
            json.ascii(",\"rev\":").string(revision.toString());
        }
        json.ascii(",\"error\":").string(refusal.error());
        json.ascii(",\"reason\":").raw(refusal.reasonJson()).ascii('}');
    }

    private static JsonBuffer notAllOrNothing(List<ParsedDocument> documents) {
        JsonBuffer json = new JsonBuffer().ascii('[');
        for (int i = 0; i < documents.size(); i++) {
            ParsedDocument document = documents.get(i);
            json.ascii(i == 0 ? "{\"id\":" : ",{\"id\":").string(document.id() == null ? "" : document.id());
            json.ascii(",\"rev\":")
                    .string(
                            document.revision() != null && document.revision().isShort()
                                    ? document.revision().toString()
                                    : "0-");
            json.ascii(",\"error\":\"not_implemented\",\"reason\":\"all_or_nothing is not supported\"}");
        }
        return json.ascii(']');
    }

    /** That of a conflict, unless all that was refused are stubs of attachments that are not here. */
    private static int refusalStatus(@Nullable Row[] results) {
        for (Row row : results) {
            RequestException refusal = row == null ? null : row.refusal();
            if (refusal != null && refusal.status() != ErrorCode.MISSING_STUB.status()) {
                return ErrorCode.CONFLICT.status();
            }
        }
        return ErrorCode.MISSING_STUB.status();
    }

    private static JsonBuffer refusal(@Nullable Row[] results) {
        JsonBuffer rows = new JsonBuffer();
        int failed = 0;
        for (Row row : results) {
            if (row != null && row.refusal() != null) {
                write(rows.ascii(failed++ == 0 ? "" : ","), row.id(), row.refusal(), null);
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
