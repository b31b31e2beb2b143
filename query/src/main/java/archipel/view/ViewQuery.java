package archipel.view;

import archipel.document.ErrorCode;
import archipel.document.QueryArgument;
import archipel.document.RequestException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a client asks of a view.
 *
 * @param keys asked for, in order; null for a range
 * @param start where the range begins, in the direction of travel; null for the end of the order
 * @param startId of the first document under {@code start}
 * @param skip rows or groups to leave out, from 0
 * @param limit rows or groups at the most, from 0
 * @param reduce whether rows are reduced
 * @param groupLevel 0 for one row, {@link #EXACT} for one of each key, else how many elements of array keys make a
 *     group
 */
public record ViewQuery(
        @Nullable List<JsonNode> keys,
        @Nullable JsonNode start,
        @Nullable JsonNode end,
        @Nullable String startId,
        @Nullable String endId,
        boolean inclusiveEnd,
        boolean descending,
        long skip,
        long limit,
        boolean reduce,
        int groupLevel,
        boolean includeDocuments,
        boolean conflicts,
        boolean attachments,
        boolean encodingInfo,
        boolean updateSeq,
        Freshness freshness) {
    /** One group for each key. */
    public static final int EXACT = Integer.MAX_VALUE;

    /** Makes a value of a parameter's text in a query string. */
    @FunctionalInterface
    public interface JsonParser {
        /** @throws RequestException 400 */
        JsonNode parse(String text);
    }

    /** Gathers parameters; a later one overrides an earlier one of the same name. */
    public static final class Builder {
        private final JsonParser parser;
        private @Nullable List<JsonNode> keys;
        private @Nullable JsonNode start;
        private @Nullable JsonNode end;
        private @Nullable String startId;
        private @Nullable String endId;
        private boolean inclusiveEnd = true;
        private boolean descending;
        private long skip;
        private long limit = Long.MAX_VALUE;
        private @Nullable Boolean reduce;
        private @Nullable Boolean group;
        private @Nullable Long groupLevel;
        private boolean includeDocuments;
        private @Nullable Boolean conflicts;
        private boolean attachments;
        private boolean encodingInfo;
        private boolean updateSeq;
        private Freshness freshness = Freshness.CURRENT;

        public Builder(JsonParser parser) {
            this.parser = parser;
        }

        /** For a query that begins with what is set here. */
        public Builder copy() {
            Builder copy = new Builder(parser);
            copy.keys = keys;
            copy.start = start;
            copy.end = end;
            copy.startId = startId;
            copy.endId = endId;
            copy.inclusiveEnd = inclusiveEnd;
            copy.descending = descending;
            copy.skip = skip;
            copy.limit = limit;
            copy.reduce = reduce;
            copy.group = group;
            copy.groupLevel = groupLevel;
            copy.includeDocuments = includeDocuments;
            copy.conflicts = conflicts;
            copy.attachments = attachments;
            copy.encodingInfo = encodingInfo;
            copy.updateSeq = updateSeq;
            copy.freshness = freshness;
            return copy;
        }

        /** A parameter of a query string; unknown names are passed over. */
        public Builder set(String name, String text) {
            set(name, QueryArgument.ofQuery(text));
            return this;
        }

        /** A member of a body. */
        public Builder set(String name, JsonNode value) {
            set(name, QueryArgument.ofBody(value));
            return this;
        }

        private void set(String name, QueryArgument value) {
            switch (name) {
                case "key" -> {
                    start = value.json(parser::parse);
                    end = start;
                }
                case "keys" -> setKeys(value.json(parser::parse));
                case "startkey", "start_key" -> start = value.json(parser::parse);
                case "endkey", "end_key" -> end = value.json(parser::parse);
                case "startkey_docid", "start_key_doc_id" -> startId = value.text();
                case "endkey_docid", "end_key_doc_id" -> endId = value.text();
                case "limit" -> limit = value.nonNegative();
                case "skip" -> skip = value.nonNegative();
                case "descending" -> descending = value.bool();
                case "inclusive_end" -> inclusiveEnd = value.bool();
                case "reduce" -> reduce = value.bool();
                case "group" -> group = value.bool();
                case "group_level" -> groupLevel = value.nonNegative();
                case "include_docs" -> includeDocuments = value.bool();
                case "conflicts" -> conflicts = value.bool();
                case "attachments" -> attachments = value.bool();
                case "att_encoding_info" -> encodingInfo = value.bool();
                case "update_seq" -> updateSeq = value.bool();
                case "sorted" -> value.bool();
                case "stable" -> value.oneOf(name, "true", "false");
                case "stale" ->
                    freshness =
                            value.oneOf(name, "ok", "update_after").equals("ok") ? Freshness.AS_IT_IS : Freshness.LAZY;
                case "update" ->
                    freshness = switch (value.oneOf(name, "true", "false", "lazy")) {
                        case "true" -> Freshness.CURRENT;
                        case "false" -> Freshness.AS_IT_IS;
                        default -> Freshness.LAZY;
                    };
                case "partition" -> throw new RequestException(ErrorCode.PARTITION_OF_DESIGN);
                default -> {}
            }
        }

        private void setKeys(JsonNode given) {
            if (!given.isArray()) {
                throw new RequestException(ErrorCode.KEYS_NOT_ARRAY);
            }
            if (given.size() == 1) {
                start = given.get(0);
                end = start;
                keys = null;
                return;
            }
            List<JsonNode> all = new ArrayList<>(given.size());
            given.forEach(all::add);
            keys = all;
        }

        /**
         * @param reducible whether the view has a reduce function
         * @throws RequestException 400 {@code query_parse_error} for what does not go together
         */
        public ViewQuery build(boolean reducible) {
            boolean grouped = Boolean.TRUE.equals(group) || groupLevel != null && groupLevel > 0;
            if (Boolean.FALSE.equals(group) && groupLevel != null && groupLevel > 0) {
                throw new RequestException(ErrorCode.GROUP_AND_LEVEL);
            }
            if (!reducible && Boolean.TRUE.equals(reduce)) {
                throw new RequestException(ErrorCode.REDUCE_WITHOUT_REDUCE);
            }
            boolean reduces = reducible && !Boolean.FALSE.equals(reduce);
            int level = level(grouped);
            if (reduces && keys != null && level != EXACT) {
                throw new RequestException(ErrorCode.KEYS_WITHOUT_GROUP);
            }
            if (keys != null && !keys.isEmpty() && (start != null || end != null)) {
                throw new RequestException(ErrorCode.KEYS_WITH_RANGE);
            }
            if (!reduces && grouped) {
                throw new RequestException(ErrorCode.GROUP_WITHOUT_REDUCE);
            }
            if (reduces && includeDocuments) {
                throw new RequestException(ErrorCode.DOCUMENTS_OF_REDUCE);
            }
            if (reduces && conflicts != null) {
                throw new RequestException(ErrorCode.CONFLICTS_OF_REDUCE);
            }
            return new ViewQuery(
                    keys,
                    start,
                    end,
                    startId,
                    endId,
                    inclusiveEnd,
                    descending,
                    skip,
                    limit,
                    reduces,
                    level,
                    includeDocuments,
                    Boolean.TRUE.equals(conflicts),
                    attachments,
                    encodingInfo,
                    updateSeq,
                    freshness);
        }

        private int level(boolean grouped) {
            if (!grouped) {
                return 0;
            }
            return groupLevel != null ? (int) Math.min(groupLevel, EXACT) : EXACT;
        }
    }

    /** Which state of an index will do. */
    public enum Freshness {
        /** The index as it stands at the block that is asked for, brought there if need be. */
        CURRENT,
        /** Whatever there is, {@code update=false}. */
        AS_IT_IS,
        /** Whatever there is, and then it is brought up to date, {@code update=lazy}. */
        LAZY
    }
}
