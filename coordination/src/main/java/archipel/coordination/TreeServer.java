package archipel.coordination;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.jute.BinaryOutputArchive;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.KeeperException.QuotaExceededException;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.proto.ConnectRequest;
import org.apache.zookeeper.proto.ConnectResponse;
import org.apache.zookeeper.proto.ReplyHeader;
import org.apache.zookeeper.proto.RequestHeader;
import org.apache.zookeeper.server.ClientCnxnLimitException;
import org.apache.zookeeper.server.DataTree;
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
    private static final String MAC = "HmacSHA256";
    private static final int PASSWORD_BYTES = 16;
    /** What a node needs besides its path and data, and an access list, of which the longest ones need more. */
    private static final int NODE_BYTES = 256;

    private static final int ACCESS_LIST_BYTES = 4 << 10;

    private final CoordinationOptions options;
    private final Accounts accounts;
    private final Revalidation revalidation;
    private final Sessions sessions;
    private final RequestCheck checks;
    private volatile byte @Nullable [] sessionKey;
    // While a request is being prepared.
    private List<String> exceeded = List.of();

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
        this.sessions = sessions;
        this.sessionTracker = sessions;
        this.checks = new RequestCheck(this, options);
        setZKDatabase(tree);
        setTickTime(Math.toIntExact(options.tick().toMillis()));
        setMinSessionTimeout(Math.toIntExact(options.leastTimeout().toMillis()));
        setMaxSessionTimeout(Math.toIntExact(options.longestTimeout().toMillis()));
        setResponseCachingEnabled(false);
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

    Sessions sessions() {
        return sessions;
    }

    /** With what sessions' passwords are made, so that nobody else can make one. */
    void protect(byte @Nullable [] key) {
        sessionKey = key;
    }

    // What clients send.

    /**
     * A client begins, or goes on with a session. Who has shown a certificate has shown who it is, which takes a while
     * to find out: not on the thread of others' requests.
     */
    @Override
    public void processConnectRequest(ServerCnxn connection, ConnectRequest request)
            throws IOException, ClientCnxnLimitException {
        if (!(connection instanceof Connection own)) {
            super.processConnectRequest(connection, request);
            return;
        }
        own.begin();
        if (own.getClientCertificateChain() == null) {
            connect(own, request);
            return;
        }
        own.aside(() -> {
            CertificateLogin.identify(this, own);
            connect(own, request);
        });
    }

    private void connect(Connection connection, ConnectRequest request) throws IOException, ClientCnxnLimitException {
        boolean fresh = request.getSessionId() == 0;
        // The library ends the session's connection before it looks at the password.
        if (!fresh && !checkPasswd(request.getSessionId(), request.getPasswd())) {
            finishSessionInit(connection, false);
            return;
        }
        if (fresh && !connection.admitSession()) {
            connection.close(ServerCnxn.DisconnectReason.CLIENT_CNX_LIMIT);
            return;
        }
        try {
            super.processConnectRequest(connection, request);
        } finally {
            if (fresh) {
                connection.beganSession();
            }
        }
    }

    @Override
    protected boolean checkPasswd(long session, byte @Nullable [] password) {
        byte[] key = sessionKey;
        return key == null
                ? super.checkPasswd(session, password)
                : session != 0 && password != null && MessageDigest.isEqual(password, password(key, session));
    }

    // The library's password can be computed by whoever knows the session, which is shown to all who read its nodes.
    private static byte[] password(byte[] key, long session) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(key, MAC));
            byte[] code =
                    mac.doFinal(ByteBuffer.allocate(Long.BYTES).putLong(session).array());
            return Arrays.copyOf(code, PASSWORD_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a session has no password", e);
        }
    }

    /** As the library's, with a password of our own. */
    @Override
    public void finishSessionInit(ServerCnxn connection, boolean valid) {
        byte[] key = sessionKey;
        if (key == null || !valid || !(connection instanceof Connection own)) {
            super.finishSessionInit(connection, valid);
            return;
        }
        try {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            BinaryOutputArchive archive = BinaryOutputArchive.getArchive(bytes);
            archive.writeInt(0, "length");
            own.protocolManager.serializeConnectResponse(
                    new ConnectResponse(
                            0, own.getSessionTimeout(), own.getSessionId(), password(key, own.getSessionId()), false),
                    archive);
            ByteBuffer frame = ByteBuffer.wrap(bytes.toByteArray());
            own.sendBuffer(frame.putInt(0, frame.remaining() - Integer.BYTES));
            own.enableRecv();
        } catch (IOException e) {
            own.close(ServerCnxn.DisconnectReason.IO_EXCEPTION_IN_SESSION_INIT);
        }
    }

    /** Refuses what comes from a client that has not said who it is, where it must, and what is not to be answered. */
    @Override
    public void processPacket(ServerCnxn connection, RequestHeader header, RequestRecord sent) throws IOException {
        if (!(connection instanceof Connection own)) {
            throw new IOException("a connection that is not ours");
        }
        RequestRecord request = new RequestBytes(sent.readBytes());
        switch (header.getType()) {
            case OpCode.auth -> own.aside(() -> super.processPacket(connection, header, request));
            case OpCode.ping, OpCode.closeSession -> submit(own, header, request);
            case OpCode.createSession, OpCode.deleteContainer, OpCode.error -> {
                // Servers say that, clients do not.
                own.traffic().malformed.incrementAndGet();
                connection.close(ServerCnxn.DisconnectReason.CLIENT_CLOSED_CONNECTION);
            }
            default -> {
                if (!isOpen() && connection.getAuthInfo().stream().noneMatch(TreeServer::isAccount)) {
                    connection.sendResponse(
                            new ReplyHeader(header.getXid(), 0, Code.NOAUTH.intValue()), null, "response");
                    connection.sendCloseSession();
                } else if (header.getType() == OpCode.sasl) {
                    super.processPacket(connection, header, request);
                } else {
                    Code refusal = checks.refusal(own, header.getType(), request);
                    if (refusal == null) {
                        submit(own, header, request);
                    } else {
                        refuse(own, header.getXid(), refusal);
                    }
                }
            }
        }
    }

    private void submit(Connection connection, RequestHeader header, RequestRecord body) {
        connection.incrOutstandingAndCheckThrottle(header);
        Request request = new TreeRequest(
                connection,
                connection.getSessionId(),
                header.getXid(),
                header.getType(),
                body,
                connection.getAuthInfo());
        request.setLargeRequestSize(body.limit());
        request.setOwner(ServerCnxn.me);
        connection.pending(body.limit());
        submitRequest(request);
    }

    /** What has waited behind a change may set watches for which there is no room any more. */
    void checkWatches(Request request) {
        if (request.getException() != null
                || !(request.cnxn instanceof Connection connection)
                || !(request instanceof TreeRequest own)
                || own.body() == null) {
            return;
        }
        try {
            Code refusal = checks.watchRefusal(connection, request.type, own.body());
            if (refusal != null) {
                request.setException(KeeperException.create(refusal));
            }
        } catch (IOException e) {
            // It was read before.
            request.setException(new KeeperException.MarshallingErrorException());
        }
    }

    /** Answers a request with an error, in its place among those of its session. */
    void refuse(Connection connection, int xid, Code code) {
        connection.incrOutstandingAndCheckThrottle(new RequestHeader(xid, OpCode.exists));
        Request request = new TreeRequest(
                connection,
                connection.getSessionId(),
                xid,
                OpCode.exists,
                new RequestBytes(new byte[0]),
                connection.getAuthInfo());
        request.setException(KeeperException.create(code));
        submitRequest(request);
    }

    @Override
    public void requestFinished(Request request) {
        if (request.cnxn instanceof Connection connection && request.getLargeRequestSize() > 0) {
            connection.done(request.getLargeRequestSize());
        }
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
        preparer.prepare(request, zxid, timeMs);
    }

    /** Looks at what there is as far as this server has come. By whoever submits a request. */
    void checkQuotaNow(String path, byte @Nullable [] lastData, byte @Nullable [] data, int type)
            throws QuotaExceededException {
        super.checkQuota(path, lastData, data, type);
    }

    // For the thread that applies: not all servers would find the same now, so whoever submitted the request has
    // looked.
    @Override
    public void checkQuota(String path, byte @Nullable [] lastData, byte @Nullable [] data, int type)
            throws QuotaExceededException {
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

    /** Roughly how many bytes the tree occupies. */
    long treeBytes() {
        DataTree tree = getZKDatabase().getDataTree();
        return tree.cachedApproximateDataSize()
                + (long) NODE_BYTES * tree.getNodeCount()
                + (long) ACCESS_LIST_BYTES * tree.aclCacheSize();
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
        boolean secure = options.connections().tls() != null;
        out.println("clientPort=" + (secure ? -1 : getClientPort()));
        out.println("secureClientPort=" + (secure ? getClientPort() : -1));
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
