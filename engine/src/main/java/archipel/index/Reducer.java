package archipel.index;

import java.util.List;

/**
 * What makes one value of many rows. Results combine: those of two runs of rows give the one of both, in their order.
 * For one thread at a time, unless an implementation says more.
 */
public interface Reducer {
    /** Only counts: its reductions are empty, and never shown to anybody. */
    Reducer NONE = new Reducer() {
        @Override
        public byte[] reduce(List<IndexRow> rows) {
            return new byte[0];
        }

        @Override
        public byte[] rereduce(List<byte[]> reductions) {
            return new byte[0];
        }
    };

    /**
     * @param rows at least one, all of one view, in ascending order
     * @return JSON text
     */
    byte[] reduce(List<IndexRow> rows);

    /**
     * @param reductions earlier results, at least two, of runs of rows in ascending order
     * @return JSON text
     */
    byte[] rereduce(List<byte[]> reductions);
}
