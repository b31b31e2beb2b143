package archipel.direct;

import static java.nio.charset.StandardCharsets.US_ASCII;

import archipel.document.CanonicalNumber;
import archipel.document.JsonBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What operators and property look-ups of ECMAScript do with the values that there are here: {@link Nothing}, {@link
 * Boolean}, {@link Double}, {@link String}, objects and arrays of the document ({@link ObjectNode}, {@link ArrayNode})
 * and of the function ({@link ObjectLiteral}, {@link ArrayLiteral}). Conversions of objects to text and of text to
 * numbers are left to the engine.
 */
final class Operators {
    /** What every object inherits; a member of such a name need not be the document's. */
    static final Set<String> INHERITED = Set.of(
            "constructor",
            "hasOwnProperty",
            "isPrototypeOf",
            "propertyIsEnumerable",
            "toLocaleString",
            "toString",
            "valueOf",
            "__proto__",
            "__defineGetter__",
            "__defineSetter__",
            "__lookupGetter__",
            "__lookupSetter__");

    private static final double EXACT = 1L << 53;
    private static final long LAST_INDEX = 4_294_967_294L;

    private Operators() {}

    /** A value of the document. */
    static Object of(JsonNode node) {
        return switch (node.getNodeType()) {
            case STRING -> node.stringValue();
            case NUMBER ->
                node.isLong() || node.isInt()
                        ? (double) node.longValue()
                        : node.decimalValue().doubleValue();
            case BOOLEAN -> node.booleanValue();
            case NULL -> Nothing.NULL;
            case OBJECT, ARRAY -> node;
            default -> throw new NotDirectException("a value of the document");
        };
    }

    static boolean isTrue(Object value) {
        return switch (value) {
            case Nothing _ -> false;
            case Boolean truth -> truth;
            case Double number -> number != 0 && !number.isNaN();
            case String text -> !text.isEmpty();
            default -> true;
        };
    }

    static String type(Object value) {
        return switch (value) {
            case Nothing nothing -> nothing == Nothing.UNDEFINED ? "undefined" : "object";
            case Boolean _ -> "boolean";
            case Double _ -> "number";
            case String _ -> "string";
            default -> "object";
        };
    }

    static boolean isArray(Object value) {
        return value instanceof ArrayNode || value instanceof ArrayLiteral;
    }

    static boolean areIdentical(Object one, Object other) {
        if (one instanceof Double a && other instanceof Double b) {
            // Unlike equals: NaN is nothing's equal, and zeros are one.
            return a.doubleValue() == b.doubleValue();
        }
        if (isObject(one) || isObject(other)) {
            return one == other;
        }
        return one.equals(other);
    }

    /** {@code ==}. */
    static boolean areEqual(Object one, Object other) {
        if (one instanceof Nothing || other instanceof Nothing) {
            return one instanceof Nothing && other instanceof Nothing;
        }
        if (isObject(one) && isObject(other) || one.getClass() == other.getClass()) {
            return areIdentical(one, other);
        }
        throw new NotDirectException("== of two types");
    }

    private static boolean isObject(Object value) {
        return type(value).equals("object") && value != Nothing.NULL;
    }

    /** The value as a number. */
    static double number(Object value) {
        return switch (value) {
            case Double number -> number;
            case Boolean truth -> truth ? 1 : 0;
            case Nothing nothing -> nothing == Nothing.UNDEFINED ? Double.NaN : 0;
            default -> throw new NotDirectException("a number of something else");
        };
    }

    // The tree has no -0, so that only what is divided by zero would tell it from 0.
    static double divide(double one, double other) {
        if (other == 0) {
            throw new NotDirectException("a division by zero");
        }
        return one / other;
    }

    static Object plus(Object one, Object other, Frame frame) {
        if (one instanceof String || other instanceof String) {
            String left = text(one);
            String right = text(other);
            frame.text((long) left.length() + right.length());
            return left + right;
        }
        return number(one) + number(other);
    }

    /** Below zero, zero or above as the first is less, equal or greater. */
    static int compare(Object one, Object other, Frame frame) {
        if (one instanceof String a && other instanceof String b) {
            frame.text(Math.min(a.length(), b.length()));
            // Both by UTF-16's units.
            return a.compareTo(b);
        }
        throw new NotDirectException("an order of two types");
    }

    /** The value as text, or as the name of a property. */
    static String text(Object value) {
        return switch (value) {
            case String text -> text;
            case Boolean truth -> truth.toString();
            case Nothing nothing -> nothing == Nothing.UNDEFINED ? "undefined" : "null";
            case Double number -> numberText(number);
            default -> throw new NotDirectException("a text of an object");
        };
    }

