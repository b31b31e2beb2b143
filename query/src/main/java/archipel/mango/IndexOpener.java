package archipel.mango;

import archipel.index.IndexReader;
import archipel.read.Reader;

/** Where a query gets its indexes from. */
@FunctionalInterface
public interface IndexOpener {
    /**
     * @param reader at whose block the rows are to be read, and from whom rows may be hidden
     * @param update whether the index is to be brought to that block; else it is read as it is
     * @throws archipel.index.IndexException where it has nothing to show yet, and is not to be brought on
     */
    IndexReader open(Reader reader, FieldIndex index, boolean update);
}
