package archipel.databases;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.WholeNumber;
import archipel.http.JsonTree;
import java.math.BigInteger;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a client asks of a list of documents.
 *
 * @param keys the ids asked for, in order; null for a range
 * @param start where the range begins, in the direction of travel; null for the end of the order
 * @param end where it ends; null for the other end of the order
 * @param inclusiveEnd whether {@code end} itself is in the range
 * @param skip rows to leave out, from 0
 * @param limit rows at the most, from 0
 */
record DocumentListQuery(
        @Nullable List<ListKey> keys,
        @Nullable ListKey start,
        @Nullable ListKey end,
        boolean inclusiveEnd,
        boolean descending,
        long skip,
        long limit,
        boolean includeDocuments,
        boolean conflicts,
        boolean attachments,
        boolean encodingInfo,
        boolean updateSeq) {
    /**
     * One parameter, from a query string or from a JSON body.
     *
     * @param written the value in a query string; null for one in a body
     * @param node the value in a body; null for one in a query string
     */
    record Argument(@Nullable String written, @Nullable JsonNode node) {
        static Argument ofQuery(String value) {
            return new Argument(value, null);
        }

        static Argument ofBody(JsonNode value) {
            return new Argument(null, value);
        }

        /**
         * The value as text: a JSON string's content, a whole number's digits, anything else as it is written. Computed
         * when needed: the text of a million keys takes as much memory as the keys.
         */
        String text() {
            if (node == null) {
                return written == null ? "" : written;
            }
            BigInteger whole = WholeNumber.of(node);
            if (whole != null) {
                return whole.toString();
            }
            return node.isString() ? node.stringValue() : node.toString();
        }

        private JsonNode json() {
            return node != null ? node : JsonTree.parse(text());
        }

        /** As the reference's error texts quote a value. */
        private String quoted() {
            if (node == null) {
                return '"' + text() + '"';
            }
            return node.isString() ? "<<\"" + text() + "\">>" : text();
        }
    }

    /** Whether a range that can hold no row was asked for. */
    boolean isEmptyRange() {
        ListKey low = descending ? end : start;
        ListKey high = descending ? start : end;
        return limit == 0 || low instanceof ListKey.AboveIds || high instanceof ListKey.BelowIds;
    }

    /** Whether {@code id}, met on the way, lies past the end. */
    boolean isPastEnd(String id) {
        if (!(end instanceof ListKey.Id bound)) {
            return false;
        }
        int order = Revision.compareUtf8(id, bound.id());
        return order == 0 ? !inclusiveEnd : descending == order < 0;
    }

    /** Whether {@code id}, met on the way from the order's end, lies before the start. */
    boolean isBeforeStart(String id) {
        if (!(start instanceof ListKey.Id bound)) {
            return false;
        }
        int order = Revision.compareUtf8(id, bound.id());
        return order != 0 && descending == order > 0;
    }

    /** Gathers parameters; a later one overrides an earlier one of the same name. */
    static final class Builder {
        private final boolean singleKeyIsRange;
        private @Nullable List<ListKey> keys;
        private @Nullable ListKey start;
        private @Nullable ListKey end;
        private @Nullable String startId;
        private @Nullable String endId;
        private boolean inclusiveEnd = true;
        private boolean descending;
        private long skip;
        private long limit = Long.MAX_VALUE;
        private boolean includeDocuments;
        private boolean conflicts;
        private boolean attachments;
        private boolean encodingInfo;
        private boolean updateSeq;

        /** @param singleKeyIsRange whether {@code keys} with one element means {@code key}, as in {@code /queries} */
        Builder(boolean singleKeyIsRange) {
            this.singleKeyIsRange = singleKeyIsRange;
        }

        /** For a query that begins with what is set here. */
        Builder copy() {
            Builder copy = new Builder(singleKeyIsRange);
            copy.keys = keys;
            copy.start = start;
            copy.end = end;
            copy.startId = startId;
            copy.endId = endId;
            copy.inclusiveEnd = inclusiveEnd;
            copy.descending = descending;
            copy.skip = skip;
            copy.limit = limit;
            copy.includeDocuments = includeDocuments;
            copy.conflicts = conflicts;
            copy.attachments = attachments;
            copy.encodingInfo = encodingInfo;
            copy.updateSeq = updateSeq;
            return copy;
        }

        /** Unknown names are passed over. */
        void set(String name, Argument value) {
            switch (name) {
                case "key" -> {
                    start = ListKey.of(value.json());
                    end = start;
                }
                case "keys" -> setKeys(value);
                case "startkey", "start_key" -> start = ListKey.of(value.json());
                case "endkey", "end_key" -> end = ListKey.of(value.json());
                case "startkey_docid", "start_key_doc_id" -> startId = value.text();
                case "endkey_docid", "end_key_doc_id" -> endId = value.text();
                case "limit" -> limit = nonNegative(value);
                case "skip" -> skip = nonNegative(value);
                case "descending" -> descending = bool(value);
                case "inclusive_end" -> inclusiveEnd = bool(value);
                case "include_docs" -> includeDocuments = bool(value);
                case "conflicts" -> conflicts = bool(value);
                case "attachments" -> attachments = bool(value);
                case "att_encoding_info" -> encodingInfo = bool(value);
                case "update_seq" -> updateSeq = bool(value);
                case "sorted" -> bool(value);
                default -> check(name, value);
            }
        }

        /** Parameters that change nothing here, but whose values CouchDB looks at. */
        private static void check(String name, Argument value) {
            switch (name) {
                case "stale" -> oneOf(name, value, "ok", "update_after");
                case "stable" -> oneOf(name, value, "true", "false");
                case "update" -> oneOf(name, value, "true", "false", "lazy");
                case "reduce" -> {
                    if (bool(value)) {
                        throw refuse("Reduce is invalid for map-only views.");
                    }
                }
                case "group" -> {
                    if (bool(value)) {
                        throw refuse("Invalid use of grouping on a map view.");
                    }
                }
                case "group_level" -> {
                    if (nonNegative(value) > 0) {
                        throw refuse("Invalid use of grouping on a map view.");
                    }
                }
                case "partition" -> throw refuse("`partition` parameter is not supported on this db");
                default -> {}
            }
        }

        private void setKeys(Argument value) {
            List<ListKey> given = ListKey.listOf(value.json());
            if (given == null) {
                throw value.node() != null
                        ? new RequestException(ErrorCode.BAD_REQUEST, "`keys` body member must be an array.")
                        : new RequestException(ErrorCode.BAD_REQUEST, "`keys` parameter must be an array.");
            }
            if (singleKeyIsRange && given.size() == 1) {
                start = given.getFirst();
                end = start;
            } else {
                keys = given;
            }
        }

        DocumentListQuery build() {
            if (keys != null && !keys.isEmpty() && (start != null || end != null)) {
                boolean sameKey = keys.size() == 1
                        && keys.getFirst().equals(start)
                        && keys.getFirst().equals(end);
                if (!sameKey) {
                    throw refuse("`keys` is incompatible with `key`, `start_key` and `end_key`");
                }
            }
            return new DocumentListQuery(
                    keys,
                    start == null && startId != null ? new ListKey.Id(startId) : start,
                    end == null && endId != null ? new ListKey.Id(endId) : end,
                    inclusiveEnd,
                    descending,
                    skip,
                    limit,
                    includeDocuments,
                    conflicts,
                    attachments,
                    encodingInfo,
                    updateSeq);
        }

        private static boolean bool(Argument value) {
            return switch (value.text().toLowerCase(Locale.ROOT)) {
                case "true" -> true;
                case "false" -> false;
                default -> throw refuse("Invalid boolean parameter: " + value.quoted());
            };
        }

        private static long nonNegative(Argument value) {
            String text = value.text();
            long number;
            try {
                number = Long.parseLong(text);
            } catch (NumberFormatException e) {
                if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                    return Long.MAX_VALUE;
                }
                throw refuse("Invalid value for integer: " + value.quoted());
            }
            if (number < 0) {
                throw refuse("Invalid value for positive integer: " + value.quoted());
            }
            return number;
        }

        private static void oneOf(String name, Argument value, String... allowed) {
            String given = value.text();
            for (String text : allowed) {
                if (text.equals(given)) {
                    return;
                }
            }
            throw refuse("Invalid value for `" + name + "`.");
        }

        private static RequestException refuse(String reason) {
            return new RequestException(ErrorCode.QUERY_PARSE_ERROR, reason);
        }
    }
}
