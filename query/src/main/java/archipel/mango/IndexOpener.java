package archipel.mango;

import archipel.index.IndexReader;

/** Where a query gets its indexes from. */
@FunctionalInterface
public interface IndexOpener {
    /**
     * @param block at which the rows are to be read
     * @param update whether the index is to be brought to that block; else it is read as it is
     * @throws archipel.index.IndexException where it has nothing to show yet, and is not to be brought on
     */
    IndexReader open(FieldIndex index, long block, boolean update);
}
