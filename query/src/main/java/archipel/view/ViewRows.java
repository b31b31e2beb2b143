package archipel.view;

import archipel.changes.Waiter;
import archipel.document.ErrorCode;
import archipel.document.JsonCollation;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.document.SortKey;
import archipel.index.Gap;
import archipel.index.IndexKeys;
import archipel.index.IndexReader;
import archipel.index.IndexRow;
import archipel.index.Reducer;
import archipel.index.RowCursor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** The rows of one view that answer one query, in order. For one thread. */
public final class ViewRows {
    /** A group of no more rows is reduced as it is read; a larger one by its parts' reductions. */
    private static final int SMALL_GROUP = 64;

    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    private final IndexReader reader;
    private final IndexDefinition definition;
    private final int view;
    private final ViewQuery query;

    /** Who takes a row of a map. */
    @FunctionalInterface
    public interface RowSink {
        void row(IndexRow row) throws IOException;
    }

    /** Who takes a row of a reduction. */
    public interface ReductionSink {
        /** @param key JSON */
        void row(byte[] key, byte[] value) throws IOException;

        /** A group that could not be reduced. */
        void failed(byte[] key, String error, String reason) throws IOException;
    }

    /**
     * @param view its number in the reader's index
     * @throws RequestException 400 for a range that can hold no row; 500 where the view's map has failed, as a whole or
     *     with a document
     */
    public ViewRows(IndexReader reader, IndexDefinition definition, int view, ViewQuery query) {
        String failure = reader.state().failures().get(view);
        if (failure != null) {
            throw new RequestException(ErrorCode.FUNCTION_FAILED, failure);
        }
        for (Gap gap : reader.state().gaps()) {
            if (gap.view() == view && gap.covers(reader.block())) {
                throw new RequestException(ErrorCode.FUNCTION_FAILED, gap.reason());
            }
        }
        this.reader = reader;
        this.definition = definition;
        this.view = view;
        this.query = query;
        checkRange();
    }

    private void checkRange() {
        JsonNode start = query.start();
        JsonNode end = query.end();
        if (start == null || end == null) {
            return;
        }
        int order = Arrays.compareUnsigned(definition.sortKey(view, start), definition.sortKey(view, end));
        String startId = query.startId();
        String endId = query.endId();
        if (order == 0 && startId != null && endId != null && !endId.isEmpty()) {
            order = JsonCollation.compareBytes(startId, endId);
        }
        if (query.descending() ? order < 0 : order > 0) {
            throw new RequestException(ErrorCode.EMPTY_KEY_RANGE, !query.descending());
        }
    }

    /** Rows in the whole view. */
    public long total() {
        return reader.rows(view);
    }

    /** Where the first row stands among all the view's rows, in the direction of travel. */
    public long offset() {
        List<JsonNode> keys = query.keys();
        if (keys != null) {
            for (JsonNode key : keys) {
                Range range = exactly(definition.sortKey(view, key));
                if (reader.count(view, range.from, range.to) > 0) {
                    return before(range);
                }
            }
            return 0;
        }
        return Math.min(total(), before(range()) + query.skip());
    }

    private long before(Range range) {
        if (query.descending()) {
            return range.to == null ? 0 : reader.count(view, range.to, null);
        }
        return range.from == null ? 0 : reader.count(view, null, range.from);
    }

    /** The rows of the map. */
    public void rows(RowSink sink) throws IOException {
        long skip = query.skip();
        long left = query.limit();
        for (Range range : ranges()) {
            if (left == 0) {
                return;
            }
            try (RowCursor rows = reader.rows(view, range.from, range.to, query.descending())) {
                skip -= skip > 0 ? rows.skip(skip) : 0;
                while (left > 0 && rows.next()) {
                    sink.row(rows.row());
                    left--;
                }
            }
        }
    }

    /**
     * The groups' reductions.
     *
     * @param waiter who waits for them; a call of a function is cancelled where that gives up
     * @throws IOException of the waiter and of the sink
     */
    public void reductions(Waiter waiter, ReductionSink sink) throws IOException {
        try {
            reductions(Reduction.awaitedBy(definition.reducers().get(view), waiter), sink);
        } catch (ScriptReducer.GivenUp e) {
            throw e.getCause();
        }
    }

    private void reductions(Reducer reducer, ReductionSink sink) throws IOException {
        Groups groups = new Groups(reducer, sink);
        if (query.groupLevel() > 0) {
            for (Range range : ranges()) {
                groups.run(range);
            }
            return;
        }
        Range range = range();
        byte[] result = reader.reduce(view, range.from, range.to, reducer);
        if (result != null) {
            groups.write(NULL, result);
        }
    }

    private List<Range> ranges() {
        List<JsonNode> keys = query.keys();
        if (keys == null) {
            return List.of(range());
        }
        List<Range> ranges = new ArrayList<>(keys.size());
        for (JsonNode key : query.descending() ? keys.reversed() : keys) {
            byte[] sortKey = definition.sortKey(view, key);
            ranges.add(bounded(sortKey, sortKey));
        }
        return ranges;
    }

    private Range range() {
        JsonNode start = query.start();
        JsonNode end = query.end();
        return bounded(
                start == null ? null : definition.sortKey(view, start),
                end == null ? null : definition.sortKey(view, end));
    }

