package archipel.feeds;

import archipel.document.ErrorCode;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.feeds.FeedWriter.Shape;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.BlockRefusal;
import archipel.http.DatabaseRequest;
import archipel.http.ETags;
import archipel.http.HttpServices;
import archipel.http.HttpSettings;
import archipel.http.JsonStream;
import archipel.http.Request;
import archipel.http.Router;
import archipel.http.Verb;
import archipel.mango.Projection;
import archipel.mango.Selector;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** {@code /{db}/_changes}. */
final class ChangesHandler {
    private final HttpSettings settings;
    private final FunctionFilters functions;

    ChangesHandler(HttpServices services) {
        this.settings = services.settings();
        this.functions = new FunctionFilters(services.functions(), services.access());
    }

    void register(Router router) {
        router.database("_changes", Access.MEMBER, "GET,POST,HEAD")
                .get(this::get)
                .post(this::post)
                .closedInSystemDatabases()
                .peers(Verb.GET, Verb.POST);
    }

    private void get(DatabaseRequest request, Answer answer) throws IOException {
        answer(request, answer, null);
    }

    private void post(DatabaseRequest request, Answer answer) throws IOException {
        byte[] body = request.body().requireJson().bytes();
        answer(
                request,
                answer,
                body.length == 0
                        ? JsonNodeFactory.instance.objectNode()
                        : JsonTree.object(request.body().json(body)));
    }

    private void answer(DatabaseRequest request, Answer answer, @Nullable ObjectNode body) throws IOException {
        answer.block(request.newestBlock());
        ChangesQuery query = ChangesQuery.of(request, settings.changesTimeoutMs());
        if (query.shape().waits() && request.wantedBlock().pins()) {
            throw new BlockRefusal(
                    ErrorCode.PINNED_FEED,
                    request.database(),
                    request.wantedBlock().asked());
        }
        ChangeFilter filter = filter(request, query, body);
        JsonStream stream = Feed.open(answer, query.shape());
        ChangeRow row = new ChangeRow(query, fields(query.filter(), body), stream);
        Since since = Since.of(query.since(), query.strict(), body);
        Since.Start start =
                since.start(request, query.descending(), query.shape().waits());
        if (start.standing() == Since.Standing.ANEW) {
            answer.set(Since.REWOUND, start.sequence().toString());
        }
        ChangesSource source = new ChangesSource(request, answer.client(), query, filter, row, since, start);
        if (query.shape() == Shape.NORMAL && isUnchanged(request, answer)) {
            return;
        }
        Feed feed = new Feed(
                request, answer.client(), FeedWriter.of(query.shape(), stream), query.heartbeatMs(), query.timeoutMs());
        feed.answer(request, stream, source, start.standing() == Since.Standing.REWOUND ? start.sequence() : null);
    }

    private static boolean isUnchanged(DatabaseRequest request, Answer answer) throws IOException {
        if (request.wantedBlock().pins()) {
            // For its block alone, which the tag names.
            request.reader().close();
            return request.isPinnedUnchanged();
        }
        return answer.notModified(ETags.of(request.database().state().uuid() + ' ' + request.newestBlock()));
    }

    private ChangeFilter filter(DatabaseRequest request, ChangesQuery query, @Nullable ObjectNode body) {
        return switch (query.filter()) {
            case "" -> new ChangeFilter.Everything();
            case "_doc_ids" -> new ChangeFilter.Ids(documentIds(request, body));
            case "_design" -> new ChangeFilter.Designs();
            case "_selector" -> new ChangeFilter.Matching(selector(body));
            case "_view" -> functions.view(request, query.conflicts());
            default -> functions.named(request, query.filter(), query.conflicts(), body);
        };
    }

    private static Selector selector(@Nullable ObjectNode body) {
        if (body == null) {
            throw new RequestException(ErrorCode.SELECTOR_NEEDS_POST);
        }
        JsonNode selector = body.get("selector");
        if (selector == null || !selector.isObject()) {
            throw new RequestException(ErrorCode.SELECTOR_NOT_OBJECT);
        }
        try {
            return Selector.compile(selector);
        } catch (RequestException e) {
            throw new RequestException(ErrorCode.CHANGES_SELECTOR, e.reason());
        }
    }

    /** Which fields of documents are shown; null for all. */
    private static @Nullable Projection fields(String filter, @Nullable ObjectNode body) {
        JsonNode fields = body == null || !filter.equals("_selector") ? null : body.get("fields");
        if (fields == null || fields.isNull()) {
            return null;
        }
        if (!fields.isArray()) {
            throw new RequestException(ErrorCode.SELECTOR_FIELDS_NOT_ARRAY);
        }
        try {
            return Projection.compile(fields);
        } catch (RequestException e) {
            throw new RequestException(ErrorCode.CHANGES_SELECTOR, e.reason());
        }
    }

    private static Set<String> documentIds(Request request, @Nullable ObjectNode body) {
        JsonNode ids = body == null ? request.parameters().json("doc_ids") : body.get("doc_ids");
        if (ids != null && ids.isArray()) {
            Set<String> set = new LinkedHashSet<>();
            for (JsonNode id : ids) {
                if (id.isString()) {
                    set.add(id.stringValue());
                }
            }
            if (ids.valueStream().allMatch(JsonNode::isString)) {
                return set;
            }
        }
        throw new RequestException(ErrorCode.DOC_IDS_NOT_LIST);
    }
}
