package archipel.databases;

import archipel.access.DocumentOutcome;
import archipel.access.DocumentWrite;
import archipel.access.GatedWrite;
import archipel.access.WriteGate;
import archipel.access.WriteOutcome;
import archipel.document.DocumentParser;
import archipel.document.DocumentParser.BulkRequest;
import archipel.document.DocumentParser.ParsedDocument;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.LocalDocument;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.engine.Database;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.HttpSettings;
import archipel.http.JsonStream;
import archipel.http.Request;
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

    private final WriteGate gate;
    private final HttpSettings settings;
    private final Supplier<String> ids;

    /** @param ids makes ids for documents that come without */
    BulkWriteHandler(WriteGate gate, HttpSettings settings, Supplier<String> ids) {
        this.gate = gate;
        this.settings = settings;
        this.ids = ids;
    }

    void register(Router router) {
        router.database("_bulk_docs", Access.MEMBER, "POST").post(this::write);
    }

    private void write(DatabaseRequest request, Answer answer) throws IOException {
        Database database = request.database();
        answer.block(database.state().head());
        request.requireNewest();
        BulkRequest bulk = parse(request);
        List<ParsedDocument> documents = bulk.documents();
        if (bulk.allOrNothing() && bulk.newEdits()) {
            answer.json(ErrorCode.ALL_OR_NOTHING.status(), notAllOrNothing(documents));
            return;
        }
        @Nullable DocumentOutcome[] outcomes = new @Nullable DocumentOutcome[documents.size()];
        List<LocalWrite> locals = new ArrayList<>();
        boolean refused;
        try (GatedWrite write = gate.open(database, request.user())) {
            int added = 0;
            for (int i = 0; i < outcomes.length; i++) {
                ParsedDocument document = documents.get(i);
                String id = document.id() == null || document.id().isEmpty() ? ids.get() : document.id();
                if (document.refusal() != null) {
                    outcomes[i] = refused(id, document.refusal(), bulk.atomic());
                } else if (Names.isLocal(id) && !bulk.atomic()) {
                    outcomes[i] = new DocumentOutcome.Untried(id);
                    locals.add(new LocalWrite(i, id, document));
                } else {
                    try {
                        write.add(DocumentWrite.of(id, document, bulk.newEdits()));
                        added++;
                    } catch (RequestException e) {
                        outcomes[i] = refused(id, e, bulk.atomic());
                    }
                }
            }
            refused = bulk.atomic() && added < outcomes.length;
            if (!refused && added > 0) {
                WriteOutcome written = write.commit(bulk.atomic());
                answer.block(written.head());
                refused = !written.applied();
                fill(outcomes, written.documents());
            }
        }
        // Last, since the whole request can be refused until here.
        writeLocals(request, locals, outcomes);
        if (refused || !bulk.newEdits()) {
            throwFault(outcomes);
        }
        if (refused) {
            answer.json(refusalStatus(outcomes), refusal(outcomes));
        } else {
            sendRows(answer, documents, outcomes, bulk.newEdits());
        }
    }

    /** A {@code _local} document of the request, and its place there. */
    private record LocalWrite(int index, String id, ParsedDocument document) {}

    /** The body's text is not needed once its documents are parsed. */
    private BulkRequest parse(Request request) throws IOException {
        byte[] body = request.body().requireJson().bytes();
        BulkRequest bulk = new DocumentParser(settings.jsonLimits()).parseBulk(body, 0, body.length);
        Allowance.current().release(body.length);
        Allowance.current().hold(WRITTEN_BYTES * bulk.documents().size());
        return bulk;
    }

    /**
     * Whoever sends revisions that were made elsewhere skips what has a row in the answer, but sends all again where
     * the request fails, as CouchDB's does where a validation function cannot be called; those that are stored are then
     * here already.
     */
    private static void throwFault(@Nullable DocumentOutcome[] outcomes) {
        for (DocumentOutcome outcome : outcomes) {
            if (outcome instanceof DocumentOutcome.Failed failed) {
                throw failed.cause();
            }
        }
    }

    /**
     * A refusal that concerns one document alone becomes its row.
     *
     * @throws RequestException where CouchDB refuses the whole request for it, unless nothing is stored anyway
     */
    private static DocumentOutcome refused(String id, RequestException e, boolean atomic) {
        boolean concernsOne = e.code().isRefusal()
                && switch (e.status()) {
                    case 401, 403, 404, 409, 501 -> true;
                    // Of what its functions, selectors or reductions are refused for, others know nothing.
                    case 400 -> Names.isDesign(id) || !atomic && isOfRevision(e.code());
                    default -> atomic && e.status() == ErrorCode.ATTACHMENT_NOT_STORED.status();
                };
        if (concernsOne) {
            return new DocumentOutcome.Refused(id, e);
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

    private void writeLocals(DatabaseRequest request, List<LocalWrite> locals, @Nullable DocumentOutcome[] outcomes) {
        boolean stored = Arrays.stream(outcomes).anyMatch(DocumentOutcome.Stored.class::isInstance);
        for (LocalWrite local : locals) {
            try {
                outcomes[local.index] = writeLocal(request, local);
                stored = true;
            } catch (RuntimeException e) {
                if (!stored) {
                    throw e;
                }
                // Others are stored, and their sender has to be told so.
                outcomes[local.index] = DocumentOutcome.notStored(local.id, e);
            }
        }
    }

    /** A {@code _local} document is no part of the command: it is not replicated, and has no history to agree with. */
    private DocumentOutcome writeLocal(DatabaseRequest request, LocalWrite local) {
        Database database = request.database();
        if (!local.document.deleted()) {
            LocalDocument stored = gate.putLocal(database, request.user(), local.id, local.document.json());
            return new DocumentOutcome.Stored(local.id, stored.revision());
        }
        return gate.deleteLocal(database, request.user(), local.id)
                ? new DocumentOutcome.Stored(local.id, new Revision(0, "0"))
                : new DocumentOutcome.Refused(local.id, new RequestException(ErrorCode.MISSING));
    }

    private static void fill(@Nullable DocumentOutcome[] outcomes, List<DocumentOutcome> written) {
        int next = 0;
        for (int i = 0; i < outcomes.length; i++) {
            if (outcomes[i] == null) {
                outcomes[i] = written.get(next++);
            }
        }
    }

    private static void sendRows(
            Answer answer, List<ParsedDocument> documents, @Nullable DocumentOutcome[] outcomes, boolean newEdits)
            throws IOException {
        JsonStream out = answer.stream(201);
        String separator = "[";
        for (int i = 0; i < outcomes.length; i++) {
            JsonBuffer json = out.buffer();
            switch (outcomes[i]) {
                case DocumentOutcome.Refused refused -> {
                    json.ascii(separator);
                    separator = ",";
                    write(
                            json,
                            refused.id(),
                            refused.refusal(),
                            newEdits ? null : documents.get(i).revision());
                }
                case DocumentOutcome.Failed failed -> {
                    json.ascii(separator);
                    separator = ",";
                    write(json, failed.id(), failed.reason(), null);
                }
                case DocumentOutcome.Stored stored -> {
                    if (newEdits) {
                        json.ascii(separator).ascii("{\"ok\":true,\"id\":");
                        separator = ",";
                        json.string(stored.id())
                                .ascii(",\"rev\":")
                                .string(stored.revision().toString());
                        json.ascii('}');
                    }
                }
                case null, default -> throw new IllegalStateException("no outcome for document " + i);
            }
            out.drain();
        }
        out.buffer().ascii(separator.equals("[") ? "[]\n" : "]\n");
        out.finish();
    }

    /** @param revision shown where it is the sender's, and short */
    private static void write(JsonBuffer json, String id, RequestException why, @Nullable Revision revision) {
        json.ascii("{\"id\":").string(id);
        if (revision != null && revision.isShort()) {
            json.ascii(",\"rev\":").string(revision.toString());
        }
        why.appendTo(json.ascii(',')).ascii('}');
    }

    private static JsonBuffer notAllOrNothing(List<ParsedDocument> documents) {
        RequestException refusal = new RequestException(ErrorCode.ALL_OR_NOTHING);
        JsonBuffer json = new JsonBuffer().ascii('[');
        for (int i = 0; i < documents.size(); i++) {
            ParsedDocument document = documents.get(i);
            json.ascii(i == 0 ? "{\"id\":" : ",{\"id\":").string(document.id() == null ? "" : document.id());
            json.ascii(",\"rev\":")
                    .string(
                            document.revision() != null && document.revision().isShort()
                                    ? document.revision().toString()
                                    : "0-");
            refusal.appendTo(json.ascii(',')).ascii('}');
        }
        return json.ascii(']');
    }

    /** That of a conflict, unless all that was refused are stubs of attachments that are not here. */
    private static int refusalStatus(@Nullable DocumentOutcome[] outcomes) {
        for (DocumentOutcome outcome : outcomes) {
            if (outcome instanceof DocumentOutcome.Refused refused
                    && refused.refusal().status() != ErrorCode.ATTACHMENT_NOT_STORED.status()) {
                return ErrorCode.CONFLICT.status();
            }
        }
        return ErrorCode.ATTACHMENT_NOT_STORED.status();
    }

    private static JsonBuffer refusal(@Nullable DocumentOutcome[] outcomes) {
        JsonBuffer rows = new JsonBuffer();
        int failed = 0;
        for (DocumentOutcome outcome : outcomes) {
            if (outcome instanceof DocumentOutcome.Refused refused) {
                write(rows.ascii(failed++ == 0 ? "" : ","), refused.id(), refused.refusal(), null);
            }
        }
        return new RequestException(ErrorCode.NOTHING_STORED, failed, outcomes.length)
                .appendTo(new JsonBuffer(128 + rows.size()).ascii('{'))
                .ascii(",\"failed\":[")
                .raw(rows.array(), 0, rows.size())
                .ascii("]}");
    }
}
