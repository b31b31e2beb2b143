package archipel.view;

import archipel.document.JsonCollation;
import java.math.BigDecimal;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Adds up values as {@code _sum} does: numbers, arrays of numbers place by place, objects member by member. Sums are
 * exact, so that they do not depend on how an index is cut into parts.
 */
final class Sums {
    static final String ERROR = "builtin_reduce_error";
    private static final String REASON = "The _sum function requires that map values be numbers, arrays of numbers, or"
            + " objects. Objects cannot be mixed with other data structures. Objects can be arbitrarily nested,"
            + " provided that the values for all fields are themselves numbers, arrays of numbers, or objects.";
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private Sums() {}

    /** The sum, or an object that says which value cannot be added. */
    static JsonNode add(JsonNode sum, JsonNode value) {
        if (isError(sum)) {
            return sum;
        }
        if (isError(value)) {
            return value;
        }
        if (sum.isNumber() && value.isNumber()) {
            return number(sum.decimalValue().add(value.decimalValue()));
        }
        if (value.isObject()) {
            return isZero(sum) ? addMembers(NODES.objectNode(), value) : addMembers(sum, value);
        }
        if (sum.isObject() || !value.isNumber() && !value.isArray()) {
            return error(value);
        }
        return addPlaces(sum, value);
    }

    static boolean isError(JsonNode value) {
        return value.isObject() && ERROR.equals(value.path("error").asString(""));
    }

    /** With what is no whole number as a double, as clients know it. */
    static JsonNode shown(JsonNode sum) {
        if (sum.isArray()) {
            ArrayNode all = NODES.arrayNode();
            sum.forEach(element -> all.add(shown(element)));
            return all;
        }
        if (sum.isObject() && !isError(sum)) {
            ObjectNode all = NODES.objectNode();
            sum.properties().forEach(member -> all.set(member.getKey(), shown(member.getValue())));
            return all;
        }
        return sum.isNumber() && !sum.isIntegralNumber() ? NODES.numberNode(sum.doubleValue()) : sum;
    }

    static JsonNode number(BigDecimal exact) {
        return exact.signum() == 0 || exact.stripTrailingZeros().scale() <= 0
                ? NODES.numberNode(exact.toBigInteger())
                : NODES.numberNode(exact);
    }

    private static boolean isZero(JsonNode sum) {
        return sum.isNumber() && sum.decimalValue().signum() == 0;
    }

    private static JsonNode addMembers(JsonNode sum, JsonNode value) {
        if (!sum.isObject()) {
            return error(value);
        }
        Map<String, JsonNode> members = new TreeMap<>(JsonCollation::compareBytes);
        sum.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
        for (Map.Entry<String, JsonNode> member : value.properties()) {
            JsonNode before = members.getOrDefault(member.getKey(), NODES.numberNode(0));
            JsonNode after = add(before, member.getValue());
            if (isError(after)) {
                return after;
            }
            members.put(member.getKey(), after);
        }
        ObjectNode all = NODES.objectNode();
        members.forEach(all::set);
        return all;
    }

    private static JsonNode addPlaces(JsonNode left, JsonNode right) {
        ArrayNode sum = NODES.arrayNode();
        int places = Math.max(places(left), places(right));
        for (int i = 0; i < places; i++) {
            JsonNode one = place(left, i);
            JsonNode other = place(right, i);
            if (!one.isNumber() || !other.isNumber()) {
                return error(right);
            }
            sum.add(number(one.decimalValue().add(other.decimalValue())));
        }
        return sum;
    }

    private static int places(JsonNode value) {
        return value.isArray() ? value.size() : 1;
    }

    // A number counts as an array of one.
    private static JsonNode place(JsonNode value, int index) {
        if (value.isArray()) {
            return index < value.size() ? value.get(index) : NODES.numberNode(0);
        }
        return index == 0 ? value : NODES.numberNode(0);
    }

    private static JsonNode error(JsonNode value) {
        ObjectNode error = NODES.objectNode();
        error.put("error", ERROR).put("reason", REASON);
        error.set("caused_by", value);
        return error;
    }
}
