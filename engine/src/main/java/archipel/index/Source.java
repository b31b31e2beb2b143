package archipel.index;

import org.jspecify.annotations.Nullable;

/** Rows of one view that stand at one block, in one direction; begins nowhere. Keys have a {@link Place} in them. */
interface Source extends AutoCloseable {
    /**
     * To the first row at or after the place; when descending to the last row before it.
     *
     * @param place null for all
     * @return false when there is none
     */
    boolean seek(byte @Nullable [] place);

    /** To the row after this one, or when descending before it. */
    boolean step();

    /** The row's key, with the place from {@link IndexSpace#PLACE} to {@link #end}. */
    byte[] key();

    int end();

    byte[] value();

    @Override
    void close();
}
