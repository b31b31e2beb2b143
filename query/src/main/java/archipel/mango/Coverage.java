package archipel.mango;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Whether an index's keys alone answer a query, and documents made of keys. */
final class Coverage {
    private final List<FieldPath> columns = new ArrayList<>();

    Coverage(FieldIndex index) {
        index.columns().fields().forEach(field -> columns.add(new FieldPath(field)));
    }

    /** Whether the keys have all those fields; where one column leads through another they may not. */
    static boolean covers(FieldIndex index, Set<String> fields) {
        List<String> columns = index.columns().fields();
        for (String field : fields) {
            if (!columns.contains(field) && !field.equals("_id")) {
                return false;
            }
        }
        for (String column : columns) {
            for (String other : columns) {
                if (other.startsWith(column + ".")) {
                    return false;
                }
            }
        }
        return true;
    }

    /** @param key an array of the columns' values */
    ObjectNode document(String id, JsonNode key) {
        ObjectNode document = JsonNodeFactory.instance.objectNode().put("_id", id);
        for (int i = 0; i < columns.size(); i++) {
            Projection.put(document, columns.get(i).names(), key.get(i));
        }
        return document;
    }
}
