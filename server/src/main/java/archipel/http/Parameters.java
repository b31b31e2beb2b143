package archipel.http;

import archipel.document.ErrorCode;
import archipel.document.JsonLimits;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.mime.PercentCoding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A query string's parameters, decoded. Brackets, quotes and braces may come raw, as CouchDB's manual writes them. Of a
 * name that comes twice the first counts.
 */
public final class Parameters {
    private final List<String> names;
    private final List<String> values;
    private final JsonLimits limits;

    private Parameters(List<String> names, List<String> values, JsonLimits limits) {
        this.names = names;
        this.values = values;
        this.limits = limits;
    }

    /**
     * @param raw without the question mark
     * @param limits of values that are read as JSON
     * @throws RequestException 400 for what is not percent-encoded UTF-8
     */
    public static Parameters parse(String raw, JsonLimits limits) {
        if (raw.isEmpty()) {
            return new Parameters(List.of(), List.of(), limits);
        }
        List<String> names = new ArrayList<>(4);
        List<String> values = new ArrayList<>(4);
        int start = 0;
        while (start < raw.length()) {
            int end = raw.indexOf('&', start);
            if (end < 0) {
                end = raw.length();
            }
            if (end > start) {
                int equals = raw.indexOf('=', start);
                if (equals < 0 || equals > end) {
                    equals = end;
                }
                names.add(decode(raw, start, equals));
                values.add(decode(raw, Math.min(equals + 1, end), end));
            }
            start = end + 1;
        }
        return new Parameters(names, values, limits);
    }

    private static String decode(String raw, int start, int end) {
        try {
            return PercentCoding.decode(raw, start, end, true);
        } catch (PercentCoding.MalformedException e) {
            throw new RequestException(ErrorCode.INVALID_URL_ENCODING);
        }
    }

    public boolean isEmpty() {
        return names.isEmpty();
    }

    /** In the order they came. */
    public List<String> names() {
        return names;
    }

    /** Each as it came; of a name that comes twice the last one. */
    public Map<String, String> last() {
        Map<String, String> all = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            all.put(names.get(i), values.get(i));
        }
        return all;
    }

    public boolean has(String name) {
        return names.contains(name);
    }

    /** Null when absent. */
    public @Nullable String get(String name) {
        int at = names.indexOf(name);
        return at < 0 ? null : values.get(at);
    }

    public String get(String name, String absent) {
        String value = get(name);
        return value == null ? absent : value;
    }

    /** Whether the value is {@code true}; everything else is not, without complaint, as with documents. */
    public boolean isTrue(String name) {
        return "true".equals(get(name));
    }

    /** @throws RequestException 400 {@code query_parse_error} for what is neither true nor false */
    public boolean bool(String name, boolean absent) {
        String value = get(name);
        if (value == null) {
            return absent;
        }
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new RequestException(ErrorCode.INVALID_BOOLEAN, quoted(value));
        };
    }

    /** @throws RequestException 400 {@code query_parse_error} for what is no integer */
    public long integer(String name, long absent) {
        String value = get(name);
        if (value == null) {
            return absent;
        }
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new RequestException(ErrorCode.INVALID_INTEGER, quoted(value));
        }
    }

    /** @throws RequestException 400 {@code query_parse_error} for what is no integer, or a negative one */
    public long nonNegative(String name, long absent) {
        long number = integer(name, absent);
        if (number < 0) {
            throw new RequestException(ErrorCode.INVALID_POSITIVE_INTEGER, quoted(get(name, "")));
        }
        return number;
    }

    /** The value read as JSON; null when absent. @throws RequestException 400 {@code invalid UTF-8 JSON} */
    public @Nullable JsonNode json(String name) {
        String value = get(name);
        return value == null ? null : readJson(value);
    }

    /** Reads a value as JSON. @throws RequestException 400 {@code invalid UTF-8 JSON} */
    public JsonNode readJson(String value) {
        return JsonTree.parse(value, limits);
    }

    private static String quoted(String value) {
        return '"' + value + '"';
    }
}
