package archipel.mango;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.WholeNumber;
import archipel.mango.Condition.Comparison;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/**
 * Makes conditions of a selector's JSON. Several members mean all of them, a bare value means equality, and field names
 * are carried down to the operators at the end of each branch.
 */
final class SelectorParser {
    private SelectorParser() {}

    static Condition parse(JsonNode selector) {
        return parse(selector, "");
    }

    private static Condition parse(JsonNode selector, String path) {
        if (!selector.isObject() || selector.isEmpty()) {
            return new Condition.Field(new FieldPath(path), new Condition.Compare(Comparison.EQUAL, selector));
        }
        List<Condition> conditions = new ArrayList<>();
        for (Map.Entry<String, JsonNode> member : selector.properties()) {
            String key = member.getKey();
            conditions.add(
                    key.startsWith("$")
                            ? operator(key, member.getValue(), path)
                            : parse(member.getValue(), path.isEmpty() ? key : path + "." + key));
        }
        return conditions.size() == 1 ? conditions.getFirst() : new Condition.Every(conditions);
    }

    private static Condition operator(String operator, JsonNode argument, String path) {
        return switch (operator) {
            case "$and" -> new Condition.Every(all(operator, argument, path));
            case "$or" -> new Condition.Any(all(operator, argument, path));
            case "$nor" -> new Condition.None(all(operator, argument, path));
            case "$not" -> new Condition.Not(parse(object(operator, argument), path));
            default -> new Condition.Field(new FieldPath(path), terminal(operator, argument));
        };
    }

    private static Condition terminal(String operator, JsonNode argument) {
        return switch (operator) {
            case "$lt" -> new Condition.Compare(Comparison.LESS, argument);
            case "$lte" -> new Condition.Compare(Comparison.LESS_OR_EQUAL, argument);
            case "$eq" -> new Condition.Compare(Comparison.EQUAL, argument);
            case "$ne" -> new Condition.Compare(Comparison.NOT_EQUAL, argument);
            case "$gte" -> new Condition.Compare(Comparison.GREATER_OR_EQUAL, argument);
            case "$gt" -> new Condition.Compare(Comparison.GREATER, argument);
            case "$in" -> new Condition.In(array(operator, argument), true);
            case "$nin" -> new Condition.In(array(operator, argument), false);
            case "$all" -> new Condition.ContainsAll(array(operator, argument));
            case "$exists" -> {
                require(argument.isBoolean(), operator, argument);
                yield new Condition.Exists(argument.booleanValue());
            }
            case "$type" -> new Condition.Type(string(operator, argument));
            case "$beginsWith" -> new Condition.BeginsWith(text(operator, argument));
            case "$regex" -> {
                String pattern = text(operator, argument);
                RegularExpression expression = RegularExpression.compile(pattern);
                require(expression != null, operator, argument);
                yield new Condition.Matches(pattern, Objects.requireNonNull(expression));
            }
            case "$size" -> {
                Long length = WholeNumber.clamped(argument);
                require(length != null && length >= 0, operator, argument);
                yield new Condition.Size(Objects.requireNonNull(length));
            }
            case "$mod" -> modulo(operator, argument);
            case "$elemMatch" -> new Condition.ElementMatch(parse(object(operator, argument)));
            case "$allMatch" -> new Condition.AllMatch(parse(object(operator, argument)));
            case "$keyMapMatch" -> new Condition.KeyMatch(parse(object(operator, argument)));
            case "$text", "$where", "$geoWithin", "$geoIntersects", "$near", "$nearSphere" ->
                throw new RequestException(ErrorCode.UNSUPPORTED_OPERATOR, operator);
            default -> throw new RequestException(ErrorCode.INVALID_OPERATOR, operator);
        };
    }

    private static Condition modulo(String operator, JsonNode argument) {
        boolean pair = argument.isArray() && argument.size() == 2;
        BigInteger divisor = pair ? WholeNumber.of(argument.get(0)) : null;
        BigInteger remainder = pair ? WholeNumber.of(argument.get(1)) : null;
        if (divisor == null || remainder == null || divisor.signum() == 0) {
            throw new RequestException(ErrorCode.BAD_ARGUMENT, operator, ErlangTerm.of(argument));
        }
        return new Condition.Modulo(divisor, remainder);
    }

    private static List<Condition> all(String operator, JsonNode argument, String path) {
        List<Condition> conditions = new ArrayList<>();
        for (JsonNode each : array(operator, argument)) {
            conditions.add(parse(each, path));
        }
        return conditions;
    }

    private static List<JsonNode> array(String operator, JsonNode argument) {
        require(argument.isArray(), operator, argument);
        List<JsonNode> elements = new ArrayList<>();
        argument.forEach(elements::add);
        return elements;
    }

    private static JsonNode object(String operator, JsonNode argument) {
        require(argument.isObject(), operator, argument);
        return argument;
    }

    private static String string(String operator, JsonNode argument) {
        require(argument.isString(), operator, argument);
        return argument.stringValue();
    }

    /** CouchDB does not know these two operators with anything but a string. */
    private static String text(String operator, JsonNode argument) {
        if (!argument.isString()) {
            throw new RequestException(ErrorCode.INVALID_OPERATOR, operator);
        }
        return argument.stringValue();
    }

    private static void require(boolean condition, String operator, JsonNode argument) {
        if (!condition) {
            throw new RequestException(ErrorCode.BAD_ARGUMENT, operator, ErlangTerm.of(argument));
        }
    }
}
