package archipel.connections;

import archipel.clients.ClientCounts;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Stream;
import org.eclipse.jetty.http2.SessionContainer;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.api.server.ServerSessionListener;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.generator.Generator;
import org.eclipse.jetty.http2.server.AbstractHTTP2ServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.http2.server.internal.HTTP2ServerConnection;
import org.eclipse.jetty.http2.server.internal.HTTP2ServerSession;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 connections whose heads count against {@link Heads}, as those of HTTP/1 do, and whose streams are bounded over
 * all connections. One connection would otherwise be worth as many requests as it has streams.
 */
final class Http2 {
    /** As browsers use; more at once only wait for the same processors. */
    private static final int STREAMS_OF_CONNECTION = 100;

    private static final int SESSION_WINDOW_BYTES = 256 << 10;
    private static final int STREAM_WINDOW_BYTES = 128 << 10;

    /** A full table takes several times its size in objects, for as long as the connection lasts. */
    private static final int HEADER_TABLE_BYTES = 1 << 10;

    /** What a stream takes before the request on it is admitted: its thread, its fields, the library's objects. */
    private static final int STREAM_BYTES = 16 << 10;

    private static final int SHARE_OF_HEAP = 4;

    /** A head of so many bytes passes also where others have taken the memory for heads: streams are bounded. */
    private static final int SMALL_HEAD_BYTES = 2 << 10;

    private final HttpConfiguration configuration;
    private final ConnectionLimits settings;
    private final Heads heads;
    private final ClientCounts streams = new ClientCounts();
    private final long heapBound = Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP / STREAM_BYTES;

    Http2(HttpConfiguration configuration, ConnectionLimits settings, Heads heads) {
        this.configuration = new HttpConfiguration(configuration);
        // Of a stream, while its request is answered; the connection's own is that of waiting for a request.
        this.configuration.setIdleTimeout(settings.transferTimeoutMs());
        this.settings = settings;
        this.heads = heads;
    }

    /** For connections over TLS. */
    AbstractHTTP2ServerConnectionFactory secure() {
        return bounded(new Secure());
    }

    /** For connections in clear text: begun as such, or upgraded from HTTP/1.1. */
    AbstractHTTP2ServerConnectionFactory clear() {
        return bounded(new Clear());
    }

    private static AbstractHTTP2ServerConnectionFactory bounded(AbstractHTTP2ServerConnectionFactory factory) {
        factory.setMaxConcurrentStreams(STREAMS_OF_CONNECTION);
        factory.setInitialSessionRecvWindow(SESSION_WINDOW_BYTES);
        factory.setInitialStreamRecvWindow(STREAM_WINDOW_BYTES);
        factory.setMaxDecoderTableCapacity(HEADER_TABLE_BYTES);
        factory.setMaxEncoderTableCapacity(HEADER_TABLE_BYTES);
        // The parts of an unfinished head would keep memory outside the heap, which is not theirs to fill.
        factory.setUseInputDirectByteBuffers(false);
        return factory;
    }

    private Guarded connection(
            AbstractHTTP2ServerConnectionFactory factory,
            ServerSessionListener listener,
            Connector connector,
            EndPoint endPoint) {
        // It may have begun as HTTP/1.
        endPoint.setIdleTimeout(connector.getIdleTimeout());
        Http2Parser parser = new Http2Parser(
                connector.getByteBufferPool(),
                configuration.getRequestHeaderSize(),
                factory.getRateControlFactory().newRateControl(endPoint),
                heads,
                endPoint);
        parser.setMaxSettingsKeys(factory.getMaxSettingsKeys());
        Generator generator = new Generator(
                connector.getByteBufferPool(),
                factory.isUseOutputDirectByteBuffers(),
                factory.getMaxHeaderBlockFragment());
        generator.getHpackEncoder().setMaxHeaderListSize(configuration.getMaxResponseHeaderSize());
        OpenStreams open = new OpenStreams(endPoint.getRemoteSocketAddress());
        HTTP2ServerSession session =
                new HTTP2ServerSession(
                        connector.getScheduler(),
                        endPoint,
                        parser,
                        generator,
                        listener,
                        factory.getFlowControlStrategyFactory().newFlowControlStrategy()) {
                    @Override
                    public boolean removeStream(Stream stream) {
                        boolean removed = super.removeStream(stream);
                        open.leave(stream);
                        return removed;
                    }
                };
        session.setMaxLocalStreams(STREAMS_OF_CONNECTION);
        session.setMaxRemoteStreams(STREAMS_OF_CONNECTION);
        session.setMaxEncoderTableCapacity(factory.getMaxEncoderTableCapacity());
        session.setStreamIdleTimeout(endPoint.getIdleTimeout());
        session.setInitialSessionRecvWindow(factory.getInitialSessionRecvWindow());
        session.setWriteThreshold(configuration.getOutputBufferSize());
        session.setConnectProtocolEnabled(factory.isConnectProtocolEnabled());
        Guarded connection = new Guarded(connector, endPoint, session, listener, parser, open);
        connection.setUseInputDirectByteBuffers(factory.isUseInputDirectByteBuffers());
        connection.setUseOutputDirectByteBuffers(factory.isUseOutputDirectByteBuffers());
        // Kept for reuse, those of a burst would stay for as long as the connection.
        connection.setRecycleHttpChannels(false);
        SessionContainer sessions = factory.getBean(SessionContainer.class);
        if (sessions != null) {
            connection.addEventListener(sessions);
        }
        parser.init(connection);
        return connection;
    }

