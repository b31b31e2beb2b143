package archipel.ends;

import java.io.IOException;

/** The changes of a source after a position. For one thread, but for {@link #close}. */
public interface ChangesFeed extends AutoCloseable {
    /**
     * The next changes. A feed that goes on waits until there is one, or the position has moved; one that does not
     * gives what there is, with {@link Changes#last} at its end, after which it is not asked any more.
     *
     * @param most documents
     * @throws IOException where the feed has broken; it can be opened again from where it was
     */
    Changes next(int most) throws IOException, InterruptedException;

    /**
     * Ends a {@link #next} that waits for the other side; for any thread. One that waits for this node ends when its
     * thread is interrupted.
     */
    @Override
    void close();
}
