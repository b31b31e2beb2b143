package archipel.index;

import archipel.storage.RowWriter;
import java.util.Arrays;

/**
 * Where a row stands in its index: the view (two bytes), the sort key, the document's id (ended, as {@link IndexKeys}
 * tells), the ordinal.
 *
 * @param bytes in whose unsigned order the rows are
 * @param sortKeyLength tells where the id begins
 */
record Place(byte[] bytes, int sortKeyLength) implements Comparable<Place> {
    /** Bytes of the view. */
    static final int VIEW = 2;

    static final int MAX_VIEWS = 0xffff;

    private static final byte[] NOTHING = {};

    /** Ordinals less than this take one byte. */
    private static final int SHORT_ORDINALS = 0xf0;

    static Place of(int view, byte[] sortKey, String id, int ordinal) {
        RowWriter place = new RowWriter(VIEW + sortKey.length + id.length() + 8).u16(view);
        place.raw(IndexKeys.ofDocument(sortKey, id, 0).toBytes());
        if (ordinal < SHORT_ORDINALS) {
            place.u8(ordinal);
        } else {
            place.u8(SHORT_ORDINALS).u32(ordinal);
        }
        return new Place(place.toBytes(), sortKey.length);
    }

    /** Before all rows of a view, or after those of the one before it. */
    static byte[] ofView(int view) {
        return new RowWriter(VIEW).u16(view).toBytes();
    }

    static byte[] of(int view, byte[] position) {
        return new RowWriter(VIEW + position.length).u16(view).raw(position).toBytes();
    }

    int view() {
        return view(bytes, 0);
    }

    static int view(byte[] in, int at) {
        return (in[at] & 255) << 8 | in[at + 1] & 255;
    }

    /** The ordinal that begins at {@code at}. */
    static int ordinal(byte[] in, int at) {
        int first = in[at] & 255;
        if (first < SHORT_ORDINALS) {
            return first;
        }
        int ordinal = 0;
        for (int i = 1; i <= Integer.BYTES; i++) {
            ordinal = ordinal << 8 | in[at + i] & 255;
        }
        return ordinal;
    }

    int ordinal(String id) {
        return ordinal(
                bytes,
                VIEW + sortKeyLength + IndexKeys.ofDocument(NOTHING, id, 0).size());
    }

    byte[] sortKey() {
        return Arrays.copyOfRange(bytes, VIEW, VIEW + sortKeyLength);
    }

    @Override
    public int compareTo(Place other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Place place && Arrays.equals(bytes, place.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }
}
