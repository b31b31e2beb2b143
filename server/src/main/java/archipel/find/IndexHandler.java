package archipel.find;

import archipel.access.WriteGate;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.http.Access;
import archipel.http.Answer;
import archipel.http.DatabaseRequest;
import archipel.http.Parameters;
import archipel.http.Request;
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
        var route = router.databaseTree("_index", Access.MEMBER, "GET,POST");
        for (Verb verb : Verb.values()) {
            if (verb != Verb.HEAD && verb != Verb.OPTIONS) {
                route.on(verb, this::handle);
            }
        }
    }

    private void handle(DatabaseRequest request, Answer answer) throws IOException {
        List<String> rest = request.path().segments().subList(2, request.path().size());
        Shape shape = shape(rest);
        switch (shape) {
            case LIST -> {
                switch (request.verb()) {
                    case GET, HEAD -> list(request, answer);
                    case POST -> create(request, answer);
                    default -> throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, shape.allow);
                }
            }
            case BULK_DELETE -> {
                requireVerb(request, Verb.POST, shape);
                deleteAll(request, answer);
            }
            case ONE -> {
                requireVerb(request, Verb.DELETE, shape);
                delete(request, answer, rest.size() == 4 ? rest.subList(1, 4) : rest);
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

    private static void requireVerb(Request request, Verb verb, Shape shape) {
        if (request.verb() != verb) {
            throw new RequestException(ErrorCode.METHOD_NOT_ALLOWED, shape.allow);
        }
    }

    private void list(DatabaseRequest request, Answer answer) throws IOException {
        Parameters parameters = request.parameters();
        long limit = number(parameters.get("limit"), Long.MAX_VALUE);
        long skip = number(parameters.get("skip"), 0);
        if (limit < 1 || skip < 0) {
            throw new RequestException(ErrorCode.INDEX_LIST_PARAMETERS);
        }
        try (Reader reader = request.reader()) {
            if (request.isPinnedUnchanged()) {
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
            answer.json(200, json.ascii("]}"));
        }
    }

    private static long number(@Nullable String text, long absent) {
        try {
            return text == null ? absent : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new RequestException(ErrorCode.INDEX_LIST_PARAMETERS);
        }
    }

    private void create(DatabaseRequest request, Answer answer) throws IOException {
        IndexRequest index = IndexRequest.parse(request.body().requireJson().jsonObject());
        request.requireNewest();
        boolean created = new DesignDocuments(request, answer, gate)
                .change(index.designDocument(), existing -> index.addTo(existing));
        JsonBuffer json = new JsonBuffer(160).ascii("{\"result\":\"").ascii(created ? "created" : "exists");
        json.ascii("\",\"id\":").string(index.designDocument());
        answer.json(200, json.ascii(",\"name\":").string(index.name()).ascii('}'));
    }

    /** @param path design document, type, name */
    private void delete(DatabaseRequest request, Answer answer, List<String> path) throws IOException {
        request.requireNewest();
        String id = IndexRequest.designId(path.getFirst());
        boolean deleted = path.get(1).equals("json")
                && new DesignDocuments(request, answer, gate)
                        .change(
                                id,
                                existing -> existing == null ? null : IndexRequest.remove(id, existing, path.get(2)));
        if (!deleted) {
            throw new RequestException(ErrorCode.MISSING);
        }
        answer.ok(200);
    }

    private void deleteAll(DatabaseRequest request, Answer answer) throws IOException {
        ObjectNode body = request.body().requireJson().jsonObject();
        request.requireNewest();
        List<String> ids = IndexRequest.designIds(body);
        JsonBuffer deleted = new JsonBuffer();
        JsonBuffer failed = new JsonBuffer();
        DesignDocuments documents = new DesignDocuments(request, answer, gate);
        for (String id : ids.reversed()) {
            JsonBuffer entry = new JsonBuffer(64).ascii("{\"id\":").string(id);
            boolean done = documents.change(id, existing -> existing == null ? null : withoutIndex(id, existing));
            entry.ascii(done ? ",\"ok\":true}" : ",\"error\":\"not_found\"}");
            JsonBuffer list = done ? deleted : failed;
            list.ascii(list.size() == 0 ? "" : ",").raw(entry.array(), 0, entry.size());
        }
        JsonBuffer json = new JsonBuffer().ascii("{\"success\":[").raw(deleted.toByteArray());
        answer.json(200, json.ascii("],\"fail\":[").raw(failed.toByteArray()).ascii("]}"));
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
