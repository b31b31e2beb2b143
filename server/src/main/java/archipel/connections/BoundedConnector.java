package archipel.connections;

import archipel.health.Health;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.server.AbstractHTTP2ServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.SocketChannelEndPoint;
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
    private static final int BACKLOG = 1024;
    private static final long PAUSE_AFTER_FAILURE_NANOS = 50_000_000;
    private static final int STREAMS = 256;
    private static final int SESSION_WINDOW_BYTES = 256 << 10;
    private static final int STREAM_WINDOW_BYTES = 128 << 10;

    private final Admission admission;
    private final Heads heads;
    private final Runnable everySecond;
    private final @Nullable TlsFiles tls;

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
        Admission admission = new Admission(settings, health);
        GuardedConnection.Factory http1 = new GuardedConnection.Factory(configuration, heads);
        TlsFiles tls = TlsFiles.of(settings);
        ConnectionFactory[] protocols;
        if (tls == null) {
            protocols = new ConnectionFactory[] {http1, bounded(new UpgradedTargets(configuration))};
        } else {
            ALPNServerConnectionFactory negotiation =
                    new ALPNServerConnectionFactory("h2", http1.getProtocol(), Http10.PROTOCOL);
            negotiation.setDefaultProtocol(http1.getProtocol());
            // What is not TLS goes on as HTTP/1.1, where the dispatcher says that this port speaks TLS.
            DetectorConnectionFactory detector =
                    new DetectorConnectionFactory(new SslConnectionFactory(tls.contexts(), negotiation.getProtocol()));
            protocols = new ConnectionFactory[] {
                detector,
                http1,
                negotiation,
                new Http10(http1),
                bounded(new HTTP2ServerConnectionFactory(configuration))
            };
        }
        BoundedConnector connector = new BoundedConnector(server, admission, heads, everySecond, tls, protocols);
        connector.setIdleTimeout(settings.idleTimeoutMs());
        connector.setAcceptQueueSize(BACKLOG);
        connector.setReuseAddress(true);
        return connector;
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

    /** Gives the target that {@link GuardedConnection} withheld back to a request that goes on as HTTP/2. */
    private static final class UpgradedTargets extends HTTP2CServerConnectionFactory {
        private UpgradedTargets(HttpConfiguration configuration) {
            super(configuration);
        }

        @Override
        public @Nullable Connection upgradeConnection(
                Connector connector, EndPoint endPoint, MetaData.Request request, HttpFields.Mutable answerHeaders) {
            if (!(endPoint.getConnection() instanceof GuardedConnection http1)
                    || request.getHttpVersion() == HttpVersion.HTTP_2) {
                return super.upgradeConnection(connector, endPoint, request, answerHeaders);
            }
            HttpURI target;
            try {
                target = HttpURI.build(request.getHttpURI())
                        .pathQuery(http1.target())
                        .asImmutable();
            } catch (IllegalArgumentException e) {
                // Stays with HTTP/1.1, which an upgrade always may.
                return null;
            }
            MetaData.Request upgraded = new MetaData.Request(
                    request.getBeginNanoTime(),
                    request.getMethod(),
                    target,
                    request.getHttpVersion(),
                    request.getHttpFields(),
                    request.getContentLength());
            return super.upgradeConnection(connector, endPoint, upgraded, answerHeaders);
        }
    }

    private static AbstractHTTP2ServerConnectionFactory bounded(AbstractHTTP2ServerConnectionFactory http2) {
        http2.setMaxConcurrentStreams(STREAMS);
        http2.setInitialSessionRecvWindow(SESSION_WINDOW_BYTES);
        http2.setInitialStreamRecvWindow(STREAM_WINDOW_BYTES);
        return http2;
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
        watch();
    }

    private void watch() {
        if (!isRunning()) {
            return;
        }
        heads.closeLate();
        everySecond.run();
        if (admission.isCrowded()) {
            heads.closeIdle(getConnectedEndPoints(), admission.crowdedIdleMs());
        }
        admission.report();
        if (tls != null) {
            tls.reloadIfChanged();
        }
        getScheduler().schedule(this::watch, 1, TimeUnit.SECONDS);
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
        if (!admission.admit(address)) {
            Admission.turnAway(channel, isSecure());
            return;
        }
        try {
            channel.configureBlocking(false);
            channel.socket().setKeepAlive(true);
            configure(channel.socket());
            getSelectorManager().accept(channel, address);
        } catch (IOException | RuntimeException e) {
            admission.left(address);
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
                return new ManagedSelector(this, id) {
                    @Override
                    protected void onSelectFailed(Throwable cause) {
                        // Nothing replaces it: its connections are deaf from now on. Whoever watches over threads
                        // decides.
                        Thread thread = Thread.currentThread();
                        thread.getUncaughtExceptionHandler().uncaughtException(thread, cause);
                    }
                };
            }
        };
    }

    @Override
    protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key) {
        SocketAddress address = key.attachment() instanceof SocketAddress given ? given : address(channel);
        SocketChannelEndPoint endPoint = new SocketChannelEndPoint(channel, selector, key, getScheduler()) {
            @Override
            public void onClose(@Nullable Throwable cause) {
                super.onClose(cause);
                heads.forget(this);
                admission.left(address);
            }
        };
        endPoint.setIdleTimeout(getIdleTimeout());
        heads.await(endPoint);
        return endPoint;
    }
}
