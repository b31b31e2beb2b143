package archipel.index;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reduces rows and earlier reductions, in their order, some at a time. */
final class Accumulator {
    private static final int AT_ONCE = 1000;
    private static final byte[] NOTHING = {};

    private final Reducer reducer;
    private List<IndexRow> rows = new ArrayList<>();
    private List<byte[]> reductions = new ArrayList<>();

    Accumulator(Reducer reducer) {
        this.reducer = reducer;
    }

    void add(IndexRow row) {
        rows.add(row);
        if (rows.size() == AT_ONCE) {
            reduceRows();
        }
    }

    void add(byte[] reduction) {
        reduceRows();
        reductions.add(reduction);
        combine(AT_ONCE);
    }

    /** Null when nothing was added. Begins anew. */
    byte @Nullable [] finish() {
        reduceRows();
        combine(2);
        byte[] result = reductions.isEmpty() ? null : reductions.getFirst();
        reductions.clear();
        return result;
    }

    /** As {@link #finish}, for what is stored. */
    byte[] finishStored() {
        byte[] result = finish();
        return result == null ? NOTHING : result;
    }

    private void reduceRows() {
        if (!rows.isEmpty()) {
            reductions.add(reducer.reduce(rows));
            rows = new ArrayList<>();
            combine(AT_ONCE);
        }
    }

    private void combine(int least) {
        if (reductions.size() >= least) {
            byte[] combined = reducer.rereduce(reductions);
            reductions = new ArrayList<>();
            reductions.add(combined);
        }
    }
}
