package archipel.index;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An index less the rows of some documents. What is kept of rows (their number, summaries) counts all of them, so that
 * everything is made of the rows one by one.
 */
public final class FilteredReader implements IndexReader {
    private final IndexReader all;
    private final Predicate<String> shown;
    private final Runnable release;
    private String lastId = "";
    private boolean lastShown;

    /**
     * @param all closed with this
     * @param shown says of a document's id whether its rows are shown
     * @param release run when this is closed
     */
    public FilteredReader(IndexReader all, Predicate<String> shown, Runnable release) {
        this.all = all;
        this.shown = shown;
        this.release = release;
    }

    @Override
    public IndexState state() {
        return all.state();
    }

    @Override
    public long block() {
        return all.block();
    }

    @Override
    public long rows(int view) {
        return count(view, null, null);
    }

    @Override
    public RowCursor rows(int view, byte @Nullable [] from, byte @Nullable [] to, boolean descending) {
        return new Walk(all.rows(view, from, to, descending));
    }

    @Override
    public long count(int view, byte @Nullable [] from, byte @Nullable [] to) {
        try (RowCursor rows = rows(view, from, to, false)) {
            return rows.skip(Long.MAX_VALUE);
        }
    }

    @Override
    public byte @Nullable [] reduce(int view, byte @Nullable [] from, byte @Nullable [] to, Reducer reducer) {
        Accumulator accumulator = new Accumulator(reducer);
        try (RowCursor rows = rows(view, from, to, false)) {
            while (rows.next()) {
                accumulator.add(rows.row());
            }
        }
        return accumulator.finish();
    }

    private boolean isShown(String id) {
        if (!id.equals(lastId)) {
            lastShown = shown.test(id);
            lastId = id;
        }
        return lastShown;
    }

    @Override
    public void close() {
        try {
            all.close();
        } finally {
            release.run();
        }
    }

    private final class Walk implements RowCursor {
        private final RowCursor rows;
        private @Nullable IndexRow row;

        Walk(RowCursor rows) {
            this.rows = rows;
        }

        @Override
        public boolean next() {
            while (rows.next()) {
                IndexRow next = rows.row();
                if (isShown(next.id())) {
                    row = next;
                    return true;
                }
            }
            row = null;
            return false;
        }

        @Override
        public IndexRow row() {
            if (row == null) {
                throw new IllegalStateException("not at a row");
            }
            return row;
        }

        @Override
        public long skip(long count) {
            long skipped = 0;
            while (skipped < count && next()) {
                skipped++;
            }
            return skipped;
        }

        @Override
        public void close() {
            rows.close();
        }
    }
}
