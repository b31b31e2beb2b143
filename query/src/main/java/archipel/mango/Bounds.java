package archipel.mango;

import archipel.document.JsonCollation;
import archipel.mango.Condition.Comparison;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The keys between which CouchDB would walk through an index, as {@code _explain} shows them; the ranges that are
 * walked here are as narrow or narrower.
 */
final class Bounds {
    private static final String MAXIMUM = "<MAX>";
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private @Nullable JsonNode low;
    private @Nullable JsonNode high;
    private boolean bounded;

    /** Of one field, from all conditions on it that have to hold together. */
    private static Bounds of(Condition condition, String field) {
        Bounds bounds = new Bounds();
        bounds.narrow(condition, field);
        return bounds;
    }

    private void narrow(Condition condition, String field) {
        if (condition instanceof Condition.Every every) {
            every.conditions().forEach(each -> narrow(each, field));
        } else if (condition instanceof Condition.Field at
                && at.path().toString().equals(field)
                && SelectorFields.isIndexable(at.condition())) {
            bounded = true;
            narrow(at.condition());
        }
    }

    private void narrow(Condition condition) {
        if (condition instanceof Condition.BeginsWith begins) {
            raise(NODES.stringNode(begins.prefix()));
            lower(NODES.stringNode(begins.prefix() + '\uFFFF'));
        } else if (condition instanceof Condition.Compare compare) {
            Comparison comparison = compare.comparison();
            if (comparison == Comparison.EQUAL
                    || comparison == Comparison.GREATER
                    || comparison == Comparison.GREATER_OR_EQUAL) {
                raise(compare.argument());
            }
            if (comparison == Comparison.EQUAL
                    || comparison == Comparison.LESS
                    || comparison == Comparison.LESS_OR_EQUAL) {
                lower(compare.argument());
            }
        }
    }

    private void raise(JsonNode value) {
        low = low == null || JsonCollation.compare(value, low) > 0 ? value : low;
    }

    private void lower(JsonNode value) {
        high = high == null || JsonCollation.compare(value, high) < 0 ? value : high;
    }

    /** Where the walk begins, going up: an array of values, or for the documents themselves one value. */
    static JsonNode start(FieldIndex index, Condition condition) {
        if (index.isAllDocuments()) {
            JsonNode low = of(condition, "_id").low;
            return low == null ? NODES.nullNode() : low;
        }
        ArrayNode key = NODES.arrayNode();
        for (String column : index.columns().fields()) {
            JsonNode low = of(condition, column).low;
            if (low == null) {
                break;
            }
            key.add(low);
        }
        return key;
    }

    /** Where it ends, going up. */
    static JsonNode end(FieldIndex index, Condition condition) {
        if (index.isAllDocuments()) {
            JsonNode high = of(condition, "_id").high;
            return high == null ? NODES.stringNode(MAXIMUM) : high;
        }
        ArrayNode key = NODES.arrayNode();
        List<String> columns = index.columns().fields();
        for (String column : columns) {
            Bounds bounds = of(condition, column);
            if (!bounds.bounded || bounds.high == null) {
                return key.add(MAXIMUM);
            }
            key.add(bounds.high);
        }
        return key.add(MAXIMUM);
    }
}