    /** {@code base[name]}. */
    static Object property(Object base, String name) {
        return switch (base) {
            case Nothing _ -> throw ScriptErrorException.noProperty(base, name);
            case ObjectNode object -> {
                JsonNode member = object.get(name);
                yield member == null ? absent(name) : of(member);
            }
            case ObjectLiteral object -> {
                Object member = object.members().get(name);
                yield member == null ? absent(name) : member;
            }
            case ArrayNode array -> {
                if (name.equals("length")) {
                    yield (double) array.size();
                }
                int index = requireIndex(name);
                yield index < array.size() ? of(array.get(index)) : Nothing.UNDEFINED;
            }
            case ArrayLiteral array -> {
                if (name.equals("length")) {
                    yield (double) array.elements().size();
                }
                int index = requireIndex(name);
                yield index < array.elements().size() ? array.elements().get(index) : Nothing.UNDEFINED;
            }
            case String text when name.equals("length") -> (double) text.length();
            default -> throw new NotDirectException("a property of a value that inherits some");
        };
    }

    private static Object absent(String name) {
        if (INHERITED.contains(name)) {
            throw new NotDirectException("what objects inherit");
        }
        return Nothing.UNDEFINED;
    }

    private static int requireIndex(String name) {
        long index = index(name);
        if (index < 0) {
            throw new NotDirectException("a property of an array");
        }
        return (int) Math.min(index, Integer.MAX_VALUE);
    }

    /** -1 for a name that is no index of an array. */
    private static long index(String name) {
        int length = name.length();
        if (length == 0 || length > 10 || name.charAt(0) == '0' && length > 1) {
            return -1;
        }
        long index = 0;
        for (int i = 0; i < length; i++) {
            char c = name.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            index = index * 10 + c - '0';
        }
        return index > LAST_INDEX ? -1 : index;
    }

    /** Whether the object itself has a member of that name. */
    static boolean has(Object object, String name) {
        return switch (object) {
            case ObjectNode node -> node.has(name);
            case ObjectLiteral literal -> literal.members().containsKey(name);
            default -> throw new NotDirectException("a member of something else");
        };
    }

    /** The names of its own members: those that are indexes by number, then the others as they were set. */
    static List<String> names(Object object) {
        return switch (object) {
            case ObjectNode node -> inOrder(new ArrayList<>(node.propertyNames()));
            case ObjectLiteral literal ->
                inOrder(new ArrayList<>(literal.members().keySet()));
            case ArrayNode array -> indexes(array.size());
            case ArrayLiteral array -> indexes(array.elements().size());
            default -> throw new NotDirectException("names in something else");
        };
    }

    private static List<String> inOrder(List<String> names) {
        if (names.stream().anyMatch(name -> index(name) >= 0)) {
            names.sort(Comparator.comparingLong(name -> index(name) < 0 ? Long.MAX_VALUE : index(name)));
        }
        return names;
    }

    private static List<String> indexes(int size) {
        List<String> names = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            names.add(Integer.toString(i));
        }
        return names;
    }

    static List<Object> elements(Object array) {
        return switch (array) {
            case ArrayNode node -> {
                List<Object> elements = new ArrayList<>(node.size());
                node.forEach(element -> elements.add(of(element)));
                yield elements;
            }
            case ArrayLiteral literal -> literal.elements();
            default -> throw new NotDirectException("elements of something else");
        };
    }

    /** ECMAScript's {@code Number::toString}. */
    static String numberText(double number) {
        if (number == Math.rint(number) && Math.abs(number) < EXACT) {
            return Long.toString((long) number);
        }
        if (!Double.isFinite(number)) {
            return Double.toString(number);
        }
        // Both write as few digits as tell the number from others, but Java never fewer than two.
        String java = Double.toString(Math.abs(number));
        String shortest = (number < 0 ? "-" : "") + (java.indexOf('E') == 3 ? oneDigit(java, Math.abs(number)) : java);
        JsonBuffer laidOut = new JsonBuffer(32);
        CanonicalNumber.append(shortest.getBytes(US_ASCII), 0, shortest.length(), laidOut);
        return new String(laidOut.array(), 0, laidOut.size(), US_ASCII);
    }

    /** One digit, where that is enough for the number; else the two, as in {@code 4.9E-324}. */
    private static String oneDigit(String two, double number) {
        int first = two.charAt(0) - '0';
        int nearest = two.charAt(2) < '5' ? first : first + 1;
        for (int digit : new int[] {nearest, first + first + 1 - nearest}) {
            String one = digit + two.substring(3);
            if (Double.parseDouble(one) == number) {
                return one;
            }
        }
        return two;
    }
}
