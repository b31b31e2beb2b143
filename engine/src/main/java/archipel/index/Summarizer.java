package archipel.index;

import archipel.storage.Batch;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
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
        Range range = Range.of(view, null, null);
        Level[] levels = new Level[Chunks.LEVELS + 1];
        for (int level = 1; level <= Chunks.LEVELS; level++) {
            levels[level] = new Level(range.lower(), new Accumulator(reducer));
        }
        boolean counted = reducer == Reducer.NONE;
        try (LiveRows live = new LiveRows(store, space, range, false, LiveRows.NOW);
                Cursor past = store.cursor(Family.INDEX, space.past(range.lower()), space.past(range.upper()))) {
            boolean more = live.seek(null);
            boolean morePast = past.first();
            while (more || morePast) {
                if (!more || morePast && isBefore(past.key(), live.key())) {
                    levels[1].changed(IndexSpace.to(past.key()));
                    morePast = past.next();
                    continue;
                }
                byte[] key = live.key();
                byte[] value = live.value();
                int start = Chunks.level(key, IndexSpace.PLACE, key.length);
                if (start > 0) {
                    end(levels, start, Arrays.copyOfRange(key, IndexSpace.PLACE, key.length));
                }
                levels[1].changed(StoredRow.from(value));
                levels[1].rows++;
                if (!counted) {
                    levels[1].accumulator.add(StoredRow.decode(key, key.length, value));
                }
                more = live.step();
            }
        }
        end(levels, Chunks.LEVELS, range.upper());
    }

    private static boolean isBefore(byte[] past, byte[] live) {
        return Arrays.compareUnsigned(
                        past, IndexSpace.PLACE, past.length - IndexSpace.TO, live, IndexSpace.PLACE, live.length)
                < 0;
    }

    // Ends the chunks up to a level, and begins the next ones.
    private void end(Level[] levels, int upTo, byte[] place) {
        for (int level = 1; level <= upTo; level++) {
            Level ended = levels[level];
            Summary summary = new Summary(true, ended.lastChange, ended.rows, ended.accumulator.finishStored());
            put(level, ended.start, summary);
            if (level < Chunks.LEVELS) {
                levels[level + 1].add(summary);
            }
            ended.begin(place);
        }
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
        Level sum = new Level(chunk.start(), new Accumulator(reducer));
        sum.changed(chunk.summary().lastChange());
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

    private void rows(Chunk chunk, Level sum, boolean counted) {
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

    /** A chunk that is being summed up. */
    private static final class Level {
        private final Accumulator accumulator;
        private byte[] start;
        private long lastChange;
        private long rows;

        Level(byte[] start, Accumulator accumulator) {
            this.start = start;
            this.accumulator = accumulator;
        }

        void changed(long block) {
            lastChange = Math.max(lastChange, block);
        }

        void add(Summary summary) {
            changed(summary.lastChange());
            rows += summary.rows();
            if (summary.reduction().length > 0) {
                accumulator.add(summary.reduction());
            }
        }

        void begin(byte[] place) {
            start = place;
            lastChange = 0;
            rows = 0;
        }
    }
}
