package archipel.mango;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A condition on documents, compiled once and then asked for each. Immutable, safe for concurrent use.
 *
 * <p>It means what CouchDB's mango_selector makes of it. That is worth knowing where one would not guess it:
 *
 * <ul>
 *   <li>values compare across types, in {@link archipel.document.JsonCollation}'s order; {@code _id} compares by bytes;
 *   <li>a field that is not there matches nothing but {@code {"$exists": false}}, not even {@code $ne} or {@code $not};
 *       something that is below a value which is neither object nor array does not match even that;
 *   <li>{@code $in} and {@code $nin} look at the elements of a field that is an array;
 *   <li>an empty {@code $and}, {@code $or}, {@code $nor} or {@code $nin} matches, an empty {@code $in} or {@code $all}
 *       does not, {@code $allMatch} never matches an empty array.
 * </ul>
 *
 * <p>Unlike CouchDB's, {@code $nor} works within {@code $elemMatch}, {@code $mod} with a divisor of 0 and a field name
 * with an empty part are refused when compiling, and {@code $text} is not supported. Regular expressions are RE2's
 * ({@link RegularExpression}).
 */
public final class Selector {
    private static final Set<String> COMBINATIONS = Set.of("$and", "$or", "$nor");

    private final Condition condition;

    private final ObjectNode json;
    private final @Nullable Set<String> members;
    private final boolean nothing;

    private Selector(Condition condition, ObjectNode json, boolean nothing) {
        this.condition = condition;
        this.json = json;
        this.members = SelectorFields.members(condition);
        this.nothing = nothing;
    }

    /**
     * @param selector must not be changed later
     * @throws RequestException 400 with CouchDB's texts: {@code invalid_selector_json}, {@code invalid_selector},
     *     {@code invalid_operator}, {@code not_supported}, {@code bad_arg}, {@code invalid_field_name}
     */
    public static Selector compile(JsonNode selector) {
        if (!selector.isObject()) {
            throw new RequestException(ErrorCode.SELECTOR_NOT_JSON_OBJECT, ErlangTerm.of(selector));
        }
        if (selector.isEmpty()) {
            return new Selector(new Condition.Every(List.of()), JsonNodeFactory.instance.objectNode(), false);
        }
        Condition condition = Negation.pushDown(SelectorParser.parse(selector));
        if (condition instanceof Condition.Field field && field.path().isEmpty()) {
            throw new RequestException(ErrorCode.SELECTOR_FIELD_MISSING);
        }
        return new Selector(condition, SelectorJson.of(condition), isEmptyCombination(selector));
    }

    /** A query for an empty combination alone is answered with nothing, though within a selector it matches. */
    private static boolean isEmptyCombination(JsonNode selector) {
        if (selector.size() != 1) {
            return false;
        }
        Map.Entry<String, JsonNode> only = selector.properties().iterator().next();
        return COMBINATIONS.contains(only.getKey()) && only.getValue().isEmpty();
    }

    /** @param document an object, with {@code _id} and {@code _rev} if they are to be seen */
    public boolean matches(JsonNode document) {
        return condition.test(document, false);
    }

    /** As CouchDB shows and stores it: all operators written out, negations pushed down. Not to be changed. */
    public ObjectNode json() {
        return json;
    }

    /**
     * The members of a document, at its top, that decide whether it matches; null where all do. What has none of the
     * others matches just the same.
     */
    public @Nullable Set<String> members() {
        return members;
    }

    Condition condition() {
        return condition;
    }

    /** Whether a query for this is answered with nothing, without a look at any document. */
    boolean isForNothing() {
        return nothing;
    }

    /**
     * A compiled condition as a selector again, in the form that CouchDB shows and stores: every operator written out,
     * one member to an object, negations pushed down, field names joined with dots.
     */
    static final class SelectorJson {
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
}
