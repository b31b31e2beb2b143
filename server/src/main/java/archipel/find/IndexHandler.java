package archipel.find;

import archipel.access.WriteGate;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.Exchange;
import archipel.http.Handler;
import archipel.http.Parameters;
import archipel.http.Router;
import archipel.http.Verb;
import archipel.mango.FieldIndex;
import archipel.mango.FieldIndexDefinition;
import archipel.mango.IndexCatalog;
import archipel.mango.IndexRequest;
import archipel.read.Reader;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code _index} and what is under it. */
final class IndexHandler {
    private static final String BULK_DELETE = "_bulk_delete";

    /** What a path under {@code _index} means. */
    private enum Shape {
        LIST("GET,POST"),
        BULK_DELETE("POST"),
        ONE("DELETE");

        private final String allow;

        Shape(String allow) {
            this.allow = allow;
        }
    }

    private final WriteGate gate;
    private final IndexCatalog catalog;

    IndexHandler(WriteGate gate, IndexCatalog catalog) {
        this.gate = gate;
        this.catalog = catalog;
    }

    void register(Router router) {
        Handler handler = this::handle;
        var route = router.databaseTree("_index", Access.MEMBER, "GET,POST");
        for (Verb verb : Verb.values()) {
            if (verb != Verb.HEAD && verb != Verb.OPTIONS) {
                route.on(verb, handler);
            }
        }
    }

    private void handle(Exchange exchange) throws IOException {
        List<String> rest =
                exchange.path().segments().subList(2, exchange.path().size());
        Shape shape = shape(rest);
        switch (shape) {
            case LIST -> {
                switch (exchange.verb()) {
                    case GET, HEAD -> list(exchange);
                    case POST -> create(exchange);
                    default -> throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, shape.allow);
                }
            }
            case BULK_DELETE -> {
                requireVerb(exchange, Verb.POST, shape);
                deleteAll(exchange);
            }
            case ONE -> {
                requireVerb(exchange, Verb.DELETE, shape);
                delete(exchange, rest.size() == 4 ? rest.subList(1, 4) : rest);
            }
        }
    }

    private static Shape shape(List<String> rest) {
        if (rest.isEmpty()) {
            return Shape.LIST;
        } else if (rest.size() == 1 && rest.getFirst().equals(BULK_DELETE)) {
            return Shape.BULK_DELETE;
        } else if (rest.size() == 3 || rest.size() == 4 && rest.getFirst().equals("_design")) {
            return Shape.ONE;
        }
        throw new RequestException(ErrorCode.MISSING);
    }

    private static void requireVerb(Exchange exchange, Verb verb, Shape shape) {
        if (exchange.verb() != verb) {
            throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, shape.allow);
        }
    }

    private void list(Exchange exchange) throws IOException {
        Parameters parameters = exchange.parameters();
        long limit = number(parameters.get("limit"), Long.MAX_VALUE);
        long skip = number(parameters.get("skip"), 0);
        if (limit < 1 || skip < 0) {
            throw new RequestException(ErrorCode.INDEX_LIST_PARAMETERS);
        }
        try (Reader reader = exchange.reader()) {
            if (exchange.isPinnedUnchanged()) {
                return;
            }
            List<FieldIndex> indexes = catalog.of(reader);
            JsonBuffer json = new JsonBuffer().ascii("{\"total_rows\":").number(indexes.size());
            json.ascii(",\"indexes\":[");
            String separator = "";
            for (FieldIndex index : indexes.stream().skip(skip).limit(limit).toList()) {
                json.ascii(separator).raw(JsonTree.bytes(index.json()));
                separator = ",";
            }
            exchange.json(200, json.ascii("]}"));
        }
    }

    private static long number(@Nullable String text, long absent) {
        try {
            return text == null ? absent : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new RequestException(ErrorCode.INDEX_LIST_PARAMETERS);
        }
    }

    private void create(Exchange exchange) throws IOException {
        IndexRequest request = IndexRequest.parse(exchange.body().requireJson().jsonObject());
        exchange.requireNewest();
        boolean created = new DesignDocuments(exchange, gate)
                .change(request.designDocument(), existing -> request.addTo(existing));
        JsonBuffer json = new JsonBuffer(160).ascii("{\"result\":\"").ascii(created ? "created" : "exists");
        json.ascii("\",\"id\":").string(request.designDocument());
        exchange.json(200, json.ascii(",\"name\":").string(request.name()).ascii('}'));
    }

    /** @param path design document, type, name */
    private void delete(Exchange exchange, List<String> path) throws IOException {
        exchange.requireNewest();
        String id = IndexRequest.designId(path.getFirst());
        boolean deleted = path.get(1).equals("json")
                && new DesignDocuments(exchange, gate)
                        .change(
                                id,
                                existing -> existing == null ? null : IndexRequest.remove(id, existing, path.get(2)));
        if (!deleted) {
            throw new RequestException(ErrorCode.MISSING);
        }
        exchange.ok(200);
    }

    private void deleteAll(Exchange exchange) throws IOException {
        ObjectNode body = exchange.body().requireJson().jsonObject();
        exchange.requireNewest();
        List<String> ids = IndexRequest.designIds(body);
        JsonBuffer deleted = new JsonBuffer();
        JsonBuffer failed = new JsonBuffer();
        DesignDocuments documents = new DesignDocuments(exchange, gate);
        for (String id : ids.reversed()) {
            JsonBuffer entry = new JsonBuffer(64).ascii("{\"id\":").string(id);
            boolean done = documents.change(id, existing -> existing == null ? null : withoutIndex(id, existing));
            entry.ascii(done ? ",\"ok\":true}" : ",\"error\":\"not_found\"}");
            JsonBuffer list = done ? deleted : failed;
            list.ascii(list.size() == 0 ? "" : ",").raw(entry.array(), 0, entry.size());
        }
        JsonBuffer json = new JsonBuffer().ascii("{\"success\":[").raw(deleted.toByteArray());
        exchange.json(200, json.ascii("],\"fail\":[").raw(failed.toByteArray()).ascii("]}"));
    }

    /** Without its only index. */
    private static @Nullable ObjectNode withoutIndex(String id, JsonNode existing) {
        FieldIndexDefinition definition = FieldIndexDefinition.of(id, existing);
        List<FieldIndex> indexes = definition == null ? List.of() : definition.indexes();
        if (indexes.size() > 1) {
            throw new RequestException(ErrorCode.INDEX_NOT_ALONE, id);
        }
        return indexes.isEmpty()
                ? null
                : IndexRequest.remove(
                        id, JsonTree.object(existing), indexes.getFirst().name());
    }
}