    private final class Guarded extends HTTP2ServerConnection implements QuietConnection {
        private final Http2Parser parser;
        private final OpenStreams open;

        private Guarded(
                Connector connector,
                EndPoint endPoint,
                HTTP2ServerSession session,
                ServerSessionListener listener,
                Http2Parser parser,
                OpenStreams open) {
            super(connector, endPoint, configuration, session, listener);
            this.parser = parser;
            this.open = open;
        }

        @Override
        public void onNewStream(HTTP2Stream stream, HeadersFrame frame) {
            if (open.enter(stream, frame)) {
                super.onNewStream(stream, frame);
            } else {
                stream.reset(new ResetFrame(stream.getId(), ErrorCode.REFUSED_STREAM_ERROR.code), Callback.NOOP);
            }
        }

        @Override
        public void onClose(@Nullable Throwable cause) {
            super.onClose(cause);
            parser.release();
            open.leaveAll();
        }

        @Override
        public long quietSinceMs() {
            return parser.isInHead() ? BUSY : open.quietSinceMs();
        }
    }

    /** The streams of one connection, as they count in all. */
    private final class OpenStreams {
        private final String network;
        private final boolean fromProxy;
        private final Map<Integer, Integer> headBytes = new ConcurrentHashMap<>();
        private final AtomicInteger count = new AtomicInteger();
        private volatile long quietSinceMs = heads.nowMs();

        private OpenStreams(@Nullable SocketAddress from) {
            this.fromProxy = from instanceof InetSocketAddress internet
                    && internet.getAddress() != null
                    && settings.isTrustedProxy(internet.getAddress());
            this.network = Admission.network(from);
        }

        private boolean enter(HTTP2Stream stream, HeadersFrame frame) {
            int most = (int) Math.min(settings.maximumStreams(), heapBound);
            int mostOfOne = fromProxy ? most : Admission.shareOfOne(most);
            if (streams.enter(network, most, mostOfOne) != ClientCounts.Outcome.ENTERED) {
                return false;
            }
            int bytes = headBytes(frame.getMetaData());
            count.incrementAndGet();
            headBytes.put(stream.getId(), bytes);
            if (heads.take(bytes) || bytes <= SMALL_HEAD_BYTES) {
                return true;
            }
            leave(stream.getId());
            return false;
        }

        private void leave(Stream stream) {
            leave(stream.getId());
        }

        private void leave(int id) {
            Integer bytes = headBytes.remove(id);
            if (bytes != null) {
                heads.giveBack(bytes);
                streams.leave(network);
                quietSinceMs = heads.nowMs();
                count.decrementAndGet();
            }
        }

        private void leaveAll() {
            headBytes.keySet().forEach(this::leave);
        }

        private long quietSinceMs() {
            return count.get() > 0 ? QuietConnection.BUSY : quietSinceMs;
        }

        private static int headBytes(MetaData head) {
            int bytes = head instanceof MetaData.Request request
                    ? request.getHttpURI().toString().length()
                    : 0;
            for (HttpField field : head.getHttpFields()) {
                String value = field.getValue();
                bytes += field.getName().length() + (value == null ? 0 : value.length());
            }
            return bytes;
        }
    }

    private final class Secure extends HTTP2ServerConnectionFactory {
        private Secure() {
            super(configuration);
        }

        @Override
        public Connection newConnection(Connector connector, EndPoint endPoint) {
            return configure(
                    connection(this, newSessionListener(connector, endPoint), connector, endPoint),
                    connector,
                    endPoint);
        }
    }

    /** Gives the target that {@link GuardedConnection} withheld back to a request that goes on as HTTP/2. */
    private final class Clear extends HTTP2CServerConnectionFactory {
        private Clear() {
            super(configuration);
        }

        @Override
        public Connection newConnection(Connector connector, EndPoint endPoint) {
            return configure(
                    connection(this, newSessionListener(connector, endPoint), connector, endPoint),
                    connector,
                    endPoint);
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
}
