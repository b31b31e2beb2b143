package archipel.find;

import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.documents.DocumentOptions;
import archipel.documents.DocumentWriter;
import archipel.engine.Database;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.HttpSettings;
import archipel.http.JsonStream;
import archipel.http.Request;
import archipel.http.Router;
import archipel.http.Stopwatch;
import archipel.mango.FieldIndex;
import archipel.mango.FindContext;
import archipel.mango.FindQuery;
import archipel.mango.FindResult;
import archipel.mango.Finder;
import archipel.mango.IndexCatalog;
import archipel.mango.IndexOpener;
import archipel.read.BlockException;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code _find} and {@code _explain}. */
final class FindHandler {
    private static final DocumentOptions WITH_CONFLICTS =
            new DocumentOptions(false, false, true, false, false, false, false, List.of());

    private static final int ATTEMPTS = 5;

    private final HttpSettings settings;
    private final IndexSource indexes;
    private final IndexCatalog catalog;

    FindHandler(HttpSettings settings, IndexSource indexes, IndexCatalog catalog) {
        this.settings = settings;
        this.indexes = indexes;
        this.catalog = catalog;
    }

    void register(Router router) {
        router.databaseTree("_find", Access.MEMBER, "POST").post(this::find);
        router.databaseTree("_explain", Access.MEMBER, "POST").post(this::explain);
    }

    private void find(DatabaseRequest request, Answer answer) throws IOException {
        FindQuery query = query(request);
        Stopwatch stopwatch = new Stopwatch();
        Set<String> brought = new HashSet<>();
        for (int attempt = 1; ; attempt++) {
            try {
                JsonStream out = tryAnswer(request, answer, query, stopwatch, brought, attempt == ATTEMPTS);
                if (out != null) {
                    // The client may be slow to take the rest, which needs nothing of the database any more.
                    out.finish();
                    return;
                }
            } catch (BlockException e) {
                // Nothing was sent yet: indexes are opened first. A block may be pruned before that.
                if (attempt == ATTEMPTS
                        || e.kind() != BlockException.Kind.BELOW_HORIZON
                        || request.wantedBlock().pins()) {
                    throw e;
                }
            }
        }
    }

    /**
     * An index that takes long to be built is waited for with nothing held; what came since is brought in while a
     * reader is held, so that writers cannot keep a query waiting for ever.
     *
     * @param brought signatures of the indexes that were waited for; those of this attempt are added
     * @param last whether there is no other attempt, so that all is waited for at once
     * @return null after an index was waited for, or was deleted meanwhile: another look shows what there is now
     */
    private @Nullable JsonStream tryAnswer(
            DatabaseRequest request,
            Answer answer,
            FindQuery query,
            Stopwatch stopwatch,
            Set<String> brought,
            boolean last)
            throws IOException {
        List<FieldIndex> awaited = new ArrayList<>();
        IndexOpener opener;
        long block;
        try (Reader reader = request.reader()) {
            FindContext context = context(request, answer, reader);
            opener = context.indexes();
            Finder.Prepared prepared = new Finder(reader, context).prepare(query);
            if (!last) {
                awaited.addAll(prepared.awaited());
                awaited.removeIf(index -> !brought.add(index.definition().signature()));
            }
            if (opener == null || awaited.isEmpty()) {
                JsonStream out = answer.stream(200);
                answer(reader, query, prepared, stopwatch, out);
                return out;
            }
            block = reader.block().number();
        }
        try {
            for (FieldIndex index : awaited) {
                opener.bring(index, block);
            }
        } catch (RequestException e) {
            if (e.code() != ErrorCode.DELETED) {
                throw e;
            }
        }
        return null;
    }

    private void answer(Reader reader, FindQuery query, Finder.Prepared prepared, Stopwatch stopwatch, JsonStream out)
            throws IOException {
        out.buffer().ascii("{\"docs\":[");
        DocumentWriter documents =
                new DocumentWriter(reader, query.conflicts() ? WITH_CONFLICTS : DocumentOptions.PLAIN);
        boolean[] first = {true};
        FindResult result = prepared.run(found -> {
            out.buffer().ascii(first[0] ? "\r\n" : ",\r\n");
            first[0] = false;
            if (query.projection().isWhole()) {
                DocumentRecord record = Objects.requireNonNull(found.record());
                documents.write(out, record, record.winner().revision(), Objects.requireNonNull(found.body()));
            } else {
                out.buffer().raw(JsonTree.bytes(query.projection().of(found.document())));
            }
            out.drain();
        });
        out.buffer().ascii("\r\n]");
        if (!result.unsatisfiable()) {
            end(out.buffer(), query, result, stopwatch);
        }
        out.buffer().ascii("}\r\n");
    }

    private void explain(DatabaseRequest request, Answer answer) throws IOException {
        FindQuery query = query(request);
        try (Reader reader = request.reader()) {
            byte[] json = JsonTree.bytes(new Finder(reader, context(request, answer, reader))
                    .explain(query, request.database().name()));
            answer.json(200, new JsonBuffer(json.length + 1).raw(json));
        }
    }

    private FindQuery query(Request request) throws IOException {
        return FindQuery.parse(request.body().requireJson().jsonObject(), settings.findLimit());
    }

    private static void end(JsonBuffer out, FindQuery query, FindResult result, Stopwatch stopwatch) {
        out.ascii(",\r\n\"bookmark\": ").string(result.bookmark());
        if (query.executionStats()) {
            boolean again = query.r() > 1;
            out.ascii(",\r\n\"execution_stats\": {\"total_keys_examined\":").number(result.keysExamined());
            out.ascii(",\"total_docs_examined\":").number(again ? 0 : result.docsExamined());
            out.ascii(",\"total_quorum_docs_examined\":").number(again ? result.docsExamined() : 0);
            out.ascii(",\"results_returned\":").number(result.returned());
            out.ascii(",\"execution_time_ms\":")
                    .ascii(String.format(Locale.ROOT, "%.3f", Math.max(1, stopwatch.nanoseconds() / 1_000) / 1e3))
                    .ascii('}');
        }
        if (!result.warnings().isEmpty()) {
            out.ascii(",\r\n\"warning\": ").string(String.join("\n", result.warnings()));
        }
    }

    private FindContext context(DatabaseRequest request, Answer answer, Reader reader) {
        Database database = request.database();
        IndexOpener opener = indexes.of(database, answer.client()::check);
        return new FindContext(
                opener,
                opener == null ? List.of(FieldIndex.ALL_DOCUMENTS) : catalog.of(reader),
                (id, body) -> visible(request, id, body),
                request.showsAll(),
                settings.findSortBytes(),
                settings.findScanWarningRatio(),
                answer.client()::check);
    }

    /** Documents that the client may not see are not there for it. */
    private static @Nullable DocumentBody visible(DatabaseRequest request, String id, DocumentBody body) {
        try {
            return request.shown(id, body);
        } catch (RequestException e) {
            if (e.code() == ErrorCode.MISSING || e.code() == ErrorCode.USERS_DESIGN_HIDDEN) {
                return null;
            }
            throw e;
        }
    }
}
