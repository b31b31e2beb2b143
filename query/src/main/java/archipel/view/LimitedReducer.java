package archipel.view;

import archipel.changes.Waiter;
import archipel.index.IndexRow;
import archipel.index.Reducer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A custom reduce function, held to what the word says: its result is to be smaller than what went in. Without that an
 * index would grow with the square of its rows.
 */
final class LimitedReducer implements Reduction {
    private static final int THRESHOLD_BYTES = 5000;
    private static final int RATIO = 2;
    /** Begins a result that is an error's reason; no JSON begins so. */
    private static final byte OVERFLOW = 0;

    private final Reducer function;

    LimitedReducer(Reducer function) {
        this.function = function;
    }

    @Override
    public byte[] reduce(List<IndexRow> rows) {
        long size = 0;
        for (IndexRow row : rows) {
            size += row.key().length + row.value().length + row.id().length() + 8;
        }
        return limited(function.reduce(rows), size);
    }

    @Override
    public byte[] rereduce(List<byte[]> results) {
        long size = 0;
        for (byte[] result : results) {
            if (isOverflow(result)) {
                return result;
            }
            size += result.length + 1;
        }
        return limited(function.rereduce(results), size);
    }

    @Override
    public Reduction awaitedBy(Waiter waiter) {
        return function instanceof ScriptReducer script ? new LimitedReducer(script.awaitedBy(waiter)) : this;
    }

    private static byte[] limited(byte[] result, long size) {
        if (result.length <= THRESHOLD_BYTES || (long) RATIO * result.length <= size) {
            return result;
        }
        String reason =
                "Reduce output must shrink more rapidly: input size: " + size + " output size: " + result.length;
        return overflow(reason);
    }

    /** A result that is an error instead. */
    static byte[] overflow(String reason) {
        return ("\0" + reason).getBytes(StandardCharsets.UTF_8);
    }

    static boolean isOverflow(byte[] result) {
        return result[0] == OVERFLOW;
    }

    @Override
    public byte[] show(byte[] result) {
        if (isOverflow(result)) {
            String reason = new String(result, 1, result.length - 1, StandardCharsets.UTF_8);
            throw new RowException("reduce_overflow_error", reason);
        }
        return result;
    }
}
