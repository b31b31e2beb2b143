package archipel.log;

/**
 * Makes the log of a node's groups: the way in for a log that is elsewhere, such as one that is replicated among nodes.
 */
public interface LogFactory {
    /** A node that is on its own, whose store's write-ahead log is its log. */
    LogFactory LOCAL = new LogFactory() {
        @Override
        public boolean isReplicated() {
            return false;
        }

        @Override
        public int dataGroups() {
            return 1;
        }

        @Override
        public CommandLog open(LogContext context) {
            return new LocalLog(context);
        }
    };

    /**
     * Whether the log has the commands itself and an order for each group. Asked before the store is opened, which
     * keeps no write-ahead log then, so that a crash takes the newest batches; the log brings them again. Groups stand
     * where their own orders have brought them: one may know of a database that the other does not have yet.
     */
    boolean isReplicated();

    /**
     * How many groups hold databases: groups 1 to this number, over which new ones are spread once the system group has
     * format {@link archipel.storage.FormatVersion#V6}. Asked once at each start; the same on all nodes that share the
     * log. It may grow between starts. A node cannot apply that a database goes to a group which it does not have, and
     * has to stop the system group there, so that no database should be made before all nodes have the greater number.
     * A smaller one takes nothing away: the node has all groups that its data knows, and gives them to the log ({@link
     * LogContext#machines}), which has to serve them all.
     *
     * @return 1 to 65,533
     */
    int dataGroups();

    /**
     * Opens the log. Nothing was applied since the machines were loaded. The log may apply, and publish, before this
     * returns.
     */
    CommandLog open(LogContext context);
}
