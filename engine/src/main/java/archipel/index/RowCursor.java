package archipel.index;

/** A walk over rows; begins before the first. For one thread. */
public interface RowCursor extends AutoCloseable {
    /** To the next row in the direction of travel; false when there is none. */
    boolean next();

    /** The row that {@link #next} went to. */
    IndexRow row();

    /**
     * Passes over the next rows without a look at each of them, as far as there are summaries.
     *
     * @return how many were there to be passed over, at most {@code rows}
     */
    long skip(long rows);

    @Override
    void close();
}
