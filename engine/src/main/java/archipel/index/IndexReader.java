package archipel.index;

import org.jspecify.annotations.Nullable;

/**
 * An index as it stood at one block; to be closed, soon, since it holds back the space of what was overwritten. For one
 * thread. Bounds are positions in a view, made by {@link IndexKeys}: {@code from} is where the rows begin, {@code to}
 * where they have ended, and null is the end of the view.
 */
public interface IndexReader extends AutoCloseable {
    /** As it was when this was opened; may be newer than the block that is read. */
    IndexState state();

    /** The block that is read. */
    long block();

    /** How many rows the view had at this block. */
    long rows(int view);

    /** To be closed before this. */
    RowCursor rows(int view, byte @Nullable [] from, byte @Nullable [] to, boolean descending);

    /** How many rows lie there; costs the logarithm of that where there are summaries. */
    long count(int view, byte @Nullable [] from, byte @Nullable [] to);

    /**
     * The reduction of the rows there; costs the logarithm of their number where there are summaries.
     *
     * @param reducer the one that {@link IndexWriter#summarise} was given for this view
     * @return JSON text; null over no rows
     */
    byte @Nullable [] reduce(int view, byte @Nullable [] from, byte @Nullable [] to, Reducer reducer);

    @Override
    void close();
}
