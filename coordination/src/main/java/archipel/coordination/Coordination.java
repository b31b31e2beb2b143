package archipel.coordination;

import archipel.changes.Deadline;
import archipel.engine.Node;
import archipel.log.Extension;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.apache.jute.Record;
import org.apache.zookeeper.KeeperException.QuotaExceededException;
import org.apache.zookeeper.MultiOperationRecord;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.CreateTTLRequest;
import org.apache.zookeeper.proto.SetDataRequest;
import org.apache.zookeeper.server.DataNode;
import org.apache.zookeeper.server.Request;
import org.apache.zookeeper.server.ServerCnxn;
import org.jspecify.annotations.Nullable;

/**
 * A tree of nodes with sessions and watches, for clients of ZooKeeper, on one node's databases or an ensemble's.
 *
 * <pre>
 *   Coordination made = Coordination.of(options);
 *   Node node = Node.open(directory, nodeOptions, log, made.extension());
 *   made.begin(node);
 * </pre>
 */
public final class Coordination implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Coordination.class.getName());
    private static final int NUMBER_BITS = 40;
    private static final int BACKLOG = 1024;

    private final CoordinationOptions options;
    private final LongSupplier steadyMs;
    private final Tree tree;
    private final SessionKeeper keeper;
    private final SeldomLines lines;
    // Of requests; none is one of an earlier run of this server.
    private final AtomicLong numbers = new AtomicLong((new SecureRandom().nextLong() >>> 1) >>> (63 - NUMBER_BITS - 8));
    // Held while connections begin, or go on with another tree.
    private final ReentrantLock serving = new ReentrantLock();
    // None before the node can check them.
    private volatile Accounts accounts = (name, password, address) -> null;
    private volatile @Nullable Node node;
    private volatile byte @Nullable [] sessionKey;
    private volatile @Nullable Connections connections;

    private Coordination(CoordinationOptions options, LongSupplier steadyMs) {
        this.options = options;
        this.steadyMs = steadyMs;
        this.tree = new Tree(options, steadyMs, () -> this);
        this.keeper = new SessionKeeper(this, options, steadyMs);
        this.lines = new SeldomLines(steadyMs);
        if (options.address() != null) {
            tree.use();
        }
    }

    /** Not begun yet. */
    public static Coordination of(CoordinationOptions options) {
        return new Coordination(options, Deadline.steadyMs());
    }

    /** Before {@link #begin}. */
    public void use(Accounts known) {
        accounts = known;
    }

    /**
     * Makes passwords of sessions with a key, the same on all servers and after each start. Before {@link #begin}.
     * Without one they are ZooKeeper's, which whoever sees a session's number can compute.
     */
    public void protect(byte[] key) {
        sessionKey = key.clone();
    }

    Accounts accounts() {
        return new KnownAccounts();
    }

    /** Those that are known at the moment. */
    private final class KnownAccounts implements Accounts {
        @Override
        public @Nullable Standing login(String name, String password, String address) {
            return accounts.login(name, password, address);
        }

        @Override
        public @Nullable Standing certified(String name) {
            return accounts.certified(name);
        }

        @Override
        public boolean isAccount(String name) {
            return accounts.isAccount(name);
        }
    }

    /** What the node is to be opened with. */
    public Extension extension() {
        return tree;
    }

    Tree tree() {
        return tree;
    }

    AtomicLong numbers() {
        return numbers;
    }

    @Nullable
    Node node() {
        return node;
    }

    /**
     * Accepts clients, where there is an address.
     *
     * @throws IOException where they cannot connect there
     */
    public void begin(Node opened) throws IOException {
        node = opened;
        keeper.begin(opened);
        if (options.address() == null) {
            return;
        }
        Connections made = new Connections(options, new FourLetterWords(options), lines, steadyMs.getAsLong());
        made.configure(options.address(), 0, BACKLOG, false);
        serving.lock();
        try {
            serve(server(), made);
            connections = made;
        } finally {
            serving.unlock();
        }
        made.start();
    }

    private void serve(Tree.State state, Connections at) {
        state.server().protect(sessionKey);
        state.server().setServerCnxnFactory(at);
        at.setZooKeeperServer(state.server());
    }

    private Tree.State server() {
        Tree.State state = tree.state();
        if (state == null) {
            throw new IllegalStateException("there is no tree");
        }
        return state;
    }

    /** Whether this server is the one that ends what is nobody else's to end. */
    public boolean leads() {
        Node opened = node;
        return opened != null && opened.term().isPresent();
    }

    /** Where clients connect; 0 where they do not. */
    public int port() {
        Connections made = connections;
        return made == null ? 0 : made.getLocalPort();
    }

    // What the tree tells.

    void replaced(Tree.@Nullable State former, Tree.State made) {
        serving.lock();
        try {
            Connections known = connections;
            if (known != null) {
                serve(made, known);
                known.closeAll(ServerCnxn.DisconnectReason.SERVER_SHUTDOWN);
            }
        } finally {
            serving.unlock();
        }
        if (former != null) {
            former.order().shutdown();
        }
    }

    SeldomLines lines() {
        return lines;
    }

    /** Looks after connections. Several times a second. */
    void look() {
        Connections known = connections;
        if (known != null) {
            known.look(steadyMs.getAsLong());
        }
    }

    void heard(String server) {
        keeper.heard(server);
    }

    void movedAway(long session) {
        Tree.State state = tree.state();
        if (state != null && !isOwn(state, session)) {
            state.sessions().forget(session);
            disconnect(session);
        }
    }

    // It may have come back since, by a command that the tree in memory does not wait for.
    private boolean isOwn(Tree.State state, long session) {
        Sessions.Held held = state.sessions().find(session);
        return held != null && held.server().equals(options.server().get());
    }

    void disconnect(long session) {
        Connections known = connections;
        if (known != null) {
            known.closeSession(session, ServerCnxn.DisconnectReason.UNKNOWN);
        }
    }

    // What clients ask.

    RequestOrder.Log log() {
        return new RequestOrder.Log() {
            @Override
            public CompletableFuture<?> submit(Request request, long number) {
                return Coordination.this.submit(request, number);
            }

            @Override
            public CompletableFuture<?> barrier() {
                Node opened = node;
                return opened == null ? notOpen() : opened.systemBarrier();
            }
        };
    }

    private static <T> CompletableFuture<T> notOpen() {
        return CompletableFuture.failedFuture(new IllegalStateException("the node is not open yet"));
    }

    private CompletableFuture<?> submit(Request request, long number) {
        List<Id> identities = request.authInfo == null ? List.of() : List.copyOf(request.authInfo);
        byte[] body = request.readRequestBytes();
        return append(new TreeCommand.Submit(
                options.server().get(),
                number,
                request.sessionId,
                request.cxid,
                request.type,
                body == null ? new byte[0] : body,
                identities,
                exceeded(request)));
    }

    CompletableFuture<Boolean> append(TreeCommand command) {
        Node opened = node;
        // What a session asks takes effect in order, or not at all.
        long stream = command instanceof TreeCommand.Submit submit ? submit.session() : 0;
        return opened == null ? notOpen() : opened.extend(TreeCommand.encode(command), stream);
    }

    /** On a thread of the connection's. */
    void revalidate(ServerCnxn connection, long session, int timeoutMs) {
        keeper.move(session, timeoutMs).whenComplete((valid, failure) -> {
            if (failure != null) {
                connection.close(ServerCnxn.DisconnectReason.UNKNOWN);
                return;
            }
            server().server().finishSessionInit(connection, valid);
        });
    }

    // Paths at which a request would exceed what there may be.
    private List<String> exceeded(Request request) {
        Tree.State state = server();
        boolean full = state.server().treeBytes() >= options.treeBytes();
        if (!full && !state.server().hasQuotas()) {
            return List.of();
        }
        List<String> over = new ArrayList<>();
        try {
            switch (request.type) {
                case OpCode.create, OpCode.create2, OpCode.createContainer ->
                    look(state, full, request.type, request.readRequestRecord(CreateRequest::new), over);
                case OpCode.createTTL ->
                    look(state, full, request.type, request.readRequestRecord(CreateTTLRequest::new), over);
                case OpCode.setData ->
                    look(state, full, request.type, request.readRequestRecord(SetDataRequest::new), over);
                case OpCode.multi -> {
                    for (Op op : request.readRequestRecord(MultiOperationRecord::new)) {
                        look(state, full, op.getType(), op.toRequestRecord(), over);
                    }
                }
                default -> {
                    // The others add nothing.
                }
            }
        } catch (IOException e) {
            // It will be refused where it is applied.
            return List.of();
        }
        return over;
    }

    private static void look(Tree.State state, boolean full, int type, Record request, List<String> over) {
        String path;
        byte[] data;
        int kind = OpCode.create;
        switch (request) {
            case CreateRequest create -> {
                path = create.getPath();
                data = create.getData();
            }
            case CreateTTLRequest create -> {
                path = create.getPath();
                data = create.getData();
            }
            case SetDataRequest set -> {
                path = set.getPath();
                data = set.getData();
                kind = OpCode.setData;
            }
            default -> {
                return;
            }
        }
        DataNode node = state.server().getZKDatabase().getNode(path);
        if (full) {
            if (kind != OpCode.setData || length(data) > (node == null ? 0 : length(node.getData()))) {
                over.add(path);
            }
            return;
        }
        try {
            state.server().checkQuotaNow(path, node == null ? null : node.getData(), data, kind);
        } catch (QuotaExceededException e) {
            over.add(path);
        }
    }

    private static int length(byte @Nullable [] data) {
        return data == null ? 0 : data.length;
    }

    /**
     * What can be measured.
     *
     * @param nodes of the tree
     * @param bytes that it occupies, roughly
     * @param sessions on all servers
     * @param connections to this one, like what follows
     * @param watches that are set
     * @param requests that are not answered
     * @param unsentBytes that clients have not taken yet
     * @param refused connections and sessions that found no room
     * @param dropped connections whose clients took or kept too much
     * @param malformed requests that could not be read, or were too long
     */
    public record Figures(
            long nodes,
            long bytes,
            long sessions,
            long connections,
            long watches,
            long requests,
            long unsentBytes,
            long refused,
            long dropped,
            long malformed) {
        private static final Figures NONE = new Figures(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /** What can be told of it to whoever watches the node. */
    public Figures figures() {
        Tree.State state = tree.state();
        if (state == null) {
            return Figures.NONE;
        }
        Connections known = connections;
        Traffic traffic = known == null ? new Traffic() : known.traffic();
        return new Figures(
                state.server().getZKDatabase().getNodeCount(),
                state.server().treeBytes(),
                state.sessions().all().size(),
                known == null ? 0 : known.getNumAliveConnections(),
                traffic.watchCount.get(),
                state.server().getInProcess(),
                traffic.answers.get(),
                traffic.refused.get(),
                traffic.dropped.get(),
                traffic.malformed.get());
    }

    @Override
    public void close() {
        Connections known = connections;
        if (known != null) {
            known.shutdown();
        }
        keeper.close();
        tree.close();
        LOG.log(System.Logger.Level.DEBUG, "the tree takes no clients any more");
    }
}
