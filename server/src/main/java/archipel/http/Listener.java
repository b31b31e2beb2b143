package archipel.http;

import io.helidon.common.concurrency.limits.FixedLimit;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.context.Context;
import io.helidon.http.encoding.ContentEncodingContext;
import io.helidon.http.media.MediaContext;
import io.helidon.webserver.ListenerConfig;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.http2.Http2Config;
import io.helidon.webserver.http2.Http2ConnectionSelector;
import io.helidon.webserver.http2.Http2Upgrader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections, each served by a virtual thread of its own. Takes the place of the library's listener, whose
 * connections hold 8 KB each while they wait, and whose start looks through the class path for services.
 */
final class Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
    private static final int BACKLOG = 1024;
    private static final int HEADERS_BYTES = 64 << 10;
    private static final int STREAMS = 1024;
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(50);

    private final ServerSocket socket;
    private final Protocols protocols;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();

    private Listener(ServerSocket socket, Protocols protocols) {
        this.socket = socket;
        this.protocols = protocols;
    }

    /** @throws UncheckedIOException where the address cannot be bound */
    static Listener start(String host, int port, HttpSettings settings, HttpRouting routing, DirectHandlers refusals) {
        ServerSocket socket;
        try {
            socket = new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getByName(host), port), BACKLOG);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Listener listener = new Listener(socket, Protocols.of(settings, routing, refusals));
        Thread.ofPlatform().name("http-accept-" + socket.getLocalPort()).start(listener::accept);
        return listener;
    }

    int port() {
        return socket.getLocalPort();
    }

    /** Accepts no more; connections that are open stay so. */
    void close() {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("closing the listening socket", e);
        }
    }

    /** Closes the connections. */
    void closeConnections() {
        open.forEach(Connection::close);
        protocols.context().executor().shutdownNow();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket accepted = socket.accept();
                Connection connection = new Connection(accepted, protocols);
                open.add(connection);
                Thread.ofVirtual().start(() -> {
                    try {
                        connection.serve();
                    } finally {
                        open.remove(connection);
                    }
                });
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    // Out of file descriptors, most likely: some will be given back.
                    LOG.warn("cannot accept a connection: {}", e.getMessage());
                    LockSupport.parkNanos(PAUSE_AFTER_FAILURE.toNanos());
                }
            }
        }
    }

    /** What the connections of one listener share. */
    record Protocols(
            HttpRouting routing,
            ListenerContext context,
            Http1ConnectionSelector http1,
            Http2ConnectionSelector http2,
            Limit limit) {
        private static Protocols of(HttpSettings settings, HttpRouting routing, DirectHandlers refusals) {
            Http1Config http1 = Http1Config.builder()
                    .maxPrologueLength(settings.maximumUriBytes())
                    .maxHeadersSize(HEADERS_BYTES)
                    .validatePrologue(false)
                    .validatePath(false)
                    .validateRequestHeaders(false)
                    .validateResponseHeaders(true)
                    .sendKeepAliveHeader(false)
                    .log(log -> log.receiveLog(false).sendLog(false))
                    .build();
            Http2Config http2 = Http2Config.builder()
                    .validatePath(false)
                    .maxConcurrentStreams(STREAMS)
                    .build();
            return new Protocols(
                    routing,
                    Shared.of(refusals),
                    Http1ConnectionSelector.builder()
                            .config(http1)
                            .putUpgrader("h2c", Http2Upgrader.create(http2))
                            .build(),
                    Http2ConnectionSelector.builder().http2Config(http2).build(),
                    FixedLimit.create());
        }
    }

    private record Shared(
            Context context,
            MediaContext mediaContext,
            ContentEncodingContext contentEncodingContext,
            DirectHandlers directHandlers,
            ListenerConfig config,
            ExecutorService executor)
            implements ListenerContext {
        private static Shared of(DirectHandlers refusals) {
            MediaContext media = MediaContext.builder()
                    .mediaSupportsDiscoverServices(false)
                    .registerDefaults(false)
                    .build();
            ContentEncodingContext encoding = ContentEncodingContext.builder()
                    .contentEncodingsDiscoverServices(false)
                    .build();
            ListenerConfig config = ListenerConfig.builder()
                    .protocolsDiscoverServices(false)
                    .mediaContext(media)
                    .contentEncoding(encoding)
                    .directHandlers(refusals)
                    .writeQueueLength(0)
                    .writeBufferSize(0)
                    .build();
            return new Shared(
                    Context.create(), media, encoding, refusals, config, Executors.newVirtualThreadPerTaskExecutor());
        }
    }
}
