package archipel.databases;

import archipel.databases.DocumentListQuery.Builder;
import archipel.document.ErrorCode;
import archipel.document.JsonTree;
import archipel.document.QueryArgument;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.Exchange;
import archipel.http.JsonStream;
import archipel.http.Parameters;
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
        void list(Exchange exchange, Reader reader, DocumentListQuery query, JsonStream out) throws IOException;

        /** What is listed. */
        default Reader open(Exchange exchange) {
            return exchange.reader();
        }
    }

    /** Local documents are as they are now: no block knows of them. */
    private static final class LocalLister implements Lister {
        @Override
        public void list(Exchange exchange, Reader reader, DocumentListQuery query, JsonStream out) throws IOException {
            boolean all = exchange.parameters().isTrue("include_system");
            new LocalDocumentList(reader, query, all, out).write();
        }

        @Override
        public Reader open(Exchange exchange) {
            return exchange.newest();
        }
    }

    void register(Router router) {
        add(router, "_all_docs", (exchange, reader, query, out) -> new DocumentList(reader, "", query, out).write());
        add(
                router,
                "_design_docs",
                (exchange, reader, query, out) -> new DocumentList(reader, "_design/", query, out).write());
        add(router, "_local_docs", new LocalLister());
    }

    private static void add(Router router, String name, Lister lister) {
        router.databaseTree(name, Access.MEMBER, "GET,HEAD,POST")
                .get(exchange -> get(exchange, lister))
                .post(exchange -> post(exchange, lister))
                .closedInSystemDatabases();
    }

    private static void get(Exchange exchange, Lister lister) throws IOException {
        requireList(exchange);
        Builder query = new Builder(exchange.parameters()::readJson, false);
        set(query, exchange.parameters());
        answer(exchange, lister, query.build());
    }

    private static void post(Exchange exchange, Lister lister) throws IOException {
        if (exchange.path().size() > 2 && exchange.path().segment(2).equals("queries")) {
            queries(exchange, lister);
            return;
        }
        requireList(exchange);
        Builder query = new Builder(exchange.parameters()::readJson, false);
        set(query, exchange.body().requireJson().jsonObject());
        set(query, exchange.parameters());
        answer(exchange, lister, query.build());
    }

    private static void requireList(Exchange exchange) {
        if (exchange.path().size() == 2) {
            return;
        }
        if (exchange.path().size() == 3 && exchange.path().segment(2).equals("queries")) {
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

    private static void answer(Exchange exchange, Lister lister, DocumentListQuery query) throws IOException {
        try (Reader reader = lister.open(exchange)) {
            if (exchange.isPinnedUnchanged()) {
                return;
            }
            JsonStream out = exchange.stream(200);
            lister.list(exchange, reader, query, out);
            out.buffer().ascii('\n');
            out.finish();
        }
    }

    private static void queries(Exchange exchange, Lister lister) throws IOException {
        JsonNode given = JsonTree.object(exchange.body().json()).get("queries");
        if (given == null) {
            throw new RequestException(ErrorCode.QUERIES_MISSING);
        }
        if (!given.isArray()) {
            throw new RequestException(ErrorCode.QUERIES_NOT_ARRAY);
        }
        Builder common = new Builder(exchange.parameters()::readJson, true);
        set(common, exchange.parameters());
        List<DocumentListQuery> queries = new ArrayList<>(given.size());
        for (JsonNode one : given) {
            Builder query = common.copy();
            set(query, JsonTree.object(one));
            queries.add(query.build());
        }
        try (Reader reader = lister.open(exchange)) {
            if (exchange.isPinnedUnchanged()) {
                return;
            }
            JsonStream out = exchange.stream(200);
            out.buffer().ascii("{\"results\":[");
            boolean first = true;
            for (DocumentListQuery query : queries) {
                out.buffer().ascii(first ? "\r\n" : ",\r\n");
                first = false;
                lister.list(exchange, reader, query, out);
            }
            out.buffer().ascii("\r\n]}\n");
            out.finish();
        }
    }
}
