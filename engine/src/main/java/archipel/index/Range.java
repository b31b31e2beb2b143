package archipel.index;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A run of places within one view.
 *
 * @param lower the first; {@link Place#ofView} of the view for its beginning
 * @param upper after the last; {@link Place#ofView} of the next view for its end
 */
record Range(byte[] lower, byte[] upper) {
    static Range of(int view, byte @Nullable [] from, byte @Nullable [] to) {
        byte[] lower = from == null ? Place.ofView(view) : Place.of(view, from);
        byte[] upper = to == null ? Place.ofView(view + 1) : Place.of(view, to);
        return new Range(lower, Arrays.compareUnsigned(lower, upper) > 0 ? lower : upper);
    }

    boolean contains(Chunk chunk) {
        return Arrays.compareUnsigned(lower, chunk.start()) <= 0 && Arrays.compareUnsigned(chunk.end(), upper) <= 0;
    }
}
