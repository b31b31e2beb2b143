package archipel.connections;

import archipel.health.Health;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.DetectorConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Accepts connections for as long as {@link Admission} admits them, so that clients cannot take the descriptors that
 * the store needs, and has {@link Heads} close those that do not say what they want in time.
 */
public final class BoundedConnector extends ServerConnector {
    /** As clients write it, whose names are compared byte by byte. */
    private static final String HTTP_1_1 = "http/1.1";

    private static final int BACKLOG = 1024;
    private static final long PAUSE_AFTER_FAILURE_NANOS = 50_000_000;

    private final Admission admission;
    private final Heads heads;
    private final Runnable everySecond;
    private final @Nullable TlsFiles tls;
    private final List<Watch> watches = new ArrayList<>();

    private BoundedConnector(
            Server server,
            Admission admission,
            Heads heads,
            Runnable everySecond,
            @Nullable TlsFiles tls,
            ConnectionFactory... protocols) {
        super(server, 1, -1, protocols);
        this.admission = admission;
        this.heads = heads;
        this.everySecond = everySecond;
        this.tls = tls;
    }

    /** @throws java.io.UncheckedIOException where the certificate or its key cannot be used; nothing without them */
    public static void requireCertificate(ConnectionLimits settings) {
        TlsFiles.of(settings);
    }

    /**
     * A connector that does not listen yet.
     *
     * @param health told when there is no room for connections
     * @param clockMs a clock that never goes back, milliseconds
     * @param everySecond what else is to be done once a second while it listens
     * @throws java.io.UncheckedIOException where the certificate or its key cannot be used
     */
    public static BoundedConnector of(
            Server server, ConnectionLimits settings, Health health, LongSupplier clockMs, Runnable everySecond) {
        HttpConfiguration configuration = HttpFeatures.configuration(settings);
        Heads heads = new Heads(settings, clockMs);
        Http2 http2 = new Http2(configuration, settings, heads);
        GuardedConnection.Factory http1 =
                new GuardedConnection.Factory(configuration, heads, settings.transferTimeoutMs());
        TlsFiles tls = TlsFiles.of(settings);
        Admission admission = new Admission(settings, health, tls != null);
        ConnectionFactory[] protocols;
        if (tls == null) {
            protocols = new ConnectionFactory[] {http1, http2.clear()};
        } else {
            ALPNServerConnectionFactory negotiation = new ALPNServerConnectionFactory("h2", HTTP_1_1, Http10.PROTOCOL);
            negotiation.setDefaultProtocol(HTTP_1_1);
            // What is not TLS goes on as HTTP/1.1, where the dispatcher says that this port speaks TLS.
            DetectorConnectionFactory detector =
                    new DetectorConnectionFactory(new SslConnectionFactory(tls.contexts(), negotiation.getProtocol()));
            protocols = new ConnectionFactory[] {detector, http1, negotiation, new Http10(http1), http2.secure()};
        }
        PeerTls peers = settings.peerTls();
        if (peers != null) {
            GuardedConnection.Factory ofPeers = GuardedConnection.Factory.ofPeers(
                    HttpFeatures.configuration(settings), heads, settings.transferTimeoutMs());
            protocols = withPeers(new FirstBytes(peers, ofPeers, protocols[0]), protocols);
        }
        BoundedConnector connector = new BoundedConnector(server, admission, heads, everySecond, tls, protocols);
        connector.setIdleTimeout(settings.idleTimeoutMs());
        connector.setAcceptQueueSize(BACKLOG);
        connector.setReuseAddress(true);
        if (peers != null) {
            peers.closeBy(connector::closePeers);
        }
        return connector;
    }

    private void closePeers(Predicate<X509Certificate[]> those) {
        for (EndPoint endPoint : getConnectedEndPoints()) {
            if (endPoint.getConnection() instanceof SslConnection secure
                    && secure.getSslEndPoint().getConnection() instanceof GuardedConnection connection) {
                X509Certificate[] shown = connection.peerCertificates();
                if (shown != null && those.test(shown)) {
                    endPoint.close();
                }
            }
        }
    }

