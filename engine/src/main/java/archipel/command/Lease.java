package archipel.command;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;

/**
 * Who sees to something unfinished: an upload, a database that is being built. Its owner finishes it, gives it up or
 * renews the lease; once the lease has run out the leader of the group gives it up.
 *
 * @param owner a run of a node, see {@link #ownerOf}
 * @param untilMs since the epoch, by the owner's clock
 */
public record Lease(String owner, long untilMs) {
    /** Of what was begun before there were leases. */
    public static final Lease NONE = new Lease("", 0);

    private static final String SEPARATOR = "/";

    /**
     * @param node the node's uuid
     * @param run of the process, different for each
     */
    public static String ownerOf(String node, String run) {
        return node + SEPARATOR + run;
    }

    /** Whether an earlier run of the same node owns it, which nobody will finish. */
    public boolean isOfEarlierRun(String currentOwner) {
        return !owner.equals(currentOwner) && node(owner).equals(node(currentOwner));
    }

    /** Whether it has run out by then. */
    public boolean isOver(long nowMs) {
        return untilMs < nowMs;
    }

    // Owners of before there were runs are the node alone.
    private static String node(String owner) {
        int separator = owner.indexOf(SEPARATOR);
        return separator < 0 ? owner : owner.substring(0, separator);
    }

    public void write(RowWriter row) {
        row.text(owner).varint(untilMs);
    }

    /** Reads what {@link #write} wrote. */
    public static Lease read(RowReader row) {
        return new Lease(row.text(), row.varint());
    }
}
