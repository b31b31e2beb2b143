package archipel.coordination;

import java.util.List;
import java.util.function.BiConsumer;
import org.apache.zookeeper.KeeperException.QuotaExceededException;
import org.apache.zookeeper.server.Request;
import org.apache.zookeeper.server.RequestProcessor;
import org.apache.zookeeper.server.ServerCnxn;
import org.apache.zookeeper.server.ZKDatabase;
import org.apache.zookeeper.server.ZooKeeperServer;

/**
 * ZooKeeper's server without what it stores and how it agrees with others: connections, sessions, the tree in memory,
 * watches and access lists.
 */
final class TreeServer extends ZooKeeperServer {
    private static final String QUOTAS = "/zookeeper/quota";

    private final CoordinationOptions options;
    private final Revalidation revalidation;
    // While a request is being prepared.
    private List<String> exceeded = List.of();
    private boolean preparing;

    /** Asks whether a client may go on with its session on this server. */
    @FunctionalInterface
    interface Revalidation {
        void ask(ServerCnxn connection, long session, int timeoutMs);
    }

    TreeServer(ZKDatabase tree, Sessions sessions, CoordinationOptions options, Revalidation revalidation) {
        this.options = options;
        this.revalidation = revalidation;
        this.sessionTracker = sessions;
        setZKDatabase(tree);
        setTickTime(Math.toIntExact(options.tick().toMillis()));
        setMinSessionTimeout(Math.toIntExact(options.leastTimeout().toMillis()));
        setMaxSessionTimeout(Math.toIntExact(options.longestTimeout().toMillis()));
        setResponseCachingEnabled(false);
        setLargeRequestThreshold(options.largeRequestBytes());
        setLargeRequestMaxBytes(options.largeRequestsBytes());
    }

    /** @param first where requests of clients go */
    void begin(RequestProcessor first) {
        firstProcessor = first;
        startup();
    }

    @Override
    protected void setupRequestProcessors() {
        // Given by whoever begins it.
    }

    @Override
    protected void createSessionTracker() {
        throw new IllegalStateException("the sessions are given");
    }

    @Override
    protected void startSessionTracker() {
        // Whoever has made it ends sessions.
    }

    // Requests are put in order by whoever reads them: another thread between the two would cost a change of threads.
    @Override
    protected void startRequestThrottler() {}

    @Override
    public void enqueueRequest(Request request) {
        submitRequestNow(request);
    }

    @Override
    protected void revalidateSession(ServerCnxn connection, long session, int timeoutMs) {
        revalidation.ask(connection, session, timeoutMs);
    }

    /** The sessions' tracker is one of the node, and this has its tree. */
    void prepare(Preparer preparer, Request request, List<String> over, long zxid, long timeMs) {
        exceeded = over;
        preparing = true;
        try {
            preparer.prepare(request, zxid, timeMs);
        } finally {
            preparing = false;
        }
    }

    // How much there is below a path is known as far as this server has come, so that not all would decide alike.
    @Override
    public void checkQuota(String path, byte[] lastData, byte[] data, int type) throws QuotaExceededException {
        if (!preparing) {
            super.checkQuota(path, lastData, data, type);
            return;
        }
        for (String over : exceeded) {
            if (path.startsWith(over)) {
                throw new QuotaExceededException(over);
            }
        }
    }

    /** Whether there are quotas at all. */
    boolean hasQuotas() {
        return !getZKDatabase().getNode(QUOTAS).getChildren().isEmpty();
    }

    /** Roughly how many bytes the nodes have, paths and data. */
    long treeBytes() {
        return getZKDatabase().getDataTree().cachedApproximateDataSize();
    }

    @Override
    public String getState() {
        return options.role().get();
    }

    @Override
    protected void registerJMX() {}

    @Override
    protected void unregisterJMX() {}

    // They are static, and of one server in a process.
    @Override
    protected void registerMetrics() {}

    @Override
    protected void unregisterMetrics() {}

    @Override
    public void dumpMonitorValues(BiConsumer<String, Object> response) {
        super.dumpMonitorValues(response);
    }

    @Override
    public long getDataDirSize() {
        return treeBytes();
    }

    @Override
    public long getLogDirSize() {
        return 0;
    }
}
