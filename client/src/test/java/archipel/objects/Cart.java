package archipel.objects;

import java.util.List;

/** What the tests of replicated objects call. */
interface Cart {
    /** How many of it are in the cart now. */
    int add(String item, int count) throws SoldOut;

    void addAll(List<Line> lines);

    @ReadOnly
    int count(String item);

    @ReadOnly
    int sum();

    void clear();

    default int addOne(String item) throws SoldOut {
        return add(item, 1);
    }

    /** Something and how many. */
    record Line(String item, int count) {}

    /** There is none left. */
    final class SoldOut extends Exception {
        private static final long serialVersionUID = 1;

        SoldOut(String item) {
            super(item);
        }
    }
}
