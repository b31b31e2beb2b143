package archipel.mango;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Fields in an order, with one direction for all: what a query sorts by, and the columns of an index.
 *
 * @param fields names as they were written, none twice
 */
record SortOrder(List<String> fields, boolean descending) {
    static final SortOrder NONE = new SortOrder(List.of(), false);
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /**
     * @param sort an array of names, or of objects from one name to {@code asc} or {@code desc}
     * @throws RequestException 400 with CouchDB's texts
     */
    static SortOrder parse(JsonNode sort) {
        if (!sort.isArray()) {
            throw new RequestException(ErrorCode.SORT_NOT_ARRAY, ErlangTerm.pretty(sort));
        }
        List<String> fields = new ArrayList<>();
        int descending = 0;
        for (JsonNode each : sort) {
            String field = field(each);
            if (field == null || field.isEmpty()) {
                throw new RequestException(ErrorCode.SORT_FIELD, ErlangTerm.pretty(each));
            }
            if (isDescending(each)) {
                descending++;
            }
            if (!fields.contains(field)) {
                fields.add(field);
            }
        }
        if (descending != 0 && descending != sort.size()) {
            throw new RequestException(ErrorCode.SORT_MIXED);
        }
        // Names that lead nowhere are refused here and not later, by the first document.
        fields.forEach(FieldPath::new);
        return new SortOrder(List.copyOf(fields), descending > 0);
    }

    /** From the object that an index is stored with; null where it is none. */
    static @Nullable SortOrder stored(@Nullable JsonNode fields) {
        if (fields == null || !fields.isObject()) {
            return null;
        }
        ArrayNode list = NODES.arrayNode();
        for (Map.Entry<String, JsonNode> field : fields.properties()) {
            list.addObject().set(field.getKey(), field.getValue());
        }
        try {
            return parse(list);
        } catch (RequestException e) {
            return null;
        }
    }

    private static @Nullable String field(JsonNode each) {
        if (each.isString()) {
            return each.stringValue();
        }
        if (!each.isObject() || each.size() != 1) {
            return null;
        }
        Map.Entry<String, JsonNode> only = each.properties().iterator().next();
        String direction = only.getValue().isString() ? only.getValue().stringValue() : "";
        return direction.equals("asc") || direction.equals("desc") ? only.getKey() : null;
    }

    private static boolean isDescending(JsonNode each) {
        return each.isObject()
                && each.properties().iterator().next().getValue().stringValue().equals("desc");
    }

    boolean isEmpty() {
        return fields.isEmpty();
    }

    /** {@code {"a":"asc","b":"asc"}}. */
    ObjectNode object() {
        ObjectNode object = NODES.objectNode();
        fields.forEach(field -> object.put(field, descending ? "desc" : "asc"));
        return object;
    }

    /** {@code [{"a":"asc"},{"b":"asc"}]}. */
    ArrayNode list() {
        ArrayNode list = NODES.arrayNode();
        fields.forEach(field -> list.addObject().put(field, descending ? "desc" : "asc"));
        return list;
    }
}
