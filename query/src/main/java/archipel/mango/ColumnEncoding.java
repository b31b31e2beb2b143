package archipel.mango;

import archipel.document.SortKey;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** A column of an index: any values, in the order of collation. */
final class ColumnEncoding implements FieldRanges.Encoding {
    /** More points than these are walked as a range of the columns before. */
    private static final int POINTS = 1_000;

    /** Beyond all that can follow a string. */
    private static final String LAST = "\uFFFF".repeat(8);

    private static final ByteRanges ARRAYS = ByteRanges.beginningWith(SortKey.arrayPrefix(List.of()));
    private static final ByteRanges STRINGS = ByteRanges.of(
            SortKey.of(JsonNodeFactory.instance.stringNode("")),
            ARRAYS.ranges().getFirst().from());

    private final boolean id;

    /** @param id whether it holds ids, which are compared by their bytes though the index has them in another order */
    private ColumnEncoding(boolean id) {
        this.id = id;
    }

    /** The keys of an index of those columns at which matching documents can be. */
    static ByteRanges keys(Condition condition, List<String> columns) {
        List<byte[]> prefixes = List.of(SortKey.arrayPrefix(List.of()));
        List<ByteRanges.Range> keys = new ArrayList<>();
        for (String column : columns) {
            FieldRanges field = of(column);
            ByteRanges values = field.of(condition);
            if (values.isAll()) {
                break;
            }
            List<byte[]> longer = new ArrayList<>();
            boolean many = (long) prefixes.size() * values.ranges().size() > POINTS;
            for (byte[] prefix : prefixes) {
                for (ByteRanges.Range range : values.ranges()) {
                    if (!many && field.isPoint(range)) {
                        longer.add(joined(prefix, range.from()));
                    } else {
                        byte[] to = range.to();
                        keys.add(new ByteRanges.Range(
                                joined(prefix, range.from()),
                                to == null ? ByteRanges.after(prefix) : joined(prefix, to)));
                    }
                }
            }
            prefixes = longer;
        }
        prefixes.forEach(prefix -> keys.addAll(ByteRanges.beginningWith(prefix).ranges()));
        return ByteRanges.union(keys);
    }

    /** What one column can be. */
    static ByteRanges values(Condition condition, String column) {
        return of(column).of(condition);
    }

    private static FieldRanges of(String column) {
        return new FieldRanges(column, new ColumnEncoding(column.equals("_id")));
    }

    private static byte[] joined(byte[] prefix, byte[] more) {
        byte[] all = new byte[prefix.length + more.length];
        System.arraycopy(prefix, 0, all, 0, prefix.length);
        System.arraycopy(more, 0, all, prefix.length, more.length);
        return all;
    }

    @Override
    public ByteRanges equal(JsonNode value) {
        return id && !value.isString() ? ByteRanges.NONE : ByteRanges.beginningWith(SortKey.of(value));
    }

    @Override
    public ByteRanges less(JsonNode value, boolean inclusive) {
        if (id) {
            return value.isString() ? STRINGS : ByteRanges.NONE;
        }
        byte[] key = SortKey.of(value);
        return ByteRanges.of(new byte[0], inclusive ? ByteRanges.after(key) : key);
    }

    @Override
    public ByteRanges greater(JsonNode value, boolean inclusive) {
        if (id) {
            return STRINGS;
        }
        byte[] key = SortKey.of(value);
        if (inclusive) {
            return ByteRanges.of(key, null);
        }
        byte[] after = ByteRanges.after(key);
        return after == null ? ByteRanges.NONE : ByteRanges.of(after, null);
    }

    /**
     * Only for what cannot stand in another order when more follows it: a letter of some scripts changes places with
     * the next one, and marks on a letter are put in order.
     */
    @Override
    public ByteRanges beginningWith(String prefix) {
        if (prefix.isEmpty() || prefix.chars().anyMatch(c -> c < ' ' || c > '~')) {
            return STRINGS;
        }
        byte[] last = SortKey.of(JsonNodeFactory.instance.stringNode(prefix + LAST));
        return ByteRanges.of(SortKey.of(JsonNodeFactory.instance.stringNode(prefix)), ByteRanges.after(last));
    }

    @Override
    public ByteRanges strings() {
        return STRINGS;
    }

    @Override
    public ByteRanges arrays() {
        return id ? ByteRanges.NONE : ARRAYS;
    }
}
