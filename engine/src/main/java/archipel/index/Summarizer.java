package archipel.index;

import archipel.storage.Batch;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.Opening;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

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
        try (Walks walks = new Walks(store, space)) {
            for (int view = 0; view < reducers.size(); view++) {
                Range range = Range.of(view, null, null);
                for (Chunk chunk : walks.chunks(Chunks.LEVELS, range.lower(), range.upper())) {
                    if (!chunk.summary().valid()) {
                        compute(walks, Chunks.LEVELS, chunk, reducers.get(view));
                    }
                }
            }
        }
        if (!batch.isEmpty()) {
            index.commit(batch, index.stored());
        }
    }

    private Summary compute(Walks walks, int level, Chunk chunk, Reducer reducer) {
        // When it was marked is not known: between the blocks that the index has come to, and no later.
        Sum sum = new Sum(new Accumulator(reducer), index.stored().latest());
        if (level == 1) {
            walks.rows(chunk, row -> {
                sum.rows++;
                if (reducer != Reducer.NONE) {
                    sum.accumulator.add(StoredRow.decode(row.key(), row.end(), row.value()));
                }
            });
        } else {
            for (Chunk child : walks.chunks(level - 1, chunk.start(), chunk.end())) {
                sum.add(child.summary().valid() ? child.summary() : compute(walks, level - 1, child, reducer));
            }
        }
        Summary summary = new Summary(true, sum.lastChange, sum.rows, sum.accumulator.finishStored());
        put(level, chunk.start(), summary);
        return summary;
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

    /** Over summaries and rows, from one place to another. */
    private static final class Walks implements AutoCloseable {
        private final IndexSpace space;
        private final Cursor summaries;
        private final LiveRows live;

        Walks(StoreSnapshot store, IndexSpace space) {
            this.space = space;
            Range all = new Range(Place.ofView(0), Place.ofView(Place.MAX_VIEWS));
            try (Opening opening = new Opening()) {
                this.summaries = opening.add(store.cursor(
                        Family.INDEX,
                        space.partLower(IndexSpace.Part.SUMMARIES),
                        space.partUpper(IndexSpace.Part.SUMMARIES)));
                this.live = opening.add(new LiveRows(store, space, all, false, LiveRows.NOW));
                opening.keep();
            }
        }

        List<Chunk> chunks(int level, byte[] from, byte[] to) {
            List<Chunk> found = new ArrayList<>();
            byte[] upper = space.summary(level, to);
            boolean more = summaries.seek(space.summary(level, from));
            byte[] key = more ? summaries.key() : upper;
            while (Arrays.compareUnsigned(key, upper) < 0) {
                byte[] start = IndexSpace.chunkPlace(key);
                Summary summary = Summary.decode(summaries.value());
                key = summaries.next() ? summaries.key() : upper;
                byte[] end = Arrays.compareUnsigned(key, upper) < 0 ? IndexSpace.chunkPlace(key) : to;
                found.add(new Chunk(start, end, summary));
            }
            return found;
        }

        void rows(Chunk chunk, Consumer<LiveRows> each) {
            byte[] end = chunk.end();
            for (boolean more = live.seek(chunk.start()); more; more = live.step()) {
                if (Arrays.compareUnsigned(live.key(), IndexSpace.PLACE, live.end(), end, 0, end.length) >= 0) {
                    return;
                }
                each.accept(live);
            }
        }

        @Override
        public void close() {
            summaries.close();
            live.close();
        }
    }
}
