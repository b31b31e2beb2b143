package archipel.engine;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How far a reader of {@code _db_updates} has come in the log of each group, whose orders know nothing of each other.
 * Shown as {@code sum-first.second…}; the sum lets people and clients compare two of them. The start is {@code 0}. A
 * position of before a node got more groups goes on to be one: nothing was seen of those.
 *
 * @param indexes of the newest command seen, by group from 0; groups that are not there are at 0
 */
public record EventPosition(List<Long> indexes) {
    public static final EventPosition START = new EventPosition(List.of());

    /**
     * Reads what {@link #toString} wrote. Positions of another shape, which earlier versions gave out, are the start:
     * their readers hear again what they have heard.
     *
     * @throws RequestException 400 {@code bad_request} for what is no position
     */
    public static EventPosition parse(String text) {
        int dash = text.indexOf('-');
        long sum = number(dash < 0 ? text : text.substring(0, dash));
        if (dash < 0) {
            return START;
        }
        List<Long> indexes = new ArrayList<>();
        for (String index : text.substring(dash + 1).split("\\.", -1)) {
            indexes.add(number(index));
        }
        EventPosition position = new EventPosition(List.copyOf(indexes));
        return position.sum() == sum ? position : START;
    }

    private static long number(String text) {
        try {
            long number = Long.parseLong(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below, like what is negative.
        }
        throw new RequestException(ErrorCode.MALFORMED_SEQUENCE);
    }

    /** In one group; 0 where nothing was seen of it. */
    public long of(int group) {
        return group < indexes.size() ? indexes.get(group) : 0;
    }

    EventPosition with(int group, long index) {
        List<Long> changed = new ArrayList<>(indexes);
        if (group >= changed.size()) {
            changed.addAll(Collections.nCopies(group + 1 - changed.size(), 0L));
        }
        changed.set(group, index);
        return new EventPosition(List.copyOf(changed));
    }

    /** Whether this is after the other one in some group. */
    public boolean isBeyond(EventPosition other) {
        for (int group = 0; group < indexes.size(); group++) {
            if (of(group) > other.of(group)) {
                return true;
            }
        }
        return false;
    }

    /** The farther of the two in each group. */
    public EventPosition and(EventPosition other) {
        int groups = Math.max(indexes.size(), other.indexes.size());
        return new EventPosition(IntStream.range(0, groups)
                .mapToObj(group -> Math.max(of(group), other.of(group)))
                .toList());
    }

    /** Commands of all groups together. */
    public long sum() {
        return indexes.stream().mapToLong(Long::longValue).sum();
    }

    /** Writes the shown form as a JSON string. */
    public JsonBuffer appendTo(JsonBuffer json) {
        return json.ascii('"').ascii(toString()).ascii('"');
    }

    @Override
    public String toString() {
        return sum() == 0
                ? "0"
                : sum() + "-" + indexes.stream().map(String::valueOf).collect(Collectors.joining("."));
    }
}
