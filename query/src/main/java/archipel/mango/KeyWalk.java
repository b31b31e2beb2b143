package archipel.mango;

import archipel.document.DocumentBody;
import archipel.document.JsonTree;
import archipel.index.IndexReader;
import archipel.index.IndexRow;
import archipel.index.RowCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The documents of an index, in ranges of its keys. Owns the index's reader. */
final class KeyWalk implements Walk {
    private final Reader reader;
    private final IndexReader index;
    private final int view;
    private final boolean covering;
    private final boolean descending;
    private final Iterator<ByteRanges.Range> ranges;
    private @Nullable RowCursor rows;
    private @Nullable IndexRow row;
    private @Nullable DocumentRecord record;
    private long keysExamined;

    /** @param covering whether no document is to be read */
    KeyWalk(Reader reader, IndexReader index, int view, ByteRanges keys, boolean covering, boolean descending) {
        this.view = view;
        this.reader = reader;
        this.index = index;
        this.covering = covering;
        this.descending = descending;
        this.ranges = (descending ? keys.ranges().reversed() : keys.ranges()).iterator();
    }

    @Override
    public boolean next() {
        while (true) {
            if (rows == null) {
                if (!ranges.hasNext()) {
                    return false;
                }
                ByteRanges.Range range = ranges.next();
                rows = index.rows(view, range.from(), range.to(), descending);
            }
            if (!rows.next()) {
                rows.close();
                rows = null;
                continue;
            }
            keysExamined++;
            IndexRow next = rows.row();
            row = next;
            record = covering ? null : reader.documents().find(next.id());
            // An index that is read as it is may know documents that are gone.
            if (covering || record != null && !record.winner().deleted()) {
                return true;
            }
        }
    }

    private IndexRow row() {
        if (row == null) {
            throw new IllegalStateException("not at a row");
        }
        return row;
    }

    @Override
    public String id() {
        return row().id();
    }

    @Override
    public byte[] sortKey() {
        return row().sortKey();
    }

    @Override
    public @Nullable JsonNode key() {
        return covering ? JsonTree.ofValid(row().key()) : null;
    }

    @Override
    public DocumentRecord record() {
        if (record == null) {
            throw new IllegalStateException("no document was read");
        }
        return record;
    }

    @Override
    public @Nullable DocumentBody body() {
        return covering
                ? null
                : reader.documents().body(record(), record().winner().revision());
    }

    @Override
    public long keysExamined() {
        return keysExamined;
    }

    @Override
    public void close() {
        if (rows != null) {
            rows.close();
        }
        index.close();
    }
}
