package archipel.databases;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * A key asked for in a list of documents, where only strings are ids. In the order of JSON values null, booleans and
 * numbers come before all strings, arrays and objects after them; so any other key is a bound beyond all ids.
 */
sealed interface ListKey {
    /** The key as it was asked for. */
    JsonNode json();

    /** Less than every id. */
    record BelowIds(JsonNode json) implements ListKey {}

    record Id(String id) implements ListKey {
        @Override
        public JsonNode json() {
            return StringNode.valueOf(id);
        }
    }

    /** Greater than every id. */
    record AboveIds(JsonNode json) implements ListKey {}

    static ListKey of(JsonNode json) {
        if (json.isString()) {
            return new Id(json.stringValue());
        }
        return json.isContainer() ? new AboveIds(json) : new BelowIds(json);
    }

    /** The keys in an array; null for any other value. */
    static @Nullable List<ListKey> listOf(JsonNode json) {
        if (!json.isArray()) {
            return null;
        }
        List<ListKey> keys = new ArrayList<>(json.size());
        for (JsonNode element : json) {
            keys.add(of(element));
        }
        return keys;
    }
}
