package archipel.index;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What an index should hold, told in the plainest way: what each document emits, for every block. */
final class IndexModel {
    /** By block; what can no longer be read is taken out. */
    final TreeMap<Long, Map<String, List<IndexRow>>> states = new TreeMap<>();

    Map<String, List<IndexRow>> documents = new HashMap<>();

    void remember(long block) {
        states.put(block, new HashMap<>(documents));
    }

    void purge(String id) {
        documents.remove(id);
        states.values().forEach(state -> state.remove(id));
    }

    static byte[] place(IndexRow row) {
        return Place.of(row.view(), row.sortKey(), row.id(), row.ordinal()).bytes();
    }

    List<IndexRow> rows(long block, int view) {
        List<IndexRow> rows = new ArrayList<>();
        states.get(block)
                .values()
                .forEach(emitted ->
                        emitted.stream().filter(row -> row.view() == view).forEach(rows::add));
        rows.sort((a, b) -> {
            int order = Arrays.compareUnsigned(a.sortKey(), b.sortKey());
            order = order == 0
                    ? Arrays.compareUnsigned(
                            a.id().getBytes(StandardCharsets.UTF_8), b.id().getBytes(StandardCharsets.UTF_8))
                    : order;
            return order == 0 ? Integer.compare(a.ordinal(), b.ordinal()) : order;
        });
        return rows;
    }

    static List<String> told(List<IndexRow> rows) {
        return rows.stream().map(IndexModel::told).toList();
    }

    static String told(IndexRow row) {
        return row.view() + " " + new String(row.key(), StandardCharsets.UTF_8) + " " + row.id() + " " + row.ordinal()
                + " " + new String(row.value(), StandardCharsets.UTF_8) + " " + Arrays.hashCode(row.sortKey());
    }

    /** Gives another result whenever a row is missing, is there twice, or comes out of order. */
    static final Reducer ORDERED = new Reducer() {
        private static final long PRIME = 1_000_003;

        @Override
        public byte[] reduce(List<IndexRow> rows) {
            long count = 0;
            long hash = 0;
            for (IndexRow row : rows) {
                hash = hash * PRIME + told(row).hashCode();
                count++;
            }
            return bytes(count, hash);
        }

        @Override
        public byte[] rereduce(List<byte[]> reductions) {
            long count = 0;
            long hash = 0;
            for (byte[] reduction : reductions) {
                String[] parts = new String(reduction, StandardCharsets.UTF_8).split(",");
                long rows = Long.parseLong(parts[0]);
                for (long i = 0; i < rows; i++) {
                    hash *= PRIME;
                }
                hash += Long.parseLong(parts[1]);
                count += rows;
            }
            return bytes(count, hash);
        }

        private static byte[] bytes(long count, long hash) {
            return (count + "," + hash).getBytes(StandardCharsets.UTF_8);
        }
    };

    /** Of values that are numbers. */
    static final Reducer SUM = new Reducer() {
        @Override
        public byte[] reduce(List<IndexRow> rows) {
            return rereduce(rows.stream().map(IndexRow::value).toList());
        }

        @Override
        public byte[] rereduce(List<byte[]> reductions) {
            long sum = 0;
            for (byte[] reduction : reductions) {
                sum += Long.parseLong(new String(reduction, StandardCharsets.UTF_8));
            }
            return Long.toString(sum).getBytes(StandardCharsets.UTF_8);
        }
    };
}
