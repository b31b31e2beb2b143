package archipel.mango;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** What a document is indexed by. Safe for concurrent use. */
final class IndexedFields {
    private final List<FieldPath> columns;
    private final @Nullable Selector partial;
    private final @Nullable Set<String> members;

    IndexedFields(FieldIndex index) {
        this.columns = index.columns().fields().stream().map(FieldPath::new).toList();
        this.partial = index.partial();
        this.members = members(columns, partial);
    }

    private static @Nullable Set<String> members(List<FieldPath> columns, @Nullable Selector partial) {
        Set<String> members = new HashSet<>();
        columns.forEach(column -> members.add(column.names().getFirst()));
        if (partial != null) {
            Set<String> looked = partial.members();
            if (looked == null) {
                return null;
            }
            members.addAll(looked);
        }
        return members;
    }

    /** The members of a document, at its top, that are looked at; null for all. */
    @Nullable
    Set<String> members() {
        return members;
    }

    /** The columns' values; null where the document lacks one, or is not to be in the index. */
    @Nullable
    ArrayNode key(JsonNode document) {
        ArrayNode key = JsonNodeFactory.instance.arrayNode();
        for (FieldPath column : columns) {
            if (!(column.find(document) instanceof FieldPath.Found(JsonNode value))) {
                return null;
            }
            key.add(value);
        }
        return partial == null || partial.matches(document) ? key : null;
    }
}