    private static ConnectionFactory[] withPeers(FirstBytes first, ConnectionFactory[] others) {
        ConnectionFactory[] all = new ConnectionFactory[others.length + 1];
        all[0] = first;
        System.arraycopy(others, 0, all, 1, others.length);
        return all;
    }

    /** The name by which clients that want no other version negotiate over TLS; the same is spoken. */
    private record Http10(ConnectionFactory http1) implements ConnectionFactory {
        private static final String PROTOCOL = "http/1.0";

        @Override
        public String getProtocol() {
            return PROTOCOL;
        }

        @Override
        public List<String> getProtocols() {
            return List.of(PROTOCOL);
        }

        @Override
        public Connection newConnection(Connector connector, EndPoint endPoint) {
            return http1.newConnection(connector, endPoint);
        }
    }

    /** Whether it speaks TLS. */
    public boolean isSecure() {
        return tls != null;
    }

    /** Connections that are open. */
    public int connections() {
        return admission.open();
    }

    /** Connections that were turned away since the start. */
    public long refusedConnections() {
        return admission.refused();
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        watches.add(Watch.start("connections-watch", this::watch));
        if (tls != null) {
            watches.add(Watch.start("certificate-watch", tls::reloadIfChanged));
        }
    }

    @Override
    protected void doStop() throws Exception {
        watches.forEach(Watch::close);
        watches.clear();
        super.doStop();
    }

    private void watch() {
        heads.closeLate();
        heads.closeQuiet(
                getConnectedEndPoints(),
                admission.isCrowded() ? Math.min(getIdleTimeout(), admission.crowdedIdleMs()) : getIdleTimeout());
        admission.report();
        everySecond.run();
    }

    @Override
    public void accept(int acceptor) throws IOException {
        if (!(getTransport() instanceof ServerSocketChannel listening) || !listening.isOpen()) {
            return;
        }
        SocketChannel channel;
        try {
            channel = listening.accept();
        } catch (IOException e) {
            if (listening.isOpen()) {
                admission.failed(e);
                LockSupport.parkNanos(PAUSE_AFTER_FAILURE_NANOS);
            }
            return;
        }
        SocketAddress address = address(channel);
        Admission.Place place = admission.admit(address);
        if (place == null) {
            Admission.turnAway(channel, isSecure());
            return;
        }
        try {
            channel.configureBlocking(false);
            channel.socket().setKeepAlive(true);
            configure(channel.socket());
            getSelectorManager().accept(channel, place);
        } catch (IOException | RuntimeException e) {
            place.leave();
            channel.close();
        }
    }

    private static SocketAddress address(SocketChannel channel) {
        SocketAddress address = channel.socket().getRemoteSocketAddress();
        return address == null ? new InetSocketAddress(0) : address;
    }

    @Override
    protected SelectorManager newSelectorManager(Executor executor, Scheduler scheduler, int selectors) {
        return new ServerConnectorManager(executor, scheduler, selectors) {
            @Override
            protected ManagedSelector newSelector(int id) {
                return new RestartedSelector(this, id);
            }

            @Override
            protected void onAcceptFailed(SelectableChannel channel, Throwable failure, Object attachment) {
                super.onAcceptFailed(channel, failure, attachment);
                if (attachment instanceof Admission.Place place) {
                    place.leave();
                }
            }
        };
    }

    @Override
    protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key) {
        Admission.Place place = key.attachment() instanceof Admission.Place given ? given : null;
        SocketChannelEndPoint endPoint = new SocketChannelEndPoint(channel, selector, key, getScheduler()) {
            @Override
            public void onClose(@Nullable Throwable cause) {
                super.onClose(cause);
                heads.forget(this);
                if (place != null) {
                    place.leave();
                }
            }
        };
        endPoint.setIdleTimeout(getIdleTimeout());
        heads.await(endPoint);
        return endPoint;
    }
}
