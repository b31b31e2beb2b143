package archipel.document;

import java.math.BigInteger;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One parameter of a list or a view, from a query string or from a JSON body, read as CouchDB reads it.
 *
 * @param written the value in a query string; null for one in a body
 * @param node the value in a body; null for one in a query string
 */
public record QueryArgument(
        @Nullable String written, @Nullable JsonNode node) {
    public static QueryArgument ofQuery(String value) {
        return new QueryArgument(value, null);
    }

    public static QueryArgument ofBody(JsonNode value) {
        return new QueryArgument(null, value);
    }

    /**
     * The value as text: a JSON string's content, a whole number's digits, anything else as it is written. Computed
     * when needed: the text of a million keys takes as much memory as the keys.
     */
    public String text() {
        if (node == null) {
            return written == null ? "" : written;
        }
        BigInteger whole = WholeNumber.of(node);
        if (whole != null) {
            return whole.toString();
        }
        return node.isString() ? node.stringValue() : node.toString();
    }

    /** The value as JSON. */
    public JsonNode json(Function<String, JsonNode> parser) {
        return node != null ? node : parser.apply(text());
    }

    /** @throws RequestException 400 {@code query_parse_error} */
    public boolean bool() {
        return switch (text().toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new RequestException(ErrorCode.INVALID_BOOLEAN, quoted());
        };
    }

    /**
     * A whole number from 0; the greatest long for what is greater.
     *
     * @throws RequestException 400 {@code query_parse_error}
     */
    public long nonNegative() {
        String text = text();
        long number;
        try {
            number = Long.parseLong(text);
        } catch (NumberFormatException e) {
            if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return Long.MAX_VALUE;
            }
            throw new RequestException(ErrorCode.INVALID_INTEGER, quoted());
        }
        if (number < 0) {
            throw new RequestException(ErrorCode.INVALID_POSITIVE_INTEGER, quoted());
        }
        return number;
    }

    /**
     * The one of the texts that the value is.
     *
     * @param name the parameter's
     * @throws RequestException 400 {@code query_parse_error}
     */
    public String oneOf(String name, String... allowed) {
        String text = text();
        for (String one : allowed) {
            if (one.equals(text)) {
                return one;
            }
        }
        throw new RequestException(ErrorCode.INVALID_PARAMETER_VALUE, name);
    }

    /** As CouchDB's error texts quote a value. */
    private String quoted() {
        if (node == null) {
            return '"' + text() + '"';
        }
        return node.isString() ? "<<\"" + text() + "\">>" : text();
    }
}
