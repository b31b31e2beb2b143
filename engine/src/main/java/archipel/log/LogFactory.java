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
     * Opens the log. Nothing was applied since the machines were loaded. The log may apply, and publish, before this
     * returns.
     */
    CommandLog open(LogContext context);
}
