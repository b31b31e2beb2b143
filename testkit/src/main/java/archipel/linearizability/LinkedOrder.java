package archipel.linearizability;

import java.util.Comparator;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;

/**
 * The numbers from 0 to below {@code count} in a fixed order. Any of them can be taken out, and the one that was
 * taken out last be put back, at a cost that does not depend on how many there are (D. Knuth: Dancing links, 2000).
 */
final class LinkedOrder {
    private final int count;
    // The place before the first and after the last is that of the number 'count'.
    private final int[] following;
    private final int[] previous;

    private LinkedOrder(int count) {
        this.count = count;
        following = new int[count + 1];
        previous = new int[count + 1];
    }

    static LinkedOrder by(int count, IntToLongFunction rank) {
        LinkedOrder order = new LinkedOrder(count);
        int last = count;
        for (int number : IntStream.range(0, count)
                .boxed()
                .sorted(Comparator.comparingLong(rank::applyAsLong))
                .toList()) {
            order.following[last] = number;
            order.previous[number] = last;
            last = number;
        }
        order.following[last] = count;
        order.previous[count] = last;
        return order;
    }

    boolean isEmpty() {
        return following[count] == count;
    }

    /** {@code count} where there is none. */
    int first() {
        return following[count];
    }

    /** {@code count} after the last. One that was taken out keeps its place for this. */
    int after(int number) {
        return following[number];
    }

    void remove(int number) {
        following[previous[number]] = following[number];
        previous[following[number]] = previous[number];
    }

    /** What was removed last comes back first. */
    void putBack(int number) {
        following[previous[number]] = number;
        previous[following[number]] = number;
    }
}
