package archipel.transport;

import archipel.identity.NodeTls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where others connect: lets some in and keeps what they have open. */
final class Doorway {
    private static final Logger LOG = LoggerFactory.getLogger(Doorway.class);
    private static final int BACKLOG = 128;
    private static final long PAUSE_NANOS = 100_000_000;
    /** How often a connection that waits for its turn looks whether it has ended. */
    private static final long LOOK_MS = 50;

    private final TransportContext context;
    private final ServerSocket listening;
    private final SSLContext tls;
    private final RefusalReports reports;
    private final Map<Service, Handler> handlers = new EnumMap<>(Service.class);
    private final Set<IncomingConnection> open = ConcurrentHashMap.newKeySet();
    /** By member and lane: who connects again has lost the connection before, whether or not that was noticed. */
    private final ConcurrentMap<String, IncomingConnection> newest = new ConcurrentHashMap<>();
    /** By member and lane: whoever has it may call handlers. */
    private final ConcurrentMap<String, Semaphore> turns = new ConcurrentHashMap<>();

    private volatile boolean closed;

    /** Binds the port. */
    Doorway(TransportContext context) throws IOException {
        this.context = context;
        this.tls = NodeTls.answering(context.identity());
        this.reports = new RefusalReports(context.sweeper(), context.nowMs());
        InetSocketAddress wanted = context.options().listen();
        this.listening = new ServerSocket();
        try {
            listening.setReuseAddress(true);
            listening.bind(
                    wanted.isUnresolved() ? new InetSocketAddress(wanted.getHostString(), wanted.getPort()) : wanted,
                    BACKLOG);
        } catch (IOException e) {
            listening.close();
            throw e;
        }
    }

    int port() {
        return listening.getLocalPort();
    }

    /** Before {@link #accept} begins. */
    void serve(Service service, Handler handler) {
        if (handlers.putIfAbsent(service, handler) != null) {
            throw new IllegalStateException(service + " has a handler");
        }
    }

    @Nullable
    Handler handler(Service service) {
        return handlers.get(service);
    }

    SSLContext tls() {
        return tls;
    }

    boolean isClosed() {
        return closed;
    }

    /** Takes connections until the doorway is closed. */
    void accept() {
        while (!closed) {
            try {
                enter(listening.accept());
            } catch (IOException e) {
                if (!closed) {
                    // Such as no descriptors: what is open goes on.
                    LOG.warn("No connection of a member could be taken: {}", e.toString());
                    LockSupport.parkNanos(this, PAUSE_NANOS);
                }
            }
        }
    }

    private void enter(Socket plain) {
        InetAddress address = plain.getInetAddress();
        UnprovedConnections unproved = context.unproved();
        UnprovedConnections.Place place = address == null ? null : unproved.enter(address);
        if (address == null || place == null) {
            TlsSockets.reset(plain);
            if (address != null) {
                refused(address, "there are too many connections that have not proved themselves", false);
            }
            return;
        }
        IncomingConnection connection = new IncomingConnection(context, this, plain, place);
        open.add(connection);
        try {
            context.start("from-" + address.getHostAddress(), () -> run(connection));
        } catch (OutOfMemoryError none) {
            unproved.leave(place);
            open.remove(connection);
            TlsSockets.reset(plain);
            refused(address, "no thread can be made", false);
        }
        if (closed) {
            connection.end("the transport is closed");
        }
    }

    private void run(IncomingConnection connection) {
        try {
            connection.run();
        } finally {
            open.remove(connection);
        }
    }

    /** It is proved, or over. */
    void leave(IncomingConnection connection) {
        context.unproved().leave(connection.place());
    }

    int unproved() {
        return context.unproved().count();
    }

    /**
     * Returns once nothing comes by the member's former connections any more, so that requests stay in their order. A
     * handler that does not return holds up one connection, which is ended after a while: the next one waits anew.
     *
     * @return to be released when no handler is called any more
     * @throws WireException where a handler did not return in time, or the connection has ended
     */
    Semaphore proved(IncomingConnection connection, String member, Lane lane)
            throws WireException, InterruptedException {
        IncomingConnection former = newest.put(key(member, lane), connection);
        if (former != null) {
            former.end("the member has connected again");
        }
        Semaphore turn = turns.computeIfAbsent(key(member, lane), _ -> new Semaphore(1));
        long untilMs = context.nowMs() + context.options().timing().dead().toMillis();
        while (!turn.tryAcquire(LOOK_MS, TimeUnit.MILLISECONDS)) {
            if (connection.hasEnded() || context.nowMs() >= untilMs) {
                throw new WireException("what came by a former connection is not done with");
            }
        }
        return turn;
    }

    void gone(IncomingConnection connection, String member, Lane lane) {
        newest.remove(key(member, lane), connection);
    }

    private static String key(String member, Lane lane) {
        return lane + " " + member;
    }

    void refused(InetAddress address, String why, boolean wrongProof) {
        context.counters().connectionsRefused.increment();
        if (wrongProof) {
            context.counters().proofsFailed.increment();
        }
        reports.report(address, why, context.nowMs());
    }

    void close() {
        closed = true;
        try {
            listening.close();
        } catch (IOException e) {
            LOG.warn("The port for members could not be closed.", e);
        }
        open.forEach(connection -> connection.end("the transport was closed"));
    }
}
