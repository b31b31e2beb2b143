package archipel.document;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** JSON values and the many texts that mean them, all from one seed. */
public final class RandomJson {
    /** JSON's null. */
    enum Null {
        NULL;

        @Override
        public String toString() {
            return "null";
        }
    }

    /** A number by its text, so that its value is exact. */
    record Number(String text) {}

    private static final String[] STRINGS = {
        "",
        "a",
        "b",
        "ab",
        "_x",
        "key",
        "abcdefgh",
        "abcdefghi",
        "abcdefgh\u00e9",
        "\0",
        "\u001f",
        "\"",
        "\\",
        "/",
        "\u007f",
        "é",
        "\u07ff",
        "\u0800",
        "€",
        "\uD7FF",
        "\uE000",
        "\uFFFF",
        "\uD83D\uDE00",
        "\uDBFF\uDFFF",
        "line\nbreak\ttab",
        "a\u20acb"
    };
    private static final String[] NUMBERS = {
        "0",
        "-0",
        "1",
        "-1",
        "10",
        "100",
        "1.0",
        "1e0",
        "10e-1",
        "0.1",
        "0.10",
        "1e-1",
        "123456789012345678901234567890",
        "1e21",
        "1e20",
        "1000000000000000000000",
        "1E+2",
        "1.5e300",
        "0.000001",
        "0.0000001",
        "-0.0e5",
        "12.3400",
        "1e400",
        "4.9e-324",
        "0.1000000000000000055511151231257827",
        "1e999999999999999",
        "-1e-999999999999999",
        "0e99"
    };

    final Random random;

    public RandomJson(long seed) {
        random = new Random(seed);
    }

    public Object value(int depth) {
        return switch (random.nextInt(depth > 0 ? 8 : 5)) {
            case 0 -> random.nextBoolean();
            case 1 -> number();
            case 2, 3 -> string();
            case 4 -> Null.NULL;
            case 5 -> {
                List<Object> list = new ArrayList<>();
                for (int i = random.nextInt(5); i > 0; i--) {
                    list.add(value(depth - 1));
                }
                yield list;
            }
            default -> object(depth - 1);
        };
    }

    public Map<String, Object> object(int depth) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = random.nextInt(random.nextInt(10) == 0 ? 40 : 6); i > 0; i--) {
            map.put(string(), value(depth));
        }
        return map;
    }

    public Number number() {
        return new Number(
                random.nextBoolean() ? NUMBERS[random.nextInt(NUMBERS.length)] : Long.toString(random.nextLong()));
    }

    public String string() {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
            text.append(STRINGS[random.nextInt(STRINGS.length)]);
        }
        return text.toString();
    }

    /** One of the texts that mean a value. */
    public String text(Object value) {
        StringBuilder out = new StringBuilder();
        write(value, out);
        return out.toString();
    }

    private void write(Object value, StringBuilder out) {
        space(out);
        switch (value) {
            case Map<?, ?> map -> writeObject(map, out);
            case List<?> list -> {
                out.append('[');
                for (int i = 0; i < list.size(); i++) {
                    out.append(i == 0 ? "" : ",");
                    write(list.get(i), out);
                }
                out.append(list.isEmpty() ? " " : "").append(']');
            }
            case String string -> writeString(string, out);
            case Number number -> out.append(number.text);
            default -> out.append(value);
        }
        space(out);
    }

    private void writeObject(Map<?, ?> map, StringBuilder out) {
        List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
        Collections.shuffle(entries, random);
        out.append('{');
        boolean first = true;
        for (Map.Entry<?, ?> entry : entries) {
            if (random.nextInt(12) == 0) {
                // An earlier member with the same key, which does not count.
                first = comma(first, out);
                writeString((String) entry.getKey(), out);
                out.append(':');
                write(value(1), out);
            }
            first = comma(first, out);
            writeString((String) entry.getKey(), out);
            space(out);
            out.append(':');
            write(entry.getValue(), out);
        }
        space(out);
        out.append('}');
    }

    private boolean comma(boolean first, StringBuilder out) {
        out.append(first ? "" : ",");
        space(out);
        return false;
    }

    private void writeString(String string, StringBuilder out) {
        out.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            boolean half = Character.isSurrogate(c);
            if (c < ' ' || c == '"' || c == '\\' || !half && random.nextInt(6) == 0) {
                int known = "\"\\\b\f\n\r\t/".indexOf(c);
                if (known >= 0 && random.nextBoolean()) {
                    out.append('\\').append("\"\\bfnrt/".charAt(known));
                } else {
                    out.append(random.nextBoolean() ? "\\u%04x".formatted((int) c) : "\\u%04X".formatted((int) c));
                }
            } else if (Character.isHighSurrogate(c) && random.nextBoolean()) {
                out.append("\\u%04x\\u%04X".formatted((int) c, (int) string.charAt(++i)));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    private void space(StringBuilder out) {
        while (random.nextInt(5) == 0) {
            out.append(" \t\n\r".charAt(random.nextInt(4)));
        }
    }
}
