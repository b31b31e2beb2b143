package archipel.index;

import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.StoreSnapshot;
import java.util.Arrays;

/** A walk over all rows of a view that tells of each chunk of each level what is in it, once it has ended. */
final class ChunkWalk {
    private final StoreSnapshot store;
    private final IndexSpace space;
    private final Range range;
    private final Sink sink;
    // By level.
    private final byte[][] starts = new byte[Chunks.LEVELS + 1][];
    private final long[] rows = new long[Chunks.LEVELS + 2];
    private final long[] lastChanges = new long[Chunks.LEVELS + 2];

    ChunkWalk(StoreSnapshot store, IndexSpace space, int view, Sink sink) {
        this.store = store;
        this.space = space;
        this.range = Range.of(view, null, null);
        this.sink = sink;
    }

    void run() {
        Arrays.fill(starts, range.lower());
        try (LiveRows live = new LiveRows(store, space, range, false, LiveRows.NOW);
                Cursor past = store.cursor(Family.INDEX, space.past(range.lower()), space.past(range.upper()))) {
            boolean more = live.seek(null);
            boolean morePast = past.first();
            while (more || morePast) {
                if (!more || morePast && isBefore(past.key(), live)) {
                    changed(IndexSpace.to(past.key()));
                    morePast = past.next();
                    continue;
                }
                int level = Chunks.level(live.key(), IndexSpace.PLACE, live.end());
                if (level > 0) {
                    end(level, Arrays.copyOfRange(live.key(), IndexSpace.PLACE, live.end()));
                }
                changed(StoredRow.from(live.value()));
                rows[1]++;
                sink.row(live);
                more = live.step();
            }
        }
        end(Chunks.LEVELS, range.upper());
    }

    private static boolean isBefore(byte[] past, LiveRows live) {
        int end = past.length - IndexSpace.TO;
        return Arrays.compareUnsigned(past, IndexSpace.PLACE, end, live.key(), IndexSpace.PLACE, live.end()) < 0;
    }

    private void changed(long block) {
        lastChanges[1] = Math.max(lastChanges[1], block);
    }

    // Ends the chunks up to a level, and begins the next ones.
    private void end(int upTo, byte[] place) {
        for (int level = 1; level <= upTo; level++) {
            sink.chunk(level, starts[level], rows[level], lastChanges[level]);
            rows[level + 1] += rows[level];
            lastChanges[level + 1] = Math.max(lastChanges[level + 1], lastChanges[level]);
            starts[level] = place;
            rows[level] = 0;
            lastChanges[level] = 0;
        }
    }

    /** Is told of each row, and of each chunk after its rows and after the smaller ones in it. */
    interface Sink {
        void row(LiveRows at);

        /** @param lastChange the last block from or to which a row in it lives */
        void chunk(int level, byte[] start, long rows, long lastChange);
    }
}
