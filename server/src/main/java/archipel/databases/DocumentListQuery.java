package archipel.databases;

import archipel.document.ErrorCode;
import archipel.document.QueryArgument;
import archipel.document.RequestException;
import archipel.document.Revision;
import java.util.List;
import java.util.function.Function;
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
        private final Function<String, JsonNode> parser;
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

        /**
         * @param parser reads keys that are given as text
         * @param singleKeyIsRange whether {@code keys} with one element means {@code key}, as in {@code /queries}
         */
        Builder(Function<String, JsonNode> parser, boolean singleKeyIsRange) {
            this.parser = parser;
            this.singleKeyIsRange = singleKeyIsRange;
        }

        /** For a query that begins with what is set here. */
        Builder copy() {
            Builder copy = new Builder(parser, singleKeyIsRange);
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
        void set(String name, QueryArgument value) {
            switch (name) {
                case "key" -> {
                    start = ListKey.of(value.json(parser));
                    end = start;
                }
                case "keys" -> setKeys(value);
                case "startkey", "start_key" -> start = ListKey.of(value.json(parser));
                case "endkey", "end_key" -> end = ListKey.of(value.json(parser));
                case "startkey_docid", "start_key_doc_id" -> startId = value.text();
                case "endkey_docid", "end_key_doc_id" -> endId = value.text();
                case "limit" -> limit = value.nonNegative();
                case "skip" -> skip = value.nonNegative();
                case "descending" -> descending = value.bool();
                case "inclusive_end" -> inclusiveEnd = value.bool();
                case "include_docs" -> includeDocuments = value.bool();
                case "conflicts" -> conflicts = value.bool();
                case "attachments" -> attachments = value.bool();
                case "att_encoding_info" -> encodingInfo = value.bool();
                case "update_seq" -> updateSeq = value.bool();
                case "sorted" -> value.bool();
                default -> check(name, value);
            }
        }

        /** Parameters that change nothing here, but whose values CouchDB looks at. */
        private static void check(String name, QueryArgument value) {
            switch (name) {
                case "stale" -> value.oneOf(name, "ok", "update_after");
                case "stable" -> value.oneOf(name, "true", "false");
                case "update" -> value.oneOf(name, "true", "false", "lazy");
                case "reduce" -> {
                    if (value.bool()) {
                        throw new RequestException(ErrorCode.REDUCE_WITHOUT_REDUCE);
                    }
                }
                case "group" -> {
                    if (value.bool()) {
                        throw new RequestException(ErrorCode.GROUP_WITHOUT_REDUCE);
                    }
                }
                case "group_level" -> {
                    if (value.nonNegative() > 0) {
                        throw new RequestException(ErrorCode.GROUP_WITHOUT_REDUCE);
                    }
                }
                case "partition" -> throw new RequestException(ErrorCode.PARTITION_NOT_SUPPORTED);
                default -> {}
            }
        }

        private void setKeys(QueryArgument value) {
            List<ListKey> given = ListKey.listOf(value.json(parser));
            if (given == null) {
                throw new RequestException(
                        value.node() != null ? ErrorCode.KEYS_BODY_NOT_ARRAY : ErrorCode.KEYS_PARAMETER_NOT_ARRAY);
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
                    throw new RequestException(ErrorCode.KEYS_WITH_RANGE);
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
    }
}
