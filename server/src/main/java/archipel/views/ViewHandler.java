package archipel.views;

import archipel.document.ErrorCode;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.JsonStream;
import archipel.http.Parameters;
import archipel.http.Request;
import archipel.http.Router;
import archipel.index.IndexException;
import archipel.index.IndexReader;
import archipel.read.BlockException;
import archipel.read.Reader;
import archipel.view.IndexDefinition;
import archipel.view.IndexKeeper;
import archipel.view.ViewDefinitions;
import archipel.view.ViewQuery;
import archipel.view.ViewQuery.Freshness;
import archipel.view.ViewRows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code /{db}/_design/{name}/_view/{view}} and its {@code /queries}. */
final class ViewHandler {
    private static final List<String> BLOCKS = List.of("block", "min_block", "at", "consistency");

    private static final int ATTEMPTS = 5;

    private final IndexKeeper keeper;
    private final ViewDefinitions definitions;

    ViewHandler(IndexKeeper keeper, ViewDefinitions definitions) {
        this.keeper = keeper;
        this.definitions = definitions;
    }

    void register(Router router) {
        router.design("_view", Access.MEMBER, "GET,POST,HEAD")
                .get(this::get)
                .post(this::post)
                .ofDesigns();
    }

    private void get(DatabaseRequest request, Answer answer) throws IOException {
        requireView(request);
        answer(request, answer, List.of(parameters(request)), false);
    }

    private void post(DatabaseRequest request, Answer answer) throws IOException {
        if (request.path().size() == 6 && request.path().segment(5).equals("queries")) {
            queries(request, answer);
            return;
        }
        requireView(request);
        ObjectNode body = request.body().requireJson().jsonObject();
        if (body.has("queries")) {
            throw new RequestException(ErrorCode.QUERIES_ELSEWHERE);
        }
        ViewQuery.Builder query = new ViewQuery.Builder(request.parameters()::readJson);
        set(query, body);
        set(query, request.parameters());
        answer(request, answer, List.of(query), false);
    }

