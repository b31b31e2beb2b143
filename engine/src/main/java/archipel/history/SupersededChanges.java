package archipel.history;

import archipel.changes.ChangesLog;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StoreSnapshot;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How many changes are no longer there, because a newer one of the same document took their place or their document was
 * purged; counted for every {@value #SPAN} seqs. With it the changes after a seq need not be counted one by one: every
 * seq was given to one change, so what is left of a span is its length less what has gone. A database whose documents
 * are written once has none of these rows.
 */
public final class SupersededChanges {
    private static final int SPAN_BITS = 12;
    public static final int SPAN = 1 << SPAN_BITS;

    private final ChangesLog.Rows rows;
    private final KeySpace keys;
    private final SortedMap<Long, Integer> counts = new TreeMap<>();

    /** For one command. */
    public SupersededChanges(ChangesLog.Rows rows, KeySpace keys) {
        this.rows = rows;
        this.keys = keys;
    }

    /** @param seq of the change that goes; 0 for none */
    public void add(long seq) {
        if (seq > 0) {
            counts.merge(span(seq), 1, Integer::sum);
        }
    }

    public void write() {
        counts.forEach((span, count) -> {
            byte[] key = keys.superseded(span);
            byte[] row = rows.get(Family.SUPERSEDED, key);
            long before = row == null ? 0 : decode(row);
            rows.put(
                    Family.SUPERSEDED,
                    key,
                    new RowWriter(2).varint(before + count).toBytes());
        });
    }

    public static long span(long seq) {
        return seq >>> SPAN_BITS;
    }

    public static long decode(byte[] row) {
        return new RowReader(row).varint();
    }

    /**
     * How many changes lie after {@code seq}; costs as much as there are spans after it in which something has
     * gone.
     */
    public static long after(StoreSnapshot store, KeySpace keys, long seq, long lastSeq) {
        if (seq >= lastSeq) {
            return 0;
        }
        long span = span(seq + 1);
        long spanEnd = Math.min(lastSeq, (span + 1 << SPAN_BITS) - 1);
        boolean whole = store.get(Family.SUPERSEDED, keys.superseded(span)) == null;
        long count = whole ? spanEnd - seq : rows(store, keys, seq + 1, spanEnd);
        count += lastSeq - spanEnd;
        try (Cursor gone = store.cursor(Family.SUPERSEDED, keys.superseded(span + 1), keys.upper())) {
            for (boolean more = gone.first(); more; more = gone.next()) {
                count -= decode(gone.value());
            }
        }
        return count;
    }

    private static long rows(StoreSnapshot store, KeySpace keys, long first, long last) {
        long count = 0;
        try (Cursor changes = store.cursor(Family.CHANGE, keys.change(first), keys.change(last + 1))) {
            for (boolean more = changes.first(); more; more = changes.next()) {
                count++;
            }
        }
        return count;
    }
}