    /** From one key to another in the direction of travel, with the ids that the query bounds them by. */
    private Range bounded(byte @Nullable [] start, byte @Nullable [] end) {
        String startId = query.startId();
        String endId = query.endId() == null || query.endId().isEmpty() ? null : query.endId();
        if (query.descending()) {
            byte[] high = start == null
                    ? null
                    : startId == null || startId.isEmpty() ? IndexKeys.after(start) : IndexKeys.after(start, startId);
            return new Range(bound(end, endId, !query.inclusiveEnd()), high);
        }
        byte[] low = start == null
                ? null
                : startId == null || startId.isEmpty() ? IndexKeys.before(start) : IndexKeys.before(start, startId);
        return new Range(low, bound(end, endId, query.inclusiveEnd()));
    }

    private static byte @Nullable [] bound(byte @Nullable [] key, @Nullable String id, boolean after) {
        if (key == null) {
            return null;
        }
        if (id == null) {
            return after ? IndexKeys.after(key) : IndexKeys.before(key);
        }
        return after ? IndexKeys.after(key, id) : IndexKeys.before(key, id);
    }

    private static Range exactly(byte[] sortKey) {
        return new Range(IndexKeys.before(sortKey), IndexKeys.after(sortKey));
    }

    /** @param from inclusive, @param to exclusive; null: open */
    private record Range(byte @Nullable [] from, byte @Nullable [] to) {
        /** What lies in both. */
        Range within(Range other) {
            byte[] low = from == null || other.from != null && Arrays.compareUnsigned(other.from, from) > 0
                    ? other.from
                    : from;
            byte[] high = to == null || other.to != null && Arrays.compareUnsigned(other.to, to) < 0 ? other.to : to;
            return new Range(low, high);
        }
    }

    private final class Groups {
        private final Reducer reducer;
        private final ReductionSink sink;
        private long skip = query.skip();
        private long left = query.limit();

        Groups(Reducer reducer, ReductionSink sink) {
            this.reducer = reducer;
            this.sink = sink;
        }

        void run(Range range) throws IOException {
            Range rest = range;
            while (left > 0) {
                Range next = walk(rest);
                if (next == null) {
                    return;
                }
                rest = next;
            }
        }

        /** Walks until a group is large; then tells what lies behind it. Null at the end. */
        private @Nullable Range walk(Range range) throws IOException {
            try (RowCursor rows = reader.rows(view, range.from, range.to, query.descending())) {
                Group group = null;
                while (rows.next()) {
                    IndexRow row = rows.row();
                    if (group != null && !group.has(row)) {
                        finish(group);
                        group = null;
                        if (left == 0) {
                            return null;
                        }
                    }
                    if (group == null) {
                        group = new Group(row);
                    }
                    group.rows.add(row);
                    if (group.rows.size() > SMALL_GROUP) {
                        Range all = group.range().within(range);
                        if (skip > 0) {
                            skip--;
                        } else {
                            byte[] result = reader.reduce(view, all.from, all.to, reducer);
                            left--;
                            write(group.key(), result == null ? NULL : result);
                        }
                        return query.descending() ? new Range(range.from, all.from) : new Range(all.to, range.to);
                    }
                }
                if (group != null) {
                    finish(group);
                }
                return null;
            }
        }

        private void finish(Group group) throws IOException {
            if (skip > 0) {
                skip--;
                return;
            }
            left--;
            List<IndexRow> rows = query.descending() ? group.rows.reversed() : group.rows;
            write(group.key(), reducer.reduce(rows));
        }

        void write(byte[] key, byte[] result) throws IOException {
            byte[] shown;
            try {
                shown = Reduction.show(reducer, result);
            } catch (Reduction.RowException e) {
                sink.failed(key, e.error(), String.valueOf(e.getMessage()));
                return;
            }
            sink.row(key, shown);
        }
    }

    /** Rows whose keys are equal, or begin with the same elements. */
    private final class Group {
        private final List<IndexRow> rows = new ArrayList<>();
        private final JsonNode key;
        private final byte[] bytes;
        private final boolean cut;

        Group(IndexRow first) {
            JsonNode whole = query.groupLevel() == ViewQuery.EXACT
                    ? JsonNodeFactory.instance.missingNode()
                    : JsonTree.ofValid(first.key());
            this.cut = whole.isArray() && whole.size() >= query.groupLevel();
            if (!cut) {
                this.key = whole;
                this.bytes = first.sortKey();
                return;
            }
            ArrayNode elements = JsonNodeFactory.instance.arrayNode();
            for (int i = 0; i < query.groupLevel(); i++) {
                elements.add(whole.get(i));
            }
            this.key = elements;
            this.bytes = SortKey.group(first.sortKey(), query.groupLevel());
        }

        boolean has(IndexRow row) {
            byte[] other = row.sortKey();
            return cut
                    ? other.length > bytes.length && Arrays.equals(other, 0, bytes.length, bytes, 0, bytes.length)
                    : Arrays.equals(other, bytes);
        }

        byte[] key() {
            return cut
                    ? key.toString().getBytes(StandardCharsets.UTF_8)
                    : rows.getFirst().key();
        }

        Range range() {
            return cut ? new Range(bytes, IndexKeys.after(bytes)) : exactly(bytes);
        }
    }
}
