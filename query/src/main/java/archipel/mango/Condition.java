package archipel.mango;

import archipel.document.JsonCollation;
import archipel.document.WholeNumber;
import java.math.BigInteger;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * What a selector asks of a value. Conditions that combine others come first, then {@link Field}, which leads to
 * another value, then those that look at the value at hand.
 */
sealed interface Condition {
    /** @param raw whether strings compare by their bytes, as ids do, and not by collation */
    boolean test(JsonNode value, boolean raw);

    record Every(List<Condition> conditions) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            for (Condition condition : conditions) {
                if (!condition.test(value, raw)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** True without conditions, as in CouchDB. */
    record Any(List<Condition> conditions) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            for (Condition condition : conditions) {
                if (condition.test(value, raw)) {
                    return true;
                }
            }
            return conditions.isEmpty();
        }
    }

    record None(List<Condition> conditions) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            for (Condition condition : conditions) {
                if (condition.test(value, raw)) {
                    return false;
                }
            }
            return true;
        }
    }

    record Not(Condition condition) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            return !condition.test(value, raw);
        }
    }

    /** A condition on what a path leads to; an empty path leads to the value itself. */
    record Field(FieldPath path, Condition condition) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            if (path.isEmpty()) {
                return condition.test(value, raw);
            }
            return switch (path.find(value)) {
                case FieldPath.Present found -> condition.test(found.value(), raw || path.isId());
                case FieldPath.Absent absent -> condition instanceof Exists exists && !exists.wanted();
                case FieldPath.NoWay noWay -> false;
            };
        }
    }

    /** How a value can stand to an argument. */
    enum Comparison {
        LESS,
        LESS_OR_EQUAL,
        EQUAL,
        NOT_EQUAL,
        GREATER_OR_EQUAL,
        GREATER;

        /** As it is written in a selector. */
        String operator() {
            return switch (this) {
                case LESS -> "$lt";
                case LESS_OR_EQUAL -> "$lte";
                case EQUAL -> "$eq";
                case NOT_EQUAL -> "$ne";
                case GREATER_OR_EQUAL -> "$gte";
                case GREATER -> "$gt";
            };
        }

        boolean holds(int order) {
            return switch (this) {
                case LESS -> order < 0;
                case LESS_OR_EQUAL -> order <= 0;
                case EQUAL -> order == 0;
                case NOT_EQUAL -> order != 0;
                case GREATER_OR_EQUAL -> order >= 0;
                case GREATER -> order > 0;
            };
        }

        Comparison negated() {
            return switch (this) {
                case LESS -> GREATER_OR_EQUAL;
                case LESS_OR_EQUAL -> GREATER;
                case EQUAL -> NOT_EQUAL;
                case NOT_EQUAL -> EQUAL;
                case GREATER_OR_EQUAL -> LESS;
                case GREATER -> LESS_OR_EQUAL;
            };
        }
    }

    record Compare(Comparison comparison, JsonNode argument) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            return comparison.holds(order(value, argument, raw));
        }
    }

    /** {@code $in}, or {@code $nin} if not {@code wanted}. */
    record In(List<JsonNode> arguments, boolean wanted) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            return isIn(value, raw) == wanted;
        }

        private boolean isIn(JsonNode value, boolean raw) {
            if (value.isArray()) {
                for (JsonNode element : value) {
                    if (equalsAny(element, raw)) {
                        return true;
                    }
                }
                return false;
            }
            return equalsAny(value, raw);
        }

        private boolean equalsAny(JsonNode value, boolean raw) {
            for (JsonNode argument : arguments) {
                if (order(value, argument, raw) == 0) {
                    return true;
                }
            }
            return false;
        }
    }

    /** Whether the value is there; {@link Field} answers where it is not. */
    record Exists(boolean wanted) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            return wanted;
        }
    }

    record Type(String name) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            return switch (value.getNodeType()) {
                case NULL -> name.equals("null");
                case BOOLEAN -> name.equals("boolean");
                case NUMBER -> name.equals("number");
                case STRING -> name.equals("string");
                case ARRAY -> name.equals("array");
                case OBJECT -> name.equals("object");
                default -> false;
            };
        }
    }

    /**
     * Remainders have the dividend's sign, as Erlang's {@code rem} gives them. Unlike CouchDB, which asks how a number
     * is written, 3.0 has the remainders of 3: an index holds only what a number is.
     */
    record Modulo(BigInteger divisor, BigInteger remainder) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            BigInteger whole = WholeNumber.of(value);
            return whole != null && whole.remainder(divisor).equals(remainder);
        }
    }

    /** @param pattern as it was written */
    record Matches(String pattern, RegularExpression expression) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            return value.isString() && expression.isFoundIn(value.stringValue());
        }
    }

    record BeginsWith(String prefix) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            return value.isString() && value.stringValue().startsWith(prefix);
        }
    }

    record Size(long size) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            return value.isArray() && value.size() == size;
        }
    }

    /** Every argument is an element; or the only argument is an array and equals the value. */
    record ContainsAll(List<JsonNode> arguments) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            if (!value.isArray() || arguments.isEmpty()) {
                return false;
            }
            if (arguments.size() == 1 && JsonCollation.same(arguments.getFirst(), value)) {
                return true;
            }
            for (JsonNode argument : arguments) {
                boolean found = false;
                for (JsonNode element : value) {
                    found = found || JsonCollation.same(argument, element);
                }
                if (!found) {
                    return false;
                }
            }
            return true;
        }
    }

    record ElementMatch(Condition condition) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            if (value.isArray()) {
                for (JsonNode element : value) {
                    if (condition.test(element, raw)) {
                        return true;
                    }
                }
            }
            return false;
        }
    }

    record AllMatch(Condition condition) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            if (!value.isArray() || value.isEmpty()) {
                return false;
            }
            for (JsonNode element : value) {
                if (!condition.test(element, raw)) {
                    return false;
                }
            }
            return true;
        }
    }

    record KeyMatch(Condition condition) implements Condition {
        @Override
        public boolean test(JsonNode value, boolean raw) {
            if (value.isObject()) {
                for (String key : value.propertyNames()) {
                    if (condition.test(StringNode.valueOf(key), raw)) {
                        return true;
                    }
                }
            }
            return false;
        }
    }

    /** As CouchDB compares raw: strings by their bytes, and a string is greater than anything else. */
    private static int order(JsonNode value, JsonNode argument, boolean raw) {
        if (raw && value.isString()) {
            return argument.isString() ? JsonCollation.compareBytes(value.stringValue(), argument.stringValue()) : 1;
        }
        return JsonCollation.compare(value, argument);
    }
}
