package archipel.coordination;

import archipel.changes.Deadline;
import archipel.engine.Node;
import archipel.log.Extension;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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
import org.apache.zookeeper.server.Request;
import org.apache.zookeeper.server.ServerCnxn;
import org.apache.zookeeper.server.ServerCnxnFactory;
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

    private final CoordinationOptions options;
    private final LongSupplier steadyMs;
    private final Tree tree;
    private final SessionKeeper keeper;
    private final long firstNumber = (new SecureRandom().nextLong() >>> 1) >>> (63 - NUMBER_BITS - 8);
    // None before the node can check them.
    private volatile Accounts accounts = (name, password, address) -> null;
    private volatile @Nullable Node node;
    private volatile @Nullable ServerCnxnFactory connections;

    private Coordination(CoordinationOptions options, LongSupplier steadyMs) {
        this.options = options;
        this.steadyMs = steadyMs;
        this.tree = new Tree(options, steadyMs, () -> this);
        this.keeper = new SessionKeeper(this, options, steadyMs);
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

    Accounts accounts() {
        return (name, password, address) -> accounts.login(name, password, address);
    }

    /** What the node is to be opened with. */
    public Extension extension() {
        return tree;
    }

    Tree tree() {
        return tree;
    }

    long firstNumber() {
        return firstNumber;
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
        ServerCnxnFactory made = new Connections(options.requestBytes());
        made.configure(options.address(), options.connectionsPerAddress(), -1, false);
        made.setZooKeeperServer(server().server());
        server().server().setServerCnxnFactory(made);
        connections = made;
        made.start();
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
        ServerCnxnFactory made = connections;
        return made == null ? 0 : made.getLocalPort();
    }

    // What the tree tells.

    void replaced(Tree.@Nullable State former, Tree.State made) {
        ServerCnxnFactory known = connections;
        if (known != null) {
            made.server().setServerCnxnFactory(known);
            known.setZooKeeperServer(made.server());
            known.closeAll(ServerCnxn.DisconnectReason.SERVER_SHUTDOWN);
        }
        if (former != null) {
            former.order().shutdown();
        }
    }

    void heard(String server) {
        keeper.heard(server);
    }

    void movedAway(long session) {
        Tree.State state = tree.state();
        if (state != null) {
            state.sessions().forget(session);
            disconnect(session);
        }
    }

    void disconnect(long session) {
        ServerCnxnFactory known = connections;
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
        return opened == null ? notOpen() : opened.extend(TreeCommand.encode(command));
    }

    /** On a thread of the connection's. */
    void revalidate(ServerCnxn connection, long session, int timeoutMs) {
        append(new TreeCommand.Move(options.server().get(), session)).whenComplete((valid, failure) -> {
            if (failure != null) {
                connection.close(ServerCnxn.DisconnectReason.UNKNOWN);
                return;
            }
            Tree.State state = server();
            if (valid) {
                state.sessions().begin(session, timeoutMs);
            }
            state.server().finishSessionInit(connection, valid);
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
        if (full) {
            over.add(path);
            return;
        }
        var node = state.server().getZKDatabase().getNode(path);
        try {
            state.server().checkQuota(path, node == null ? null : node.getData(), data, kind);
        } catch (QuotaExceededException e) {
            over.add(path);
        }
    }

    /** What can be told of it to whoever watches the node. */
    public Map<String, Long> figures() {
        Tree.State state = tree.state();
        return state == null
                ? Map.of()
                : Map.of(
                        "nodes", (long) state.server().getZKDatabase().getNodeCount(),
                        "bytes", state.server().treeBytes(),
                        "sessions", (long) state.sessions().all().size());
    }

    @Override
    public void close() {
        ServerCnxnFactory known = connections;
        if (known != null) {
            known.shutdown();
        }
        keeper.close();
        tree.close();
        LOG.log(System.Logger.Level.DEBUG, "the tree takes no clients any more");
    }
}