    private static void requireView(Request request) {
        if (request.path().size() == 5) {
            return;
        }
        boolean queries =
                request.path().size() == 6 && request.path().segment(5).equals("queries");
        throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, queries ? "POST" : "GET,POST,HEAD");
    }

    private void queries(DatabaseRequest request, Answer answer) throws IOException {
        JsonNode given = request.body().requireJson().jsonObject().get("queries");
        if (given == null) {
            throw new RequestException(ErrorCode.QUERIES_MISSING);
        }
        if (!given.isArray()) {
            throw new RequestException(ErrorCode.QUERIES_NOT_ARRAY);
        }
        ViewQuery.Builder common = parameters(request);
        List<ViewQuery.Builder> queries = new ArrayList<>();
        for (JsonNode one : given) {
            ViewQuery.Builder query = common.copy();
            set(query, JsonTree.object(one));
            queries.add(query);
        }
        answer(request, answer, queries, true);
    }

    private static ViewQuery.Builder parameters(Request request) {
        ViewQuery.Builder query = new ViewQuery.Builder(request.parameters()::readJson);
        set(query, request.parameters());
        return query;
    }

    private static void set(ViewQuery.Builder query, Parameters parameters) {
        for (String name : parameters.names()) {
            query.set(name, parameters.get(name, ""));
        }
    }

    private static void set(ViewQuery.Builder query, ObjectNode body) {
        for (Map.Entry<String, JsonNode> member : body.properties()) {
            if (BLOCKS.contains(member.getKey())) {
                throw new RequestException(ErrorCode.BLOCK_IN_BODY, member.getKey());
            }
            query.set(member.getKey(), member.getValue());
        }
    }

    /**
     * Where few blocks are kept the horizon can pass the newest block while it is read; then the next newest will do.
     */
    private void answer(DatabaseRequest request, Answer answer, List<ViewQuery.Builder> asked, boolean several)
            throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                Rest rest = tryAnswer(request, answer, asked, several);
                if (rest != null) {
                    // The client may be slow to take the rest, which needs nothing of the database any more.
                    rest.finish();
                    return;
                }
                if (attempt == ATTEMPTS) {
                    throw new RequestException(ErrorCode.DELETED);
                }
            } catch (BlockException e) {
                if (attempt == ATTEMPTS
                        || e.kind() != BlockException.Kind.BELOW_HORIZON
                        || request.wantedBlock().pins()) {
                    throw e;
                }
            }
        }
    }

    /**
     * A build that takes long is waited for with nothing held, and what came since is brought in while a state is
     * held, so that writers cannot keep a rows waiting for ever.
     *
     * @return null when the design document was changed or deleted during such a build, and the index went with that:
     *     another look shows which
     */
    private @Nullable Rest tryAnswer(
            DatabaseRequest request, Answer answer, List<ViewQuery.Builder> asked, boolean several) throws IOException {
        Selected selected;
        long block;
        try (Reader reader = request.reader()) {
            selected = select(request, reader, asked);
            if (!selected.waits() || keeper.isNear(request.database(), selected.definition)) {
                return answer(request, answer, reader, selected, several);
            }
            block = reader.block().number();
        }
        try {
            keeper.bring(request.database(), selected.definition, block, answer.client()::check);
        } catch (RequestException e) {
            if (e.code() == ErrorCode.DELETED) {
                return null;
            }
            throw e;
        }
        try (Reader reader = request.reader()) {
            return answer(request, answer, reader, select(request, reader, asked), several);
        }
    }

    /** What is left to be sent; null for a stream where all was sent. */
    private record Rest(@Nullable JsonStream stream) {
        void finish() throws IOException {
            if (stream != null) {
                stream.finish();
            }
        }
    }

    private Rest answer(DatabaseRequest request, Answer answer, Reader reader, Selected selected, boolean several)
            throws IOException {
        if (request.isPinnedUnchanged()) {
            return new Rest(null);
        }
        JsonStream out = answer.stream(200);
        if (several) {
            out.buffer().ascii("{\"results\":[");
        }
        String separator = "\r\n";
        for (ViewQuery query : selected.queries) {
            if (several) {
                out.buffer().ascii(separator);
                separator = ",\r\n";
            }
            one(request, answer, reader, selected, query, out);
        }
        if (several) {
            out.buffer().ascii("\r\n]}");
        }
        out.buffer().ascii('\n');
        return new Rest(out);
    }

    /** A view of a definition, and what is asked of it. */
    private record Selected(IndexDefinition definition, int view, List<ViewQuery> queries) {
        boolean waits() {
            return queries.stream().anyMatch(query -> query.freshness() == Freshness.CURRENT);
        }
    }

    private Selected select(Request request, Reader reader, List<ViewQuery.Builder> asked) {
        IndexDefinition definition = definitions.of(reader, request.path().segment(2));
        int view = definition.views().indexOf(request.path().segment(4));
        if (view < 0) {
            throw new RequestException(ErrorCode.MISSING_NAMED_VIEW);
        }
        boolean reducible = definition.isReduced(view);
        return new Selected(
                definition,
                view,
                asked.stream().map(query -> query.build(reducible)).toList());
    }

    private void one(
            DatabaseRequest request, Answer answer, Reader reader, Selected selected, ViewQuery query, JsonStream out)
            throws IOException {
        ViewAnswer shown = new ViewAnswer(reader, query, out, answer.client()::check);
        if (query.freshness() == Freshness.CURRENT) {
            try (IndexReader rows =
                    keeper.open(request.database(), reader, selected.definition, answer.client()::check)) {
                shown.write(new ViewRows(rows, selected.definition, selected.view, query), reader.block());
            }
            return;
        }
        IndexKeeper.Opened opened = openAsItIs(request, reader, selected, query);
        if (opened == null) {
            shown.writeEmpty();
            return;
        }
        try (IndexReader rows = opened.reader()) {
            shown.write(
                    new ViewRows(rows, selected.definition, opened.view(), query),
                    reader.blocks().find(opened.block()));
        }
    }

    private IndexKeeper.@Nullable Opened openAsItIs(
            DatabaseRequest request, Reader reader, Selected selected, ViewQuery query) {
        try {
            return keeper.openAsItIs(
                    request.database(),
                    reader,
                    selected.definition,
                    request.path().segment(4),
                    query.freshness() == Freshness.LAZY);
        } catch (IndexException e) {
            throw IndexKeeper.refusal(request.database(), e, reader.block().number());
        }
    }
}
