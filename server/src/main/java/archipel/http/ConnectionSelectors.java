package archipel.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import io.helidon.webserver.Routing;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.http2.Http2Config;
import io.helidon.webserver.http2.Http2ConnectionSelector;
import io.helidon.webserver.http2.Http2Upgrader;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Which protocol a connection speaks: HTTP/2 if it begins with its preface, otherwise HTTP/1.1 (which can be upgraded),
 * read through a {@link RequestLineReader}. Either way its requests go to our own dispatcher. What is neither is taken
 * for HTTP/1.1 too, so that it gets a 400 rather than a closed connection.
 */
final class ConnectionSelectors {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private ConnectionSelectors() {}

    static ServerConnectionSelector http2(Http2Config config, HttpRouting routing) {
        return new Http2Selector(
                Http2ConnectionSelector.builder().http2Config(config).build(), new OneRouting(routing));
    }

    static ServerConnectionSelector http1(Http1Config config, Http2Config upgraded, HttpRouting routing) {
        Http1ConnectionSelector selector = Http1ConnectionSelector.builder()
                .config(config)
                .putUpgrader("h2c", Http2Upgrader.create(upgraded))
                .build();
        return new Http1Selector(selector, new OneRouting(routing));
    }

    private record Http2Selector(Http2ConnectionSelector delegate, Router router) implements ServerConnectionSelector {
        @Override
        public int bytesToIdentifyConnection() {
            return delegate.bytesToIdentifyConnection();
        }

        @Override
        public Support supports(BufferData data) {
            return delegate.supports(data);
        }

        @Override
        public Set<String> supportedApplicationProtocols() {
            return delegate.supportedApplicationProtocols();
        }

        @Override
        public ServerConnection connection(ConnectionContext context) {
            return delegate.connection(new Rewired(context, context.dataReader(), router));
        }
    }

    private record Http1Selector(Http1ConnectionSelector delegate, Router router) implements ServerConnectionSelector {
        @Override
        public int bytesToIdentifyConnection() {
            return 0;
        }

        @Override
        public Support supports(BufferData data) {
            int length = Math.min(PREFACE.length, data.available());
            for (int i = 0; i < length; i++) {
                if (data.get(i) != PREFACE[i]) {
                    return Support.SUPPORTED;
                }
            }
            return Support.UNKNOWN;
        }

        @Override
        public Set<String> supportedApplicationProtocols() {
            return delegate.supportedApplicationProtocols();
        }

        @Override
        public ServerConnection connection(ConnectionContext context) {
            return delegate.connection(new Rewired(context, reader(context.dataReader()), router));
        }

        private static DataReader reader(DataReader source) {
            return new RequestLineReader(() -> next(source));
        }

        @SuppressWarnings("NullAway")
        private static byte @Nullable [] next(DataReader source) {
            try {
                source.ensureAvailable();
                return source.readBytes(source.available());
            } catch (DataReader.InsufficientDataAvailableException e) {
                return null;
            }
        }
    }

    /** A connection whose input is read through another reader, and whose requests go to another router. */
    private record Rewired(ConnectionContext delegate, DataReader dataReader, Router router)
            implements ConnectionContext {
        @Override
        public ListenerContext listenerContext() {
            return delegate.listenerContext();
        }

        @Override
        public ExecutorService executor() {
            return delegate.executor();
        }

        @Override
        public DataWriter dataWriter() {
            return delegate.dataWriter();
        }

        @Override
        public Optional<ProxyProtocolData> proxyProtocolData() {
            return delegate.proxyProtocolData();
        }

        @Override
        public HelidonSocket serverSocket() {
            return delegate.serverSocket();
        }

        @Override
        public PeerInfo remotePeer() {
            return delegate.remotePeer();
        }

        @Override
        public PeerInfo localPeer() {
            return delegate.localPeer();
        }

        @Override
        public boolean isSecure() {
            return delegate.isSecure();
        }

        @Override
        public String socketId() {
            return delegate.socketId();
        }

        @Override
        public String childSocketId() {
            return delegate.childSocketId();
        }
    }

    /** Knows of one routing, in place of the library's. */
    private record OneRouting(HttpRouting routing) implements Router {
        @Override
        public <T extends Routing> T routing(Class<T> type, T absent) {
            return type.isInstance(routing) ? type.cast(routing) : absent;
        }

        @Override
        public List<? extends Routing> routings() {
            return List.of(routing);
        }

        @Override
        public void beforeStart() {}

        @Override
        public void afterStop() {}
    }
}
