package archipel.mango;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * From a condition to the values that one field can have in what matches: more than those perhaps, never fewer. Looks
 * through combinations, so that an {@code $or} becomes a union and an {@code $in} a set of points.
 */
final class FieldRanges {
    /** How values become bytes whose order is the order in which a walk meets them. */
    interface Encoding {
        /** What is equal to the value. */
        ByteRanges equal(JsonNode value);

        ByteRanges less(JsonNode value, boolean inclusive);

        ByteRanges greater(JsonNode value, boolean inclusive);

        ByteRanges beginningWith(String prefix);

        ByteRanges strings();

        ByteRanges arrays();
    }

    private final String field;
    private final Encoding encoding;
    private final Set<ByteBuffer> points = new HashSet<>();

    FieldRanges(String field, Encoding encoding) {
        this.field = field;
        this.encoding = encoding;
    }

    ByteRanges of(Condition condition) {
        return switch (condition) {
            case Condition.Every every -> {
                ByteRanges common = ByteRanges.ALL;
                for (Condition each : every.conditions()) {
                    common = common.intersect(of(each));
                }
                yield common;
            }
            case Condition.Any any -> any(any.conditions());
            case Condition.Field at when at.path().toString().equals(field) -> values(at.condition());
            default -> ByteRanges.ALL;
        };
    }

    /** Whether a range that {@link #of} gave holds a single value. */
    boolean isPoint(ByteRanges.Range range) {
        return points.contains(ByteBuffer.wrap(range.from()))
                && ByteRanges.beginningWith(range.from()).equals(new ByteRanges(List.of(range)));
    }

    private ByteRanges any(List<Condition> conditions) {
        if (conditions.isEmpty()) {
            return ByteRanges.ALL;
        }
        List<ByteRanges.Range> all = new ArrayList<>();
        for (Condition each : conditions) {
            ByteRanges ranges = of(each);
            if (ranges.isAll()) {
                return ranges;
            }
            all.addAll(ranges.ranges());
        }
        return ByteRanges.union(all);
    }

    private ByteRanges values(Condition condition) {
        return switch (condition) {
            case Condition.Compare compare ->
                switch (compare.comparison()) {
                    case LESS -> encoding.less(compare.argument(), false);
                    case LESS_OR_EQUAL -> encoding.less(compare.argument(), true);
                    case EQUAL -> point(compare.argument());
                    case NOT_EQUAL -> ByteRanges.ALL;
                    case GREATER_OR_EQUAL -> encoding.greater(compare.argument(), true);
                    case GREATER -> encoding.greater(compare.argument(), false);
                };
            case Condition.In in
            when in.wanted() -> {
                // Of an array it is the elements that are looked at.
                List<ByteRanges.Range> all = new ArrayList<>(encoding.arrays().ranges());
                in.arguments().forEach(argument -> all.addAll(point(argument).ranges()));
                yield ByteRanges.union(all);
            }
            case Condition.BeginsWith begins -> encoding.beginningWith(begins.prefix());
            case Condition.Matches matches -> encoding.strings();
            case Condition.Size size -> encoding.arrays();
            case Condition.ContainsAll all -> encoding.arrays();
            case Condition.ElementMatch match -> encoding.arrays();
            case Condition.AllMatch match -> encoding.arrays();
            default -> ByteRanges.ALL;
        };
    }

    private ByteRanges point(JsonNode value) {
        ByteRanges point = encoding.equal(value);
        point.ranges().forEach(range -> points.add(ByteBuffer.wrap(range.from())));
        return point;
    }

    /** Ids as they are: strings, in the order of their bytes, which are greater than anything else. */
    static final class IdEncoding implements FieldRanges.Encoding {
        @Override
        public ByteRanges equal(JsonNode value) {
            return value.isString() ? ByteRanges.of(bytes(value), next(value)) : ByteRanges.NONE;
        }

        @Override
        public ByteRanges less(JsonNode value, boolean inclusive) {
            return value.isString()
                    ? ByteRanges.of(new byte[0], inclusive ? next(value) : bytes(value))
                    : ByteRanges.NONE;
        }

        @Override
        public ByteRanges greater(JsonNode value, boolean inclusive) {
            return value.isString() ? ByteRanges.of(inclusive ? bytes(value) : next(value), null) : ByteRanges.ALL;
        }

        @Override
        public ByteRanges beginningWith(String prefix) {
            return prefix.isEmpty() ? ByteRanges.ALL : ByteRanges.beginningWith(prefix.getBytes(UTF_8));
        }

        @Override
        public ByteRanges strings() {
            return ByteRanges.ALL;
        }

        @Override
        public ByteRanges arrays() {
            return ByteRanges.NONE;
        }

        private static byte[] bytes(JsonNode value) {
            return value.stringValue().getBytes(UTF_8);
        }

        private static byte[] next(JsonNode value) {
            return (value.stringValue() + '\0').getBytes(UTF_8);
        }
    }
}
