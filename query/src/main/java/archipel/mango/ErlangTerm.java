package archipel.mango;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * JSON values as Erlang prints them, which is how they appear in CouchDB's messages about selectors.
 */
final class ErlangTerm {
    /** Longer texts are cut: a message need not repeat a whole selector. */
    private static final int CHARACTERS = 1_000;

    private final boolean pretty;

    private ErlangTerm(boolean pretty) {
        this.pretty = pretty;
    }

    /** As {@code ~w} prints it. */
    static String of(JsonNode value) {
        return new ErlangTerm(false).print(value);
    }

    /** As {@code ~p} prints it: strings as text. */
    static String pretty(JsonNode value) {
        return new ErlangTerm(true).print(value);
    }

    private String print(JsonNode value) {
        StringBuilder out = new StringBuilder();
        append(value, out);
        return out.length() <= CHARACTERS ? out.toString() : out.substring(0, CHARACTERS) + "...";
    }

    private void append(JsonNode value, StringBuilder out) {
        if (out.length() > CHARACTERS) {
            return;
        }
        switch (value.getNodeType()) {
            case STRING -> binary(value.stringValue(), out);
            case ARRAY -> {
                String separator = "[";
                for (JsonNode element : value) {
                    out.append(separator);
                    append(element, out);
                    separator = ",";
                }
                out.append(value.isEmpty() ? "[]" : "]");
            }
            case OBJECT -> {
                out.append("{[");
                String separator = "{";
                for (Map.Entry<String, JsonNode> member : value.properties()) {
                    out.append(separator);
                    binary(member.getKey(), out);
                    out.append(',');
                    append(member.getValue(), out);
                    out.append('}');
                    separator = ",{";
                }
                out.append("]}");
            }
            case NUMBER ->
                out.append(
                        value.isIntegralNumber()
                                ? value.bigIntegerValue().toString()
                                : Double.toString(value.decimalValue().doubleValue())
                                        .toLowerCase(Locale.ROOT));
            default -> out.append(value);
        }
    }

    private void binary(String text, StringBuilder out) {
        if (pretty) {
            out.append("<<\"")
                    .append(text, 0, Math.min(text.length(), CHARACTERS))
                    .append("\">>");
            return;
        }
        String separator = "<<";
        byte[] bytes = text.substring(0, Math.min(text.length(), CHARACTERS)).getBytes(UTF_8);
        for (byte b : bytes) {
            out.append(separator).append(b & 0xFF);
            separator = ",";
        }
        out.append(bytes.length == 0 ? "<<>>" : ">>");
    }
}
