package archipel.coordination;

import archipel.clients.ClientCounts;
import archipel.clients.ClientNetwork;
import archipel.health.Descriptors;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.apache.zookeeper.server.NIOServerCnxn;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ServerCnxn;
import org.apache.zookeeper.server.ServerCnxn.DisconnectReason;
import org.jspecify.annotations.Nullable;

/** Connections of ZooKeeper's clients: how many there may be, and how long a client may take for what it does. */
final class Connections extends NIOServerCnxnFactory {
    private static final int CLEAR_BYTES = 8 << 10;
    private static final int SECURE_BYTES = 48 << 10;
    private static final int SHARE_OF_HEAP = 8;
    private static final int SHARE_OF_DESCRIPTORS = 2;
    private static final int SESSION_BYTES = 1 << 10;
    /** Those of clients that were started anew live on for a while. */
    private static final int SESSIONS_FOR_EACH = 4;

    private static final int SHARE_OF_SESSIONS = 16;

    private static final long SESSIONLESS_MS = 10_000;
    private static final long FRAME_MS = 10_000;
    private static final long LEAST_BYTES_PER_SECOND = 4 << 10;
    private static final long STALLED_MS = 30_000;
    private static final long LONGEST_LOOK_MS = 1_000;
    private static final int SMALL_FRAME_BYTES = 4 << 10;

    private final CoordinationOptions options;
    private final int most;
    private final int mostOfOne;
    private final FourLetterWords words;
    private final SeldomLines lines;
    private final Traffic traffic = new Traffic();
    private final ClientCounts counts = new ClientCounts();
    // From where the sessions come that were begun here.
    private final ClientCounts sessions = new ClientCounts();
    private final Map<Long, String> origins = new ConcurrentHashMap<>();
    private final int mostSessions;
    private final Set<Connection> awaitingRoom = ConcurrentHashMap.newKeySet();
    // Stands still while this process does: nobody is late because of that.
    private volatile long nowMs;
    private long lastLookMs;

