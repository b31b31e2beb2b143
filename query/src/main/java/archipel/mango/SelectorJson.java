package archipel.mango;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A compiled condition as a selector again, in the form that CouchDB shows and stores: every operator written out, one
 * member to an object, negations pushed down, field names joined with dots.
 */
final class SelectorJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private SelectorJson() {}

    static ObjectNode of(Condition condition) {
        return switch (condition) {
            case Condition.Every every -> single("$and", all(every.conditions()));
            case Condition.Any any -> single("$or", all(any.conditions()));
            case Condition.None none -> single("$nor", all(none.conditions()));
            case Condition.Not not -> single("$not", of(not.condition()));
            case Condition.Field field ->
                field.path().isEmpty()
                        ? of(field.condition())
                        : single(field.path().toString(), of(field.condition()));
            case Condition.Compare compare -> single(compare.comparison().operator(), compare.argument());
            case Condition.In in -> single(in.wanted() ? "$in" : "$nin", values(in.arguments()));
            case Condition.Exists exists -> single("$exists", NODES.booleanNode(exists.wanted()));
            case Condition.Type type -> single("$type", NODES.stringNode(type.name()));
            case Condition.Modulo modulo ->
                single("$mod", NODES.arrayNode().add(modulo.divisor()).add(modulo.remainder()));
            case Condition.Matches matches -> single("$regex", NODES.stringNode(matches.pattern()));
            case Condition.BeginsWith begins -> single("$beginsWith", NODES.stringNode(begins.prefix()));
            case Condition.Size size -> single("$size", NODES.numberNode(size.size()));
            case Condition.ContainsAll all -> single("$all", values(all.arguments()));
            case Condition.ElementMatch match -> single("$elemMatch", of(match.condition()));
            case Condition.AllMatch match -> single("$allMatch", of(match.condition()));
            case Condition.KeyMatch match -> single("$keyMapMatch", of(match.condition()));
        };
    }

    private static ObjectNode single(String name, JsonNode value) {
        ObjectNode object = NODES.objectNode();
        object.set(name, value);
        return object;
    }

    private static ArrayNode all(List<Condition> conditions) {
        ArrayNode array = NODES.arrayNode();
        conditions.forEach(condition -> array.add(of(condition)));
        return array;
    }

    private static ArrayNode values(List<JsonNode> values) {
        ArrayNode array = NODES.arrayNode();
        values.forEach(array::add);
        return array;
    }
}
