package archipel.index;

import archipel.storage.Opening;
import archipel.storage.StoreSnapshot;
import org.jspecify.annotations.Nullable;

/** An index's rows at a block, from the store. */
final class StoredReader implements IndexReader {
    private final StoreSnapshot store;
    private final IndexSpace space;
    private final StoredState stored;
    private final IndexState state;
    private final long block;
    private boolean closed;

    /** @param store retained for this reader, which releases it */
    StoredReader(StoreSnapshot store, IndexSpace space, StoredState stored, IndexState state, long block) {
        this.store = store;
        this.space = space;
        this.stored = stored;
        this.state = state;
        this.block = block;
    }

    @Override
    public IndexState state() {
        return state;
    }

    @Override
    public long block() {
        return block;
    }

    @Override
    public long rows(int view) {
        return isNewest() ? stored.rows()[view] : count(view, null, null);
    }

    @Override
    public RowCursor rows(int view, byte @Nullable [] from, byte @Nullable [] to, boolean descending) {
        return walk(view, from, to, descending);
    }

    @Override
    public long count(int view, byte @Nullable [] from, byte @Nullable [] to) {
        if (from == null && to == null && isNewest()) {
            return stored.rows()[view];
        }
        try (RowWalk walk = walk(view, from, to, false)) {
            return walk.skip(Long.MAX_VALUE);
        }
    }

    @Override
    public byte @Nullable [] reduce(int view, byte @Nullable [] from, byte @Nullable [] to, Reducer reducer) {
        Accumulator accumulator = new Accumulator(reducer);
        try (RowWalk walk = walk(view, from, to, false)) {
            walk.pass(Long.MAX_VALUE, new RowWalk.Visitor() {
                @Override
                public boolean uses(Summary summary) {
                    return summary.rows() == 0 || summary.reduction().length > 0;
                }

                @Override
                public void row(RowWalk at) {
                    accumulator.add(at.row());
                }

                @Override
                public void chunk(Summary summary) {
                    if (summary.rows() > 0) {
                        accumulator.add(summary.reduction());
                    }
                }
            });
        }
        return accumulator.finish();
    }

    // Nothing lives from a later block, and nothing that stood at this one is past.
    private boolean isNewest() {
        return block >= stored.newest();
    }

    private RowWalk walk(int view, byte @Nullable [] from, byte @Nullable [] to, boolean descending) {
        if (view < 0 || view >= stored.rows().length) {
            throw new IllegalArgumentException("view " + view + " of " + stored.rows().length);
        }
        Range range = Range.of(view, from, to);
        Source rows =
                isNewest() ? new LiveRows(store, space, range, descending, LiveRows.NOW) : atBlock(range, descending);
        return new RowWalk(rows, stored.summarised() ? new Chunks(store, space, view) : null, range, block, descending);
    }

    private Source atBlock(Range range, boolean descending) {
        try (Opening opening = new Opening()) {
            Source live = opening.add(new LiveRows(store, space, range, descending, block));
            Source past = opening.add(new PastRows(store, space, range, descending, block));
            opening.keep();
            return new MergedRows(live, past, descending);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            store.release();
        }
    }
}
