package archipel.mango;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.document.SortKey;
import archipel.memory.Allowance;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The first results in an order that no index has: as many of the least as are asked for, within a bound of memory.
 * Holds keys and ids alone.
 */
final class SortBuffer {
    /** What an entry takes besides its bytes, about. */
    private static final int ENTRY_BYTES = 96;

    /** A result's place. */
    record Entry(byte[] key, String id) {
        long bytes() {
            return ENTRY_BYTES + key.length + 2L * id.length();
        }
    }

    private final long wanted;
    private final long memory;
    private final Comparator<Entry> order;
    private final PriorityQueue<Entry> greatestFirst;
    private long bytes;

    /** @param memory bytes, about */
    SortBuffer(long wanted, long memory, boolean descending) {
        this.wanted = wanted;
        this.memory = memory;
        Comparator<Entry> ascending = Comparator.<Entry, byte[]>comparing(Entry::key, Arrays::compareUnsigned)
                .thenComparing(Entry::id, Revision::compareUtf8);
        this.order = descending ? ascending.reversed() : ascending;
        this.greatestFirst = new PriorityQueue<>(order.reversed());
    }

    /** Whether one entry comes after another. */
    boolean isAfter(Entry entry, Entry other) {
        return order.compare(entry, other) > 0;
    }

    /** @throws RequestException 400 {@code no_usable_index} where memory does not suffice */
    void add(Entry entry) {
        if (greatestFirst.size() >= wanted) {
            if (wanted == 0 || !isAfter(greatestFirst.element(), entry)) {
                return;
            }
            long removed = greatestFirst.remove().bytes();
            bytes -= removed;
            Allowance.current().release(removed);
        }
        Allowance.current().hold(entry.bytes());
        greatestFirst.add(entry);
        bytes += entry.bytes();
        if (bytes > memory) {
            throw new RequestException(ErrorCode.NO_INDEX_FOR_SORT);
        }
    }

    List<Entry> sorted() {
        List<Entry> entries = new ArrayList<>(greatestFirst);
        entries.sort(order);
        return entries;
    }

    /** Documents' places in an order. */
    static final class SortKeys {
        private final List<FieldPath> fields;

        SortKeys(SortOrder sort) {
            this.fields = sort.fields().stream().map(FieldPath::new).toList();
        }

        /** Null for a document that lacks a field, which would not be in an index either. */
        byte @Nullable [] of(JsonNode document) {
            ByteArrayOutputStream key = new ByteArrayOutputStream();
            for (FieldPath field : fields) {
                if (!(field.find(document) instanceof FieldPath.Present(JsonNode value))) {
                    return null;
                }
                key.writeBytes(SortKey.of(value));
            }
            return key.toByteArray();
        }
    }
}
