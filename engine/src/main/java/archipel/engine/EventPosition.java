package archipel.engine;

import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.RequestException;
import archipel.storage.CatalogKeys;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How far a reader of {@code _db_updates} has come in the log of each group, whose orders know nothing of each other.
 * Shown as {@code sum-first.second…}; the sum lets people and clients compare two of them. The start is {@code 0}. A
 * position of before a node got more groups goes on to be one: nothing was seen of those. At its end, after a tilde,
 * is what was seen of the databases of one member alone; another member, which has others, passes over that.
 *
 * @param indexes of the newest command seen, by group from 0; groups that are not there are at 0
 * @param local of the group that is one node's alone
 */
public record EventPosition(List<Long> indexes, Local local) {
    public static final EventPosition START = new EventPosition(List.of(), Local.NONE);

    /** How many digits of a node's uuid tell it from other members. */
    static final int NODE_DIGITS = 8;

    private static final Pattern LOCAL = Pattern.compile("([0-9a-f]{" + NODE_DIGITS + "})\\.([0-9]{1,18})");

    /**
     * How far a reader has come in the group that is a node's alone.
     *
     * @param node 8 hex digits; empty where it has read of none
     */
    public record Local(String node, long index) {
        static final Local NONE = new Local("", 0);

        /** The farther one, where both are of one node. */
        Local and(Local other) {
            if (other.index == 0 || node.equals(other.node) && index >= other.index) {
                return this;
            }
            return other;
        }
    }

    /**
     * As readers see it now.
     *
     * @param groups in ascending order, all that a node has
     * @param node of which one of them is alone
     */
    static EventPosition of(Collection<Group> groups, String node) {
        List<Long> indexes = new ArrayList<>();
        Local local = Local.NONE;
        for (Group group : groups) {
            if (group.id() == CatalogKeys.LOCAL_GROUP) {
                local = new Local(node, group.index());
            } else {
                indexes.add(group.index());
            }
        }
        return new EventPosition(indexes, local);
    }

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
        int tilde = text.indexOf('~');
        List<Long> indexes = new ArrayList<>();
        for (String index :
                text.substring(dash + 1, tilde < 0 ? text.length() : tilde).split("\\.", -1)) {
            indexes.add(number(index));
        }
        Local local = tilde < 0 ? Local.NONE : local(text.substring(tilde + 1));
        EventPosition position = new EventPosition(List.copyOf(indexes), local);
        return position.sum() == sum ? position : START;
    }

    private static Local local(String text) {
        Matcher matcher = LOCAL.matcher(text);
        if (!matcher.matches()) {
            throw new RequestException(ErrorCode.MALFORMED_SEQUENCE);
        }
        return new Local(matcher.group(1), Long.parseLong(matcher.group(2)));
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
        if (group == CatalogKeys.LOCAL_GROUP) {
            return local.index();
        }
        return group < indexes.size() ? indexes.get(group) : 0;
    }

    /** As that node reads it, to which what is another node's alone says nothing. */
    EventPosition at(String node) {
        return local.node().equals(node) ? this : new EventPosition(indexes, new Local(node, 0));
    }

    EventPosition with(int group, long index) {
        if (group == CatalogKeys.LOCAL_GROUP) {
            return new EventPosition(indexes, new Local(local.node(), index));
        }
        List<Long> changed = new ArrayList<>(indexes);
        if (group >= changed.size()) {
            changed.addAll(Collections.nCopies(group + 1 - changed.size(), 0L));
        }
        changed.set(group, index);
        return new EventPosition(List.copyOf(changed), local);
    }

    /** Whether this is after the other one in some group. */
    public boolean isBeyond(EventPosition other) {
        for (int group = 0; group < indexes.size(); group++) {
            if (of(group) > other.of(group)) {
                return true;
            }
        }
        return local.index() > other.local.index();
    }

    /** The farther of the two in each group. */
    public EventPosition and(EventPosition other) {
        int groups = Math.max(indexes.size(), other.indexes.size());
        List<Long> farther = IntStream.range(0, groups)
                .mapToObj(group -> Math.max(of(group), other.of(group)))
                .toList();
        return new EventPosition(farther, local.and(other.local));
    }

    /** Commands of all groups together. */
    public long sum() {
        return indexes.stream().mapToLong(Long::longValue).sum() + local.index();
    }

    /** Writes the shown form as a JSON string. */
    public JsonBuffer appendTo(JsonBuffer json) {
        return json.ascii('"').ascii(toString()).ascii('"');
    }

    @Override
    public String toString() {
        if (sum() == 0) {
            return "0";
        }
        String shared = indexes.stream().map(String::valueOf).collect(Collectors.joining("."));
        return sum() + "-" + shared + (local.index() == 0 ? "" : "~" + local.node() + "." + local.index());
    }
}
