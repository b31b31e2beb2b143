package archipel.http;

import archipel.connections.BoundedConnector;
import archipel.connections.ConnectionLimits;
import archipel.connections.Refusals;
import archipel.health.Health;
import archipel.health.Metrics;
import archipel.health.Problem;
import archipel.health.Recurring;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP listener: accepts connections, answers requests, and shuts down in order. */
public final class HttpServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
    /** Connections and memory bound what is under way: a bound on threads would let feeds keep everybody else out. */
    private static final int UNBOUNDED = -1;

    private static final int POOLED_BUFFER_BYTES = 64 << 10;
    private static final int POOL_SHARE_OF_HEAP = 16;

    private final Server server;
    private final BoundedConnector connector;
    private final Dispatcher dispatcher;
    private final Router router;
    private final int port;
    private boolean stopped;

    private HttpServer(Server server, BoundedConnector connector, Dispatcher dispatcher, Router router) {
        this.router = router;
        this.server = server;
        this.connector = connector;
        this.dispatcher = dispatcher;
        this.port = connector.getLocalPort();
    }

    /**
     * Finds out whether {@link #start} could listen, and lets the address go again.
     *
     * @throws UncheckedIOException as it does
     */
    public static void tryOut(String host, int port, ConnectionLimits settings) {
        BoundedConnector.requireCertificate(settings);
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(host, port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Listens.
     *
     * @param port 0 for any that is free
     * @param health told when there is no room for connections
     * @throws UncheckedIOException where the address cannot be bound, or the certificate not be read; its cause says
     *     why
     */
    public static HttpServer start(String host, int port, HttpServices services, Router router, Health health) {
        HttpSettings settings = services.settings();
        VirtualThreadPool threads = new VirtualThreadPool(UNBOUNDED);
        // One name for all: a number for each thread would be made for each request.
        ThreadFactory workers = Thread.ofVirtual().name("http").factory();
        threads.setVirtualThreadsExecutor(Executors.newThreadPerTaskExecutor(workers));
        long pooled = Runtime.getRuntime().maxMemory() / POOL_SHARE_OF_HEAP;
        Server server = new Server(
                threads,
                new ScheduledExecutorScheduler("http-timer", true),
                new ArrayByteBufferPool(0, 1024, POOLED_BUFFER_BYTES, Integer.MAX_VALUE, pooled, pooled));
        server.setStopTimeout(0);
        Transfers transfers = new Transfers(settings, services.memory());
        Recurring shedding = new Recurring(health, Problem.MEMORY_SHED);
        Dispatcher dispatcher = new Dispatcher(services, router, transfers);
        server.setHandler(dispatcher);
        server.setErrorHandler(new Refusals(settings));
        BoundedConnector connector =
                BoundedConnector.of(server, settings, health, new Stopwatch()::milliseconds, () -> {
                    transfers.closeLate();
                    shedding.update(
                            services.memory().shed(),
                            "Requests are refused: those under way take the memory there is for them.");
                });
        connector.setHost(host);
        connector.setPort(port);
        server.addConnector(connector);
        try {
            server.start();
        } catch (Exception e) {
            stop(server);
            throw new UncheckedIOException(e instanceof IOException failed ? failed : new IOException(e));
        }
        return new HttpServer(server, connector, dispatcher, router);
    }

    public int port() {
        return port;
    }

    /** Every path shape that is answered, such as {@code /{db}/_find}, with the methods that it answers. */
    public Map<String, Set<Verb>> routes() {
        return router.table();
    }

    /** Whether it speaks TLS. */
    public boolean isSecure() {
        return connector.isSecure();
    }

    /** Registers what can be measured of it. */
    public void register(Metrics metrics) {
        dispatcher.register(metrics);
        metrics.gauge("connections_open", "connections that are open", connector::connections);
        metrics.counter("connections_refused", "connections that found no room", connector::refusedConnections);
    }

    /** Requests that are being answered. */
    public int running() {
        return dispatcher.running();
    }

    /** Connections that are open. */
    public int connections() {
        return connector.connections();
    }

    /** As {@link #stop} with ten seconds. */
    @Override
    public void close() {
        stop(Duration.ofSeconds(10));
    }

    /**
     * Ends feeds with their closing line, lets other answers complete, refuses new requests, and closes all
     * connections.
     *
     * @param grace how long answers under way may take
     */
    public synchronized void stop(Duration grace) {
        if (stopped) {
            return;
        }
        stopped = true;
        connector.close();
        dispatcher.endFeeds();
        Stopwatch waited = new Stopwatch();
        while (dispatcher.running() > 0 && waited.milliseconds() < grace.toMillis()) {
            LockSupport.parkNanos(5_000_000);
        }
        stop(server);
    }

    private static void stop(Server server) {
        try {
            server.stop();
        } catch (Exception e) {
            LOG.debug("stopping the HTTP server", e);
        }
    }
}
