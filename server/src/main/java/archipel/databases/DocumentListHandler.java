package archipel.databases;

import archipel.databases.DocumentListQuery.Builder;
import archipel.document.ErrorCode;
import archipel.document.JsonTree;
import archipel.document.QueryArgument;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.JsonStream;
import archipel.http.Parameters;
import archipel.http.Request;
import archipel.http.Router;
import archipel.read.Reader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code _all_docs}, {@code _design_docs} and {@code _local_docs}. */
final class DocumentListHandler {
    private static final List<String> BLOCKS = List.of("block", "min_block", "at", "consistency");

    /** Writes a list for a query. */
    @FunctionalInterface
    private interface Lister {
        void list(Request request, Reader reader, DocumentListQuery query, JsonStream out) throws IOException;

        /** What is listed. */
        default Reader open(DatabaseRequest request) {
            return request.reader();
        }
    }

    /** Local documents are as they are now: no block knows of them. */
    private static final class LocalLister implements Lister {
        @Override
        public void list(Request request, Reader reader, DocumentListQuery query, JsonStream out) throws IOException {
            boolean all = request.parameters().isTrue("include_system");
            new LocalDocumentList(reader, query, all, out).write();
        }

        @Override
        public Reader open(DatabaseRequest request) {
            return request.newest();
        }
    }

    void register(Router router) {
        add(router, "_all_docs", (_, reader, query, out) -> new DocumentList(reader, "", query, out).write());
        add(
                router,
                "_design_docs",
                (_, reader, query, out) -> new DocumentList(reader, "_design/", query, out).write());
        add(router, "_local_docs", new LocalLister());
    }

    private static void add(Router router, String name, Lister lister) {
        router.databaseTree(name, Access.MEMBER, "GET,HEAD,POST")
                .get((request, answer) -> get(request, answer, lister))
                .post((request, answer) -> post(request, answer, lister))
                .closedInSystemDatabases();
    }

    private static void get(DatabaseRequest request, Answer answer, Lister lister) throws IOException {
        requireList(request);
        Builder query = new Builder(request.parameters()::readJson, false);
        set(query, request.parameters());
        answer(request, answer, lister, query.build());
    }

    private static void post(DatabaseRequest request, Answer answer, Lister lister) throws IOException {
        if (request.path().size() > 2 && request.path().segment(2).equals("queries")) {
            queries(request, answer, lister);
            return;
        }
        requireList(request);
        Builder query = new Builder(request.parameters()::readJson, false);
        set(query, request.body().requireJson().jsonObject());
        set(query, request.parameters());
        answer(request, answer, lister, query.build());
    }

    private static void requireList(Request request) {
        if (request.path().size() == 2) {
            return;
        }
        if (request.path().size() == 3 && request.path().segment(2).equals("queries")) {
            throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, "POST");
        }
        throw new RequestException(ErrorCode.MISSING);
    }

    private static void set(Builder query, Parameters parameters) {
        for (String name : parameters.names()) {
            query.set(name, QueryArgument.ofQuery(parameters.get(name, "")));
        }
    }

    private static void set(Builder query, ObjectNode body) {
        for (Map.Entry<String, JsonNode> property : body.properties()) {
            if (BLOCKS.contains(property.getKey())) {
                throw new RequestException(ErrorCode.BLOCK_IN_BODY, property.getKey());
            }
            query.set(property.getKey(), QueryArgument.ofBody(property.getValue()));
        }
    }

    private static void answer(DatabaseRequest request, Answer answer, Lister lister, DocumentListQuery query)
            throws IOException {
        try (Reader reader = lister.open(request)) {
            if (request.isPinnedUnchanged()) {
                return;
            }
            JsonStream out = answer.stream(200);
            lister.list(request, reader, query, out);
            out.buffer().ascii('\n');
            out.finish();
        }
    }

    private static void queries(DatabaseRequest request, Answer answer, Lister lister) throws IOException {
        JsonNode given = JsonTree.object(request.body().json()).get("queries");
        if (given == null) {
            throw new RequestException(ErrorCode.QUERIES_MISSING);
        }
        if (!given.isArray()) {
            throw new RequestException(ErrorCode.QUERIES_NOT_ARRAY);
        }
        Builder common = new Builder(request.parameters()::readJson, true);
        set(common, request.parameters());
        List<DocumentListQuery> queries = new ArrayList<>(given.size());
        for (JsonNode one : given) {
            Builder query = common.copy();
            set(query, JsonTree.object(one));
            queries.add(query.build());
        }
        try (Reader reader = lister.open(request)) {
            if (request.isPinnedUnchanged()) {
                return;
            }
            JsonStream out = answer.stream(200);
            out.buffer().ascii("{\"results\":[");
            boolean first = true;
            for (DocumentListQuery query : queries) {
                out.buffer().ascii(first ? "\r\n" : ",\r\n");
                first = false;
                lister.list(request, reader, query, out);
            }
            out.buffer().ascii("\r\n]}\n");
            out.finish();
        }
    }
}
