package archipel.direct;

import archipel.document.JsonBuffer;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes values as ECMAScript's {@code JSON.stringify} does; what has no JSON is null. */
final class ValueJson {
    /** Deeper values, and more text, are left to the engine. */
    private static final int MOST_DEPTH = 500;

    private static final int MOST_BYTES = 4 << 20;
    private static final String HEX = "0123456789abcdef";

    private ValueJson() {}

    static void write(Object value, JsonBuffer out) {
        write(value, out, 0);
    }

    private static void write(Object value, JsonBuffer out, int depth) {
        if (depth > MOST_DEPTH || out.size() > MOST_BYTES) {
            throw new NotDirectException("a large value");
        }
        switch (value) {
            case Nothing _ -> out.ascii("null");
            case Boolean truth -> out.bool(truth);
            case Double number -> number(number, out);
            case String text -> string(text, out);
            case ObjectNode object -> {
                out.ascii('{');
                int start = out.size();
                for (String name : Operators.names(object)) {
                    name(name, out, start);
                    write(Operators.of(object.get(name)), out, depth + 1);
                }
                out.ascii('}');
            }
            case ObjectLiteral object -> {
                out.ascii('{');
                int start = out.size();
                for (String name : Operators.names(object)) {
                    Object member = Objects.requireNonNull(object.members().get(name));
                    if (member != Nothing.UNDEFINED) {
                        name(name, out, start);
                        write(member, out, depth + 1);
                    }
                }
                out.ascii('}');
            }
            case JsonNode array -> {
                out.ascii('[');
                int start = out.size();
                for (JsonNode element : array) {
                    comma(out, start);
                    write(Operators.of(element), out, depth + 1);
                }
                out.ascii(']');
            }
            case ArrayLiteral(List<Object> elements) -> {
                out.ascii('[');
                int start = out.size();
                for (Object element : elements) {
                    comma(out, start);
                    write(element, out, depth + 1);
                }
                out.ascii(']');
            }
            default -> throw new NotDirectException("a value that has no JSON");
        }
    }

    private static void name(String name, JsonBuffer out, int start) {
        comma(out, start);
        string(name, out);
        out.ascii(':');
    }

    private static void comma(JsonBuffer out, int start) {
        if (out.size() > start) {
            out.ascii(',');
        }
    }

    private static void number(double number, JsonBuffer out) {
        out.ascii(Double.isFinite(number) ? Operators.numberText(number) : "null");
    }

    // The buffer escapes control characters as CouchDB does, with capital digits.
    private static void string(String text, JsonBuffer out) {
        for (int i = 0; i < text.length(); i++) {
            if (isEscapedByDigits(text.charAt(i))) {
                escaped(text, out);
                return;
            }
        }
        out.string(text);
    }

    private static boolean isEscapedByDigits(char c) {
        return c < ' ' && "\b\t\n\f\r".indexOf(c) < 0;
    }

    private static void escaped(String text, JsonBuffer out) {
        JsonBuffer part = new JsonBuffer();
        out.ascii('"');
        int from = 0;
        for (int i = 0; i <= text.length(); i++) {
            if (i < text.length() && !isEscapedByDigits(text.charAt(i))) {
                continue;
            }
            part.reset().string(text.substring(from, i));
            out.raw(part.array(), 1, part.size() - 2);
            if (i < text.length()) {
                char c = text.charAt(i);
                out.ascii("\\u00").ascii(HEX.charAt(c >> 4)).ascii(HEX.charAt(c & 15));
            }
            from = i + 1;
        }
        out.ascii('"');
    }
}
