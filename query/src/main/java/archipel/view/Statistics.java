package archipel.view;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@code _stats} knows of a set of numbers; of arrays of numbers, for each place. A value that is neither makes
 * the whole set invalid.
 *
 * @param invalid why the set has no statistics; null when it has
 * @param array whether the values are arrays
 */
record Statistics(@Nullable String invalid, boolean array, List<Summary> places) {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** Sums are exact, so that they do not depend on how an index is cut into parts. */
    record Summary(BigDecimal sum, BigInteger count, BigDecimal min, BigDecimal max, BigDecimal squares) {
        Summary with(Summary other) {
            return new Summary(
                    sum.add(other.sum),
                    count.add(other.count),
                    min.min(other.min),
                    max.max(other.max),
                    squares.add(other.squares));
        }

        ObjectNode json() {
            ObjectNode json = NODES.objectNode();
            json.set("sum", Sums.number(sum));
            json.put("count", count);
            json.set("min", Sums.number(min));
            json.set("max", Sums.number(max));
            json.set("sumsqr", Sums.number(squares));
            return json;
        }
    }

    static Statistics of(JsonNode value) {
        if (!value.isArray()) {
            return one(value);
        }
        List<Summary> places = new ArrayList<>();
        for (JsonNode element : value) {
            Statistics place = one(element);
            if (place.invalid != null) {
                return place;
            }
            places.addAll(place.places);
        }
        return new Statistics(null, true, places);
    }

    private static Statistics one(JsonNode value) {
        if (value.isNumber()) {
            BigDecimal number = value.decimalValue();
            return new Statistics(
                    null, false, List.of(new Summary(number, BigInteger.ONE, number, number, number.multiply(number))));
        }
        return value.isObject() ? summary(value) : invalid("non-numeric _stats input: " + value);
    }

    // A value that is a summary already.
    private static Statistics summary(JsonNode value) {
        for (String name : List.of("sum", "count", "min", "max", "sumsqr")) {
            JsonNode member = value.path(name);
            if (member.isMissingNode()) {
                return invalid("user _stats input missing required field " + name + " (" + value + ")");
            }
            if (!member.isNumber()) {
                return invalid("non-numeric _stats input received for " + name + ": " + member);
            }
        }
        return new Statistics(
                null,
                false,
                List.of(new Summary(
                        value.path("sum").decimalValue(),
                        value.path("count").decimalValue().toBigInteger(),
                        value.path("min").decimalValue(),
                        value.path("max").decimalValue(),
                        value.path("sumsqr").decimalValue())));
    }

    private static Statistics invalid(String reason) {
        return new Statistics(reason, false, List.of());
    }

    Statistics with(Statistics other) {
        if (invalid != null) {
            return this;
        }
        if (other.invalid != null) {
            return other;
        }
        if (array != other.array || places.size() != other.places.size()) {
            return invalid("The _stats function requires that map values be numbers or arrays of numbers, not '"
                    + other.json() + "'");
        }
        List<Summary> all = new ArrayList<>();
        for (int i = 0; i < places.size(); i++) {
            all.add(places.get(i).with(other.places.get(i)));
        }
        return new Statistics(null, array, all);
    }

    /** What {@link #read} takes. */
    JsonNode json() {
        if (invalid != null) {
            return NODES.stringNode(invalid);
        }
        if (!array) {
            return places.getFirst().json();
        }
        ArrayNode all = NODES.arrayNode();
        places.forEach(place -> all.add(place.json()));
        return all;
    }

    static Statistics read(JsonNode json) {
        return json.isString() ? invalid(json.stringValue()) : of(json);
    }

    /** @throws archipel.document.RequestException 500 {@code invalid_value} */
    void requireValid() {
        if (invalid != null) {
            throw Reduction.invalid(invalid);
        }
    }
}
