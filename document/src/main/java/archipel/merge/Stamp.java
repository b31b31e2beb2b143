package archipel.merge;

/**
 * When a revision came to be, by the hybrid clock of the node on which it first appeared. Ordered by time, then by
 * node.
 *
 * @param timeMs since the epoch, not negative; never less than that of a revision which the node had seen before
 * @param node 16 hex digits, the beginning of the node's id; empty where it is not known
 */
public record Stamp(long timeMs, String node) implements Comparable<Stamp> {
    /** Of a revision whose time nobody knows: older than all others. */
    public static final Stamp UNKNOWN = new Stamp(0, "");

    @Override
    public int compareTo(Stamp other) {
        return timeMs != other.timeMs ? Long.compare(timeMs, other.timeMs) : node.compareTo(other.node);
    }
}
