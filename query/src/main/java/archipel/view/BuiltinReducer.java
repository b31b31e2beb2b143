package archipel.view;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonCollation;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.index.IndexRow;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The reduce functions that need no JavaScript. */
public final class BuiltinReducer {
    private static final int MAX_RANK = 100;

    private BuiltinReducer() {}

    /** @throws RequestException 400 {@code invalid_design_doc} for a name with an underscore that is none of ours */
    public static void check(String source) {
        of(source);
    }

    /**
     * Null for a function's source.
     *
     * @throws RequestException 400 {@code invalid_design_doc} for a name that is none of ours
     */
    static @Nullable Reduction of(String source) {
        if (!source.startsWith("_")) {
            return null;
        }
        if (source.startsWith("_sum")) {
            return new Sum();
        }
        if (source.startsWith("_count")) {
            return new Count();
        }
        if (source.startsWith("_stats")) {
            return new Stats();
        }
        if (source.startsWith("_approx_count_distinct")) {
            return new DistinctCount();
        }
        if (source.startsWith("_first")) {
            return new Edge(true);
        }
        if (source.startsWith("_last")) {
            return new Edge(false);
        }
        if (source.startsWith("_top_")) {
            return new Rank(rank(source, "_top_"), true);
        }
        if (source.startsWith("_bottom_")) {
            return new Rank(rank(source, "_bottom_"), false);
        }
        throw new RequestException(ErrorCode.REDUCE_UNKNOWN, source);
    }

    private static int rank(String source, String prefix) {
        int rank;
        try {
            rank = Integer.parseInt(source.substring(prefix.length()));
        } catch (NumberFormatException e) {
            throw new RequestException(ErrorCode.RANK_INVALID);
        }
        if (rank < 1 || rank > MAX_RANK) {
            throw new RequestException(ErrorCode.RANK_RANGE);
        }
        return rank;
    }

    private static byte[] text(JsonNode value) {
        return value.toString().getBytes(StandardCharsets.UTF_8);
    }

    private record Count() implements Reduction {
        @Override
        public byte[] reduce(List<IndexRow> rows) {
            return number(rows.size());
        }

        @Override
        public byte[] rereduce(List<byte[]> results) {
            long count = 0;
            for (byte[] result : results) {
                count += Long.parseLong(new String(result, StandardCharsets.US_ASCII));
            }
            return number(count);
        }

        private static byte[] number(long count) {
            return Long.toString(count).getBytes(StandardCharsets.US_ASCII);
        }
    }

    private record Sum() implements Reduction {
        @Override
        public byte[] reduce(List<IndexRow> rows) {
            return sum(rows.stream().map(IndexRow::value).toList());
        }

        @Override
        public byte[] rereduce(List<byte[]> results) {
            return sum(results);
        }

        private static byte[] sum(List<byte[]> values) {
            long whole = 0;
            for (int i = 0; i < values.size(); i++) {
                byte[] value = values.get(i);
                if (!isSmallInteger(value)) {
                    return general(values.subList(i, values.size()), whole);
                }
                whole += parse(value);
            }
            return Long.toString(whole).getBytes(StandardCharsets.US_ASCII);
        }

        private static byte[] general(List<byte[]> values, long whole) {
            JsonNode sum = JsonTree.ofValid(Long.toString(whole).getBytes(StandardCharsets.US_ASCII));
            for (byte[] value : values) {
                sum = Sums.add(sum, JsonTree.ofValid(value));
                if (Sums.isError(sum)) {
                    break;
                }
            }
            return text(sum);
        }

        // Up to 15 digits, so that thousands of them fit into a long.
        private static boolean isSmallInteger(byte[] value) {
            int start = value.length > 0 && value[0] == '-' ? 1 : 0;
            if (value.length == start || value.length > start + 15) {
                return false;
            }
            for (int i = start; i < value.length; i++) {
                if (value[i] < '0' || value[i] > '9') {
                    return false;
                }
            }
            return true;
        }

        private static long parse(byte[] value) {
            return Long.parseLong(new String(value, StandardCharsets.US_ASCII));
        }

        @Override
        public byte[] show(byte[] result) {
            return isSmallInteger(result) ? result : text(Sums.shown(JsonTree.ofValid(result)));
        }
    }

    private record Stats() implements Reduction {
        @Override
        public byte[] reduce(List<IndexRow> rows) {
            return combine(rows.stream()
                    .map(row -> Statistics.of(JsonTree.ofValid(row.value())))
                    .toList());
        }

        @Override
        public byte[] rereduce(List<byte[]> results) {
            return combine(results.stream()
                    .map(result -> Statistics.read(JsonTree.ofValid(result)))
                    .toList());
        }

        private static byte[] combine(List<Statistics> parts) {
            Statistics all = parts.getFirst();
            for (Statistics part : parts.subList(1, parts.size())) {
                all = all.with(part);
            }
            return text(all.json());
        }

        @Override
        public byte[] show(byte[] result) {
            JsonNode statistics = JsonTree.ofValid(result);
            Statistics.read(statistics).requireValid();
            return text(Sums.shown(statistics));
        }
    }

    /** The first or the last value in the order of the rows. */
    private record Edge(boolean first) implements Reduction {
        @Override
        public byte[] reduce(List<IndexRow> rows) {
            return (first ? rows.getFirst() : rows.getLast()).value();
        }

        @Override
        public byte[] rereduce(List<byte[]> results) {
            return first ? results.getFirst() : results.getLast();
        }
    }

    /** The greatest or the least values that differ, in order. */
    private record Rank(int count, boolean greatest) implements Reduction {
        @Override
        public byte[] reduce(List<IndexRow> rows) {
            List<JsonNode> best = new ArrayList<>();
            rows.forEach(row -> insert(best, JsonTree.ofValid(row.value())));
            return write(best);
        }

        @Override
        public byte[] rereduce(List<byte[]> results) {
            List<JsonNode> best = new ArrayList<>();
            results.forEach(result -> JsonTree.ofValid(result).forEach(value -> insert(best, value)));
            return write(best);
        }

        private void insert(List<JsonNode> best, JsonNode value) {
            int at = 0;
            while (at < best.size()) {
                int order = JsonCollation.compare(value, best.get(at));
                if (order == 0) {
                    return;
                }
                if (greatest == order > 0) {
                    break;
                }
                at++;
            }
            best.add(at, value);
            if (best.size() > count) {
                best.removeLast();
            }
        }

        private static byte[] write(List<JsonNode> values) {
            JsonBuffer json = new JsonBuffer(64).ascii('[');
            for (int i = 0; i < values.size(); i++) {
                json.ascii(i == 0 ? "" : ",").raw(text(values.get(i)));
            }
            return json.ascii(']').toByteArray();
        }
    }

    private record DistinctCount() implements Reduction {
        @Override
        public byte[] reduce(List<IndexRow> rows) {
            DistinctSketch sketch = new DistinctSketch();
            rows.forEach(row -> sketch.add(row.sortKey()));
            return sketch.bytes();
        }

        @Override
        public byte[] rereduce(List<byte[]> results) {
            DistinctSketch all = DistinctSketch.read(results.getFirst());
            for (byte[] result : results.subList(1, results.size())) {
                all = all.with(DistinctSketch.read(result));
            }
            return all.bytes();
        }

        @Override
        public byte[] show(byte[] result) {
            long estimate = DistinctSketch.read(result).estimate();
            return Long.toString(estimate).getBytes(StandardCharsets.US_ASCII);
        }
    }
}
