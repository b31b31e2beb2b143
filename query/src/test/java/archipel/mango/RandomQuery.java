package archipel.mango;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Documents, indexes and queries out of few names and values, so that they meet. */
final class RandomQuery {
    static final List<String> FIELDS = List.of("a", "b", "c", "a.x", "a.0", "_id", "b.x");
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final List<String> STRINGS =
            List.of("", "a", "A", "ab", "aB", "b", "\u00e4", "a\u0301", "a\u200b", "\u0e40", "\u0e40\u0e01", "z", "10");
    private static final List<String> OPERATORS = List.of(
            "$lt",
            "$lte",
            "$eq",
            "$ne",
            "$gte",
            "$gt",
            "$in",
            "$nin",
            "$exists",
            "$type",
            "$size",
            "$all",
            "$regex",
            "$beginsWith",
            "$elemMatch",
            "$allMatch",
            "$keyMapMatch",
            "$mod");

    private final SplittableRandom random;

    RandomQuery(SplittableRandom random) {
        this.random = random;
    }

    <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    JsonNode value(int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 6)) {
            case 0 -> NODES.nullNode();
            case 1 -> NODES.booleanNode(random.nextBoolean());
            case 2, 3 -> NODES.numberNode(random.nextInt(-2, 6));
            case 4 -> NODES.numberNode(new BigDecimal(random.nextInt(-4, 9)).divide(new BigDecimal(2)));
            case 5 -> NODES.stringNode(pick(STRINGS));
            case 6 -> {
                ArrayNode array = NODES.arrayNode();
                for (int i = random.nextInt(3); i > 0; i--) {
                    array.add(value(depth - 1));
                }
                yield array;
            }
            default -> {
                ObjectNode object = NODES.objectNode();
                if (random.nextInt(4) > 0) {
                    object.set("x", value(depth - 1));
                }
                if (random.nextInt(3) == 0) {
                    object.set("y", value(depth - 1));
                }
                yield object;
            }
        };
    }

    ObjectNode document() {
        ObjectNode document = NODES.objectNode();
        for (String field : List.of("a", "b", "c", "d")) {
            if (random.nextInt(5) > 0) {
                document.set(field, value(2));
            }
        }
        return document;
    }

    ObjectNode selector(int depth) {
        ObjectNode selector = NODES.objectNode();
        int kind = depth == 0 ? 9 : random.nextInt(12);
        if (kind < 2) {
            selector.set("$and", selectors(depth));
        } else if (kind < 4) {
            selector.set("$or", selectors(depth));
        } else if (kind == 4) {
            selector.set("$nor", selectors(depth));
        } else if (kind == 5) {
            selector.set("$not", selector(depth - 1));
        } else {
            for (int i = 1 + random.nextInt(2); i > 0; i--) {
                selector.set(pick(FIELDS), condition());
            }
        }
        return selector;
    }

    private ArrayNode selectors(int depth) {
        ArrayNode list = NODES.arrayNode();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            list.add(selector(depth - 1));
        }
        return list;
    }

    private ObjectNode condition() {
        ObjectNode condition = NODES.objectNode();
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
            // Comparisons more often than the others.
            String operator = random.nextBoolean() ? pick(OPERATORS.subList(0, 7)) : pick(OPERATORS);
            condition.set(operator, argument(operator));
        }
        return condition;
    }

    private JsonNode argument(String operator) {
        return switch (operator) {
            case "$in", "$nin", "$all" -> {
                ArrayNode list = NODES.arrayNode();
                for (int i = random.nextInt(4); i > 0; i--) {
                    list.add(value(1));
                }
                yield list;
            }
            case "$exists" -> NODES.booleanNode(random.nextInt(4) > 0);
            case "$type" -> NODES.stringNode(pick(List.of("null", "number", "string", "array", "object")));
            case "$size" -> NODES.numberNode(random.nextInt(3));
            case "$regex" -> NODES.stringNode(pick(List.of("^a", "b", ".")));
            case "$beginsWith" -> NODES.stringNode(pick(STRINGS));
            case "$elemMatch", "$allMatch", "$keyMapMatch" -> NODES.objectNode().set("$gte", value(0));
            case "$mod" -> NODES.arrayNode().add(2).add(random.nextInt(2));
            default -> value(2);
        };
    }

    /** The columns of an index, or the fields of a sort. */
    SortOrder fields(int most, boolean descending) {
        List<String> fields = new ArrayList<>();
        for (int i = 1 + random.nextInt(most); i > 0; i--) {
            String field = pick(FIELDS);
            if (!fields.contains(field)) {
                fields.add(field);
            }
        }
        return new SortOrder(List.copyOf(fields), descending);
    }

    /** One index, or two. */
    List<FieldIndex> indexes(int number) {
        ObjectNode design = NODES.objectNode().put("language", "query");
        ObjectNode views = design.putObject("views");
        int last = random.nextInt(2);
        for (int i = 0; i <= last; i++) {
            ObjectNode view = views.putObject("i" + i);
            view.putObject("options");
            view.putObject("map")
                    .set("fields", fields(3, random.nextInt(4) == 0).object());
            if (random.nextInt(6) == 0) {
                ((ObjectNode) view.get("map")).set("partial_filter_selector", selector(1));
            }
        }
        return FieldIndexDefinition.of("_design/d" + number, design).indexes();
    }
}
