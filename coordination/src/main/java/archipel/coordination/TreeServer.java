package archipel.coordination;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.KeeperException.QuotaExceededException;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.proto.ReplyHeader;
import org.apache.zookeeper.proto.RequestHeader;
import org.apache.zookeeper.server.Request;
import org.apache.zookeeper.server.RequestProcessor;
import org.apache.zookeeper.server.RequestRecord;
import org.apache.zookeeper.server.ServerCnxn;
import org.apache.zookeeper.server.ZKDatabase;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.jspecify.annotations.Nullable;

/**
 * ZooKeeper's server without what it stores and how it agrees with others: connections, sessions, the tree in memory,
 * watches and access lists.
 */
final class TreeServer extends ZooKeeperServer {
    private static final String QUOTAS = "/zookeeper/quota";

    private final CoordinationOptions options;
    private final Accounts accounts;
    private final Revalidation revalidation;
    // While a request is being prepared.
    private List<String> exceeded = List.of();
    private boolean preparing;

    /** Asks whether a client may go on with its session on this server. */
    @FunctionalInterface
    interface Revalidation {
        void ask(ServerCnxn connection, long session, int timeoutMs);
    }

    TreeServer(
            ZKDatabase tree,
            Sessions sessions,
            CoordinationOptions options,
            Accounts accounts,
            Revalidation revalidation) {
        this.options = options;
        this.accounts = accounts;
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

    Accounts accounts() {
        return accounts;
    }

    /** Whether clients need no account. */
    boolean isOpen() {
        return options.open();
    }

    /** Refuses what comes from a client that has not said who it is, where it must. */
    @Override
    public void processPacket(ServerCnxn connection, RequestHeader header, RequestRecord request) throws IOException {
        if (isOpen()
                || header.getType() == OpCode.auth
                || header.getType() == OpCode.ping
                || connection.getAuthInfo().stream().anyMatch(TreeServer::isAccount)) {
            super.processPacket(connection, header, request);
            return;
        }
        connection.sendResponse(new ReplyHeader(header.getXid(), 0, Code.NOAUTH.intValue()), null, "response");
        connection.sendCloseSession();
    }

    // Others are of no login: what its address is, say.
    private static boolean isAccount(Id id) {
        return id.getScheme().equals("digest")
                || id.getScheme().equals("super")
                || id.getScheme().equals("x509");
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
    public void checkQuota(String path, byte @Nullable [] lastData, byte @Nullable [] data, int type)
            throws QuotaExceededException {
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

    /** As {@code conf} shows it; there are no directories of its own. */
    @Override
    public void dumpConf(PrintWriter out) {
        out.println("clientPort=" + getClientPort());
        out.println("secureClientPort=" + getSecureClientPort());
        out.println("dataDir=");
        out.println("dataDirSize=" + getDataDirSize());
        out.println("dataLogDir=");
        out.println("dataLogSize=" + getLogDirSize());
        out.println("tickTime=" + getTickTime());
        out.println("maxClientCnxns=" + getMaxClientCnxnsPerHost());
        out.println("minSessionTimeout=" + getMinSessionTimeout());
        out.println("maxSessionTimeout=" + getMaxSessionTimeout());
        out.println("clientPortListenBacklog=" + getClientPortListenBacklog());
        out.print("serverId=" + getServerId());
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
