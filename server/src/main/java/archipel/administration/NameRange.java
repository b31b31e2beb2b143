package archipel.administration;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.http.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Which of a list of names a query asks for, with the parameters of {@code _all_docs}.
 *
 * @param keys these names alone, in their order; null for a range
 * @param start where the range begins, in the direction of travel; null for the end of the list
 * @param end where it ends; null for the end of the list
 * @param inclusiveEnd whether {@code end} itself belongs to it
 */
record NameRange(
        @Nullable List<String> keys,
        @Nullable String start,
        @Nullable String end,
        boolean inclusiveEnd,
        boolean descending,
        long skip,
        long limit) {
    /** @throws RequestException 400 for parameters that cannot be read */
    static NameRange of(Parameters parameters) {
        String key = text(parameters, "key", "key");
        List<String> keys = keys(parameters);
        if (keys == null && key != null) {
            keys = List.of(key);
        }
        return new NameRange(
                keys,
                text(parameters, "startkey", "start_key"),
                text(parameters, "endkey", "end_key"),
                parameters.bool("inclusive_end", true),
                parameters.bool("descending", false),
                parameters.nonNegative("skip", 0),
                parameters.nonNegative("limit", Long.MAX_VALUE));
    }

    /** @param sorted all names, ascending */
    List<String> select(List<String> sorted) {
        List<String> chosen = new ArrayList<>();
        if (keys == null) {
            sorted.stream().filter(this::isInside).forEach(chosen::add);
        } else {
            keys.stream().filter(sorted::contains).forEach(chosen::add);
        }
        List<String> ordered = descending ? chosen.reversed() : chosen;
        return ordered.stream().skip(skip).limit(limit).toList();
    }

    private boolean isInside(String name) {
        boolean begun = start == null || compare(name, start) >= 0;
        int left = end == null ? -1 : compare(name, end);
        return begun && (left < 0 || inclusiveEnd && left == 0);
    }

    private int compare(String name, String bound) {
        return descending ? bound.compareTo(name) : name.compareTo(bound);
    }

    private static @Nullable List<String> keys(Parameters parameters) {
        JsonNode node = parameters.json("keys");
        if (node == null) {
            return null;
        }
        if (!node.isArray()) {
            throw new RequestException(ErrorCode.KEYS_PARAMETER_NOT_ARRAY);
        }
        List<String> keys = new ArrayList<>();
        node.forEach(key -> keys.add(Objects.requireNonNullElse(textOf(key), "")));
        return keys;
    }

    private static @Nullable String text(Parameters parameters, String name, String otherName) {
        JsonNode node = parameters.json(parameters.has(name) ? name : otherName);
        return node == null ? null : textOf(node);
    }

    /** In CouchDB's order what is no string lies before all strings, or (arrays and objects) after them. */
    private static @Nullable String textOf(JsonNode node) {
        if (node.isString()) {
            return node.asString();
        }
        return node.isContainer() ? "\uFFFF" : "";
    }
}