    Connections(CoordinationOptions options, FourLetterWords words, SeldomLines lines, long steadyMs) {
        this.options = options;
        this.words = words;
        this.lines = lines;
        this.lastLookMs = steadyMs;
        boolean secure = options.connections().tls() != null;
        long held = Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP / (secure ? SECURE_BYTES : CLEAR_BYTES);
        this.most = (int) Math.min(
                Math.min(options.connections().most(), held), Descriptors.forConnections() / SHARE_OF_DESCRIPTORS);
        this.mostSessions =
                (int) Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / SHARE_OF_SESSIONS / SESSION_BYTES);
        int share = Math.max(1, most / 4 * 3);
        this.mostOfOne =
                options.connectionsPerAddress() == 0 ? share : Math.min(share, options.connectionsPerAddress());
    }

    @Override
    protected NIOServerCnxn createConnection(SocketChannel socket, SelectionKey key, SelectorThread selector)
            throws IOException {
        if (!(zkServer instanceof TreeServer server)) {
            throw new IOException("there is no tree");
        }
        String network = ClientNetwork.of(socket.socket().getInetAddress());
        if (counts.enter(network, most, mostOfOne) != ClientCounts.Outcome.ENTERED) {
            traffic.refused.incrementAndGet();
            lines.warn("a client is turned away: there are " + counts.total() + " connections, of " + most
                    + " that there may be, " + mostOfOne + " of one address");
            throw new IOException("too many connections");
        }
        try {
            Supplier<SSLEngine> tls = options.connections().tls();
            ClientChannel channel = tls == null ? new ClientChannel(socket) : new SecureChannel(socket, tls.get());
            return new Connection(this, server, channel, key, selector, network);
        } catch (IOException | RuntimeException e) {
            counts.leave(network);
            throw new IOException("a connection cannot begin", e);
        }
    }

    @Override
    public boolean removeCnxn(NIOServerCnxn connection) {
        boolean removed = super.removeCnxn(connection);
        if (connection instanceof Connection known) {
            known.gone();
        }
        return removed;
    }

    void left(String network) {
        counts.leave(network);
    }

    /** Whether there may be a session more, as far as this server knows of them. */
    boolean admitSession(String network) {
        if (zkServer instanceof TreeServer server
                && server.sessions().all().size() < mostSessions
                && sessions.enter(network, Integer.MAX_VALUE, SESSIONS_FOR_EACH * mostOfOne)
                        == ClientCounts.Outcome.ENTERED) {
            return true;
        }
        traffic.refused.incrementAndGet();
        lines.warn("a client may begin no session: there are as many as may be, " + mostSessions + " in all and "
                + SESSIONS_FOR_EACH * mostOfOne + " of one address");
        return false;
    }

    /** @param session that was begun; 0 where none was */
    void beganSession(long session, String network) {
        if (session == 0) {
            sessions.leave(network);
        } else {
            origins.put(session, network);
        }
    }

    private void forgetSessions() {
        if (!(zkServer instanceof TreeServer server)) {
            return;
        }
        origins.forEach((session, network) -> {
            if (!server.sessions().touches().containsKey(session) && origins.remove(session, network)) {
                sessions.leave(network);
            }
        });
    }

    @Override
    public int getMaxClientCnxnsPerHost() {
        return mostOfOne;
    }

    Traffic traffic() {
        return traffic;
    }

    FourLetterWords words() {
        return words;
    }

    SeldomLines lines() {
        return lines;
    }

    int requestBytes() {
        return options.requestBytes();
    }

    long nowMs() {
        return nowMs;
    }

    /** Whether a connection has to wait until others have fewer requests under way; it is told once it need not. */
    boolean awaitRoom(Connection connection) {
        awaitingRoom.add(connection);
        if (traffic.hasManyRequests()) {
            return true;
        }
        awaitingRoom.remove(connection);
        return false;
    }

    void makeRoom() {
        if (awaitingRoom.isEmpty() || traffic.hasManyRequests()) {
            return;
        }
        for (Connection waiting : awaitingRoom) {
            if (awaitingRoom.remove(waiting)) {
                waiting.roomMade();
            }
        }
    }

    /** Ends a connection whose client is the cause. */
    void drop(Connection connection, String why) {
        traffic.dropped.incrementAndGet();
        lines.warn("the connection of " + connection.getRemoteSocketAddress() + " is closed: its client " + why);
        connection.close(DisconnectReason.UNKNOWN);
    }

    /** Frames that have not ended occupy too much: the one that has taken longest is given up. */
    void dropOldestFrame() {
        Connection oldest = null;
        for (ServerCnxn one : cnxns) {
            if (one instanceof Connection connection
                    && connection.occupied() > SMALL_FRAME_BYTES
                    && (oldest == null || connection.frameSinceMs() < oldest.frameSinceMs())) {
                oldest = connection;
            }
        }
        if (oldest != null) {
            drop(oldest, "takes too long for a request, while many do");
        }
    }

    /** Clients take too little, all together: the one that has taken nothing for longest is given up. */
    void dropStalled() {
        Connection longest = null;
        for (ServerCnxn one : cnxns) {
            if (one instanceof Connection connection
                    && connection.unsentBytes() > Traffic.UNSENT_BYTES
                    && (longest == null || connection.stalledSinceMs() < longest.stalledSinceMs())) {
                longest = connection;
            }
        }
        if (longest != null) {
            drop(longest, "does not take what it has asked for, while many do not");
        }
    }

    /** Ends connections whose clients take too long. Several times a second, by one thread. */
    void look(long steadyMs) {
        long now = nowMs + Math.min(Math.max(0, steadyMs - lastLookMs), LONGEST_LOOK_MS);
        lastLookMs = steadyMs;
        nowMs = now;
        for (ServerCnxn one : cnxns) {
            if (!(one instanceof Connection connection)) {
                continue;
            }
            String late = late(connection, now);
            if (late != null) {
                drop(connection, late);
            }
        }
        forgetSessions();
        makeRoom();
    }

    private static @Nullable String late(Connection connection, long now) {
        if (now - connection.sessionlessSinceMs() > SESSIONLESS_MS) {
            return "asks for no session";
        }
        long frameMs = FRAME_MS + connection.occupied() * 1_000L / LEAST_BYTES_PER_SECOND;
        if (now - connection.frameSinceMs() > frameMs) {
            return "takes too long for a request";
        }
        return now - connection.stalledSinceMs() > STALLED_MS ? "does not take what it has asked for" : null;
    }
}
