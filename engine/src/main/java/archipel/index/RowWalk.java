package archipel.index;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A walk over the rows of a range that stood at a block. Where there are summaries, it passes over whole chunks in one
 * step: ascending those that begin at the next row, descending those that end at the last one. The summary of a chunk
 * holds for the block when nothing in the chunk has changed since; else smaller ones in it may.
 */
final class RowWalk implements RowCursor {
    private final Source rows;
    private final @Nullable Chunks chunks;
    private final Range range;
    private final long block;
    private final boolean descending;
    private boolean begun;
    private boolean over;
    // Where the next row is to be looked for, if it is not the one after the current row: a chunk's edge.
    private byte @Nullable [] jump;

    /** @param chunks null where there are no summaries */
    RowWalk(Source rows, @Nullable Chunks chunks, Range range, long block, boolean descending) {
        this.rows = rows;
        this.chunks = chunks;
        this.range = range;
        this.block = block;
        this.descending = descending;
    }

    @Override
    public boolean next() {
        if (over) {
            return false;
        }
        boolean found;
        if (jump != null || !begun) {
            found = rows.seek(jump);
            jump = null;
            begun = true;
        } else {
            found = rows.step();
        }
        over = !found;
        return found;
    }

    @Override
    public IndexRow row() {
        return StoredRow.decode(rows.key(), rows.end(), rows.value());
    }

    @Override
    public long skip(long count) {
        return pass(count, Visitor.NONE);
    }

    /** Passes over the next rows, at most {@code count}, and shows them; returns how many there were. */
    long pass(long count, Visitor visitor) {
        long passed = 0;
        while (passed < count && !over) {
            byte[] edge = edge();
            Chunk chunk = edge == null ? null : chunk(edge, count - passed, visitor);
            if (chunk == null) {
                if (!next()) {
                    break;
                }
                byte[] start = descending || edge != null ? null : edgeHere();
                chunk = start == null ? null : chunk(start, count - passed, visitor);
            }
            if (chunk == null) {
                passed++;
                visitor.row(this);
            } else {
                passed += chunk.summary().rows();
                visitor.chunk(chunk.summary());
                jump = descending ? chunk.start() : chunk.end();
                over = Arrays.equals(jump, descending ? range.lower() : range.upper());
            }
        }
        return passed;
    }

    // Where the rows to come begin, or descending end, if that is known to be a chunk's edge without looking at them.
    private byte @Nullable [] edge() {
        if (jump != null || chunks == null) {
            return jump;
        }
        if (!begun) {
            return descending ? range.upper() : range.lower();
        }
        return descending ? edgeHere() : null;
    }

    // The current row's place, if a chunk may begin there.
    private byte @Nullable [] edgeHere() {
        if (chunks == null) {
            return null;
        }
        byte[] key = rows.key();
        int end = rows.end();
        return Chunks.level(key, IndexSpace.PLACE, end) == 0 ? null : Arrays.copyOfRange(key, IndexSpace.PLACE, end);
    }

    // The largest chunk on the way from an edge that can be passed over whole.
    private @Nullable Chunk chunk(byte[] edge, long most, Visitor visitor) {
        Chunks known = chunks;
        if (known == null) {
            return null;
        }
        for (int level = Chunks.level(edge); level > 0; level--) {
            Chunk chunk = descending ? known.to(level, edge) : known.from(level, edge);
            if (chunk != null
                    && holds(chunk.summary(), most)
                    && visitor.uses(chunk.summary())
                    && range.contains(chunk)) {
                return chunk;
            }
        }
        return null;
    }

    private boolean holds(Summary summary, long most) {
        return summary.valid() && summary.lastChange() <= block && summary.rows() <= most;
    }

    @Override
    public void close() {
        rows.close();
        if (chunks != null) {
            chunks.close();
        }
    }

    /** Is shown what is passed over, in the direction of travel. */
    interface Visitor {
        Visitor NONE = new Visitor() {
            @Override
            public boolean uses(Summary summary) {
                return true;
            }

            @Override
            public void row(RowWalk walk) {}

            @Override
            public void chunk(Summary summary) {}
        };

        /** Whether a summary tells enough. */
        boolean uses(Summary summary);

        void row(RowWalk walk);

        void chunk(Summary summary);
    }
}
