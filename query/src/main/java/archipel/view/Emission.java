package archipel.view;

/**
 * What a map function emitted.
 *
 * @param view of the index's views, from 0
 * @param key JSON
 * @param value JSON
 */
public record Emission(int view, byte[] key, byte[] value) {
    /** What a row takes on the heap until it is written, beside its JSON: its objects, and places in tables. */
    static final int ROW_BYTES = 600;

    /** How often each byte of the JSON is there meanwhile: in the sandbox, in its answer, as a key, in the store. */
    static final int COPIES = 6;

    /** What it takes on the heap until it is written, bytes; an estimate that errs on the high side. */
    long weight() {
        return ROW_BYTES + COPIES * ((long) key.length + value.length);
    }

    static long weight(Iterable<Emission> emissions) {
        long sum = 0;
        for (Emission emission : emissions) {
            sum += emission.weight();
        }
        return sum;
    }
}
