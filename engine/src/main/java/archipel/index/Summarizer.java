package archipel.index;

import archipel.storage.Batch;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.util.ArrayList;
import java.util.List;

/**
 * Computes summaries: all of them in one walk over the rows, or those that are marked invalid, from the top down. A
 * chunk in which something changed is in one of each higher level that is marked too, so that what is valid is not
 * looked into. Children are written before the chunks they are in, in batches of their own.
 */
final class Summarizer implements AutoCloseable {
    private static final long BATCH_BYTES = 1 << 20;

    private final Index index;
    private final Store writable;
    private final StoreSnapshot store;
    private final IndexSpace space;
    private Batch batch;

    /** @param store as of the last commit; the caller releases it */
    Summarizer(Index index, Store writable, StoreSnapshot store) {
        this.index = index;
        this.writable = writable;
        this.store = store;
        this.space = index.space();
        this.batch = writable.batch();
    }

    /** From nothing; what there was of summaries goes. */
    void all(List<Reducer> reducers) {
        batch.deleteRange(
                Family.INDEX, space.partLower(IndexSpace.Part.SUMMARIES), space.partUpper(IndexSpace.Part.SUMMARIES));
        for (int view = 0; view < reducers.size(); view++) {
            all(view, reducers.get(view));
        }
        index.commit(batch, index.stored().withSummarised(true));
    }

    private void all(int view, Reducer reducer) {
        Accumulator[] levels = new Accumulator[Chunks.LEVELS + 2];
        for (int level = 1; level < levels.length; level++) {
            levels[level] = new Accumulator(reducer);
        }
        boolean counted = reducer == Reducer.NONE;
        new ChunkWalk(store, space, view, new ChunkWalk.Sink() {
                    @Override
                    public void row(LiveRows at) {
                        if (!counted) {
                            levels[1].add(StoredRow.decode(at.key(), at.end(), at.value()));
                        }
                    }

                    @Override
                    public void chunk(int level, byte[] start, long rows, long lastChange) {
                        byte[] reduction = levels[level].finishStored();
                        put(level, start, new Summary(true, lastChange, rows, reduction));
                        if (level < Chunks.LEVELS && reduction.length > 0) {
                            levels[level + 1].add(reduction);
                        }
                    }
                })
                .run();
    }

    /** Those that are marked. */
    void invalid(List<Reducer> reducers) {
        for (int view = 0; view < reducers.size(); view++) {
            Range range = Range.of(view, null, null);
            for (Chunk chunk : chunks(Chunks.LEVELS, range.lower(), range.upper())) {
                if (!chunk.summary().valid()) {
                    compute(Chunks.LEVELS, chunk, reducers.get(view));
                }
            }
        }
        if (!batch.isEmpty()) {
            index.commit(batch, index.stored());
        }
    }

    private Summary compute(int level, Chunk chunk, Reducer reducer) {
        Sum sum = new Sum(new Accumulator(reducer), chunk.summary().lastChange());
        if (level == 1) {
            rows(chunk, sum, reducer == Reducer.NONE);
        } else {
            for (Chunk child : chunks(level - 1, chunk.start(), chunk.end())) {
                sum.add(child.summary().valid() ? child.summary() : compute(level - 1, child, reducer));
            }
        }
        Summary summary = new Summary(true, sum.lastChange, sum.rows, sum.accumulator.finishStored());
        put(level, chunk.start(), summary);
        return summary;
    }

    private void rows(Chunk chunk, Sum sum, boolean counted) {
        Range range = new Range(chunk.start(), chunk.end());
        try (LiveRows live = new LiveRows(store, space, range, false, LiveRows.NOW)) {
            for (boolean more = live.seek(null); more; more = live.step()) {
                sum.rows++;
                if (!counted) {
                    sum.accumulator.add(StoredRow.decode(live.key(), live.end(), live.value()));
                }
            }
        }
    }

    private List<Chunk> chunks(int level, byte[] from, byte[] to) {
        List<Chunk> found = new ArrayList<>();
        try (Cursor cursor = store.cursor(Family.INDEX, space.summary(level, from), space.summary(level, to))) {
            boolean more = cursor.first();
            while (more) {
                byte[] start = IndexSpace.chunkPlace(cursor.key());
                Summary summary = Summary.decode(cursor.value());
                more = cursor.next();
                found.add(new Chunk(start, more ? IndexSpace.chunkPlace(cursor.key()) : to, summary));
            }
        }
        return found;
    }

    private void put(int level, byte[] start, Summary summary) {
        batch.put(Family.INDEX, space.summary(level, start), summary.encode());
        if (batch.bytes() > BATCH_BYTES) {
            index.commit(batch, index.stored());
            batch.close();
            batch = writable.batch();
        }
    }

    @Override
    public void close() {
        batch.close();
    }

    /** Of a chunk, as far as it was gone through. */
    private static final class Sum {
        private final Accumulator accumulator;
        private long lastChange;
        private long rows;

        Sum(Accumulator accumulator, long lastChange) {
            this.accumulator = accumulator;
            this.lastChange = lastChange;
        }

        void add(Summary summary) {
            lastChange = Math.max(lastChange, summary.lastChange());
            rows += summary.rows();
            if (summary.reduction().length > 0) {
                accumulator.add(summary.reduction());
            }
        }
    }
}
