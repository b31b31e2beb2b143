package archipel.mango;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields of a document that a client wants to see, each a name or names with dots between them. Immutable, safe for
 * concurrent use.
 */
public final class Projection {
    private final List<FieldPath> fields;

    private Projection(List<FieldPath> fields) {
        this.fields = fields;
    }

    /**
     * @param fields an array of names; an empty one means all fields
     * @throws RequestException 400 where it is not an array of names
     */
    public static Projection compile(JsonNode fields) {
        if (!fields.isArray()) {
            throw new RequestException(ErrorCode.QUERY_FIELDS, ErlangTerm.of(fields));
        }
        List<FieldPath> paths = new ArrayList<>(fields.size());
        for (JsonNode field : fields) {
            if (!field.isString()) {
                throw new RequestException(ErrorCode.QUERY_FIELD_JSON, ErlangTerm.of(field));
            }
            paths.add(new FieldPath(field.stringValue()));
        }
        return new Projection(List.copyOf(paths));
    }

    /** @throws RequestException 400 {@code invalid_field_name} */
    static Projection compile(List<String> fields) {
        return new Projection(fields.stream().map(FieldPath::new).toList());
    }

    /** Whether documents are shown as they are. */
    public boolean isWhole() {
        return fields.isEmpty();
    }

    /** The members of a document, at its top, that are shown; null for all. */
    public @Nullable Set<String> members() {
        return isWhole()
                ? null
                : fields.stream()
                        .filter(field -> !field.isEmpty())
                        .map(field -> field.names().getFirst())
                        .collect(Collectors.toSet());
    }

    /** What the document has of the fields, nested as they are there; the document itself where all are wanted. */
    public JsonNode of(JsonNode document) {
        if (fields.isEmpty()) {
            return document;
        }
        ObjectNode shown = JsonNodeFactory.instance.objectNode();
        for (FieldPath field : fields) {
            if (!field.isEmpty() && field.find(document) instanceof FieldPath.Present(JsonNode value)) {
                put(shown, field.names(), value);
            }
        }
        return shown;
    }

    static void put(ObjectNode into, List<String> names, JsonNode value) {
        ObjectNode at = into;
        for (String name : names.subList(0, names.size() - 1)) {
            at = at.get(name) instanceof ObjectNode nested ? nested : at.putObject(name);
        }
        at.set(names.getLast(), value);
    }
}
