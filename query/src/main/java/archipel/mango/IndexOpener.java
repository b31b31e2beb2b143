package archipel.mango;

import archipel.index.IndexReader;
import archipel.read.Reader;
import java.io.IOException;

/** Where a query gets its indexes from, on behalf of a client that may give up. */
public interface IndexOpener {
    /**
     * Brings an index to the reader's block and opens it there.
     *
     * @param reader at whose block the rows are to be read, and from whom rows may be hidden
     * @throws IOException where the client gave up meanwhile
     */
    IndexReader open(Reader reader, FieldIndex index) throws IOException;

    /**
     * Opens an index as it is, without waiting.
     *
     * @param reader whose block is the newest that is shown, and from whom rows may be hidden
     * @throws archipel.index.IndexException where it has nothing to show yet
     */
    IndexReader openAsItIs(Reader reader, FieldIndex index);

    /** Whether {@link #open} at the newest block takes next to no time, so that a reader can be held meanwhile. */
    boolean isNear(FieldIndex index);

    /**
     * Brings an index to at least that block. For callers that hold no reader, since it may take hours.
     *
     * @throws IOException where the client gave up meanwhile
     */
    void bring(FieldIndex index, long block) throws IOException;
}
