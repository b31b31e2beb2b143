package archipel.connections;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpParser;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http2.HTTP2Stream;
import org.eclipse.jetty.http2.server.internal.HTTP2ServerConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.eclipse.jetty.util.BufferUtil;
import org.jspecify.annotations.Nullable;

/** An HTTP/1 connection whose request heads count against {@link Heads}. */
public final class GuardedConnection extends HttpConnection implements QuietConnection {
    /** The first byte of a TLS handshake. */
    private static final byte TLS_HANDSHAKE = 0x16;

    /** Made by the superclass's constructor, which asks for the parser next: an initializer would undo that. */
    private @Nullable RequestHandler handler;

    private final boolean ofPeer;
    private String target = "/";
    private boolean malformedBody;

    private GuardedConnection(
            HttpConfiguration configuration, Connector connector, EndPoint endPoint, Heads heads, boolean ofPeer) {
        super(configuration, connector, endPoint);
        this.ofPeer = ofPeer;
        ((HeadParser) getParser()).guard(heads, endPoint);
    }

    @Override
    protected HttpParser newHttpParser(HttpCompliance compliance) {
        HttpParser parser = new HeadParser(
                Objects.requireNonNull(handler), getHttpConfiguration().getRequestHeaderSize(), compliance);
        parser.setHeaderCacheSize(getHttpConfiguration().getHeaderCacheSize());
        parser.setHeaderCacheCaseSensitive(getHttpConfiguration().isHeaderCacheCaseSensitive());
        return parser;
    }

    @Override
    public void onClose(@Nullable Throwable cause) {
        super.onClose(cause);
        ((HeadParser) getParser()).release();
    }

    /**
     * The endpoint's timeout is that of transfers all the time, since to change it for each request, as the library
     * would, costs a twentieth of a small one. How long a head may take, and how long a connection may wait for its
     * next request, are other matters ({@link Heads}).
     */
    @Override
    public boolean onIdleExpired(TimeoutException timeout) {
        return getHttpChannel().getRequest() != null && super.onIdleExpired(timeout);
    }

    /**
     * The target of a request, every byte as it came. Over HTTP/1 the library gets to see {@code /} instead: it takes
     * targets for paths of files, and refuses or rewrites what is a fine id.
     */
    public static String target(Request request) {
        return request.getConnectionMetaData().getConnection() instanceof GuardedConnection http1
                ? http1.target
                : request.getHttpURI().getPathQuery();
    }

    /** The certificate that another node has shown, whose key it has proved to have; null for a client's request. */
    public static X509Certificate @Nullable [] peerCertificates(Request request) {
        return request.getConnectionMetaData().getConnection() instanceof GuardedConnection http1
                ? http1.peerCertificates()
                : null;
    }

    /** As {@link #peerCertificates(Request)}. */
    X509Certificate @Nullable [] peerCertificates() {
        if (!ofPeer) {
            return null;
        }
        EndPoint.SslSessionData session = getEndPoint().getSslSessionData();
        X509Certificate[] shown = session == null ? null : session.peerCertificates();
        return shown == null ? new X509Certificate[0] : shown;
    }

    /** Whether the body ended early because it broke a rule, rather than because the client has gone. */
    public static boolean hasMalformedBody(Request request) {
        return request.getConnectionMetaData().getConnection() instanceof GuardedConnection http1
                && http1.malformedBody;
    }

    /**
     * Whether the client has closed its connection, or its side of it, or has taken the request back. For the thread
     * that answers; while there is something of the body to be read the answer is no.
     */
    public static boolean isGone(Request request) {
        Connection connection = request.getConnectionMetaData().getConnection();
        if (connection instanceof GuardedConnection http1) {
            return http1.isGone();
        }
        if (connection instanceof HTTP2ServerConnection http2) {
            HTTP2Stream stream = http2.getSession().getStream(Integer.parseInt(request.getId()));
            return stream == null || stream.isReset();
        }
        return false;
    }

    private boolean isGone() {
        if (!getEndPoint().isOpen()) {
            return true;
        }
        HttpParser parser = getParser();
        // After a body of known length the parser stands in it still, until it is asked for more.
        boolean whole = parser.isState(HttpParser.State.END)
                || parser.isState(HttpParser.State.CONTENT) && parser.getContentRead() == parser.getContentLength();
        if (!whole || !isRequestBufferEmpty()) {
            // What comes is of this request yet, or the next one is here already.
            return false;
        }
        ByteBuffer next = BufferUtil.allocate(1);
        try {
            if (getEndPoint().fill(next) < 0) {
                return true;
            }
        } catch (IOException e) {
            return true;
        }
        if (next.hasRemaining()) {
            // Of the next request.
            onUpgradeTo(next);
        }
        return false;
    }

    String target() {
        return target;
    }

    @Override
    protected RequestHandler newRequestHandler() {
        RequestHandler made = new RequestHandler() {
            @Override
            public void startRequest(String method, String uri, HttpVersion version) {
                target = uri;
                boolean plain = uri.equals("*") || HttpMethod.CONNECT.is(method);
                super.startRequest(method, plain ? uri : "/", version);
            }

            @Override
            public void earlyEOF() {
                malformedBody = !getParser().isAtEOF();
                super.earlyEOF();
            }
        };
        handler = made;
        return made;
    }

    @Override
    public long quietSinceMs() {
        return getParser().isStart() && getHttpChannel().getRequest() == null
                ? ((HeadParser) getParser()).quietSinceMs
                : BUSY;
    }

    /** Makes them. */
    static final class Factory extends HttpConnectionFactory {
        private final Heads heads;
        private final long transferTimeoutMs;
        private final boolean ofPeers;

        Factory(HttpConfiguration configuration, Heads heads, long transferTimeoutMs) {
            this(configuration, heads, transferTimeoutMs, false);
        }

        /** Of connections that other nodes make, above TLS. */
        static Factory ofPeers(HttpConfiguration configuration, Heads heads, long transferTimeoutMs) {
            return new Factory(configuration, heads, transferTimeoutMs, true);
        }

        private Factory(HttpConfiguration configuration, Heads heads, long transferTimeoutMs, boolean ofPeers) {
            super(configuration);
            this.ofPeers = ofPeers;
            this.heads = heads;
            this.transferTimeoutMs = transferTimeoutMs;
        }

        @Override
        public Connection newConnection(Connector connector, EndPoint endPoint) {
            endPoint.setIdleTimeout(transferTimeoutMs);
            GuardedConnection connection =
                    new GuardedConnection(getHttpConfiguration(), connector, endPoint, heads, ofPeers);
            connection.setTransferEncodingChunkMaxLength(getTransferEncodingChunkMaxLength());
            return configure(connection, connector, endPoint);
        }
    }

    /** Counts the bytes of the head that it has parsed, from the head's beginning to the end of the answer. */
    private static final class HeadParser extends HttpParser {
        private final RequestHandler handler;
        private @Nullable Heads heads;
        private @Nullable EndPoint endPoint;
        private volatile long quietSinceMs;
        private int held;

        private HeadParser(RequestHandler handler, int maximumBytes, HttpCompliance compliance) {
            super(handler, maximumBytes, compliance);
            this.handler = handler;
        }

        private void guard(Heads counted, EndPoint read) {
            heads = counted;
            endPoint = read;
            quietSinceMs = counted.nowMs();
        }

        @Override
        public boolean parseNext(ByteBuffer buffer) {
            if (!isInHead() || !buffer.hasRemaining() || heads == null || endPoint == null) {
                return super.parseNext(buffer);
            }
            if (isStart() && buffer.get(buffer.position()) == TLS_HANDSHAKE) {
                buffer.position(buffer.limit());
                return refuse(400, Refusals.TLS_ON_PLAIN_PORT);
            }
            int before = buffer.remaining();
            boolean parsed = super.parseNext(buffer);
            int taken = before - buffer.remaining();
            held += taken;
            if (!heads.take(taken) && isInHead()) {
                release();
                buffer.position(buffer.limit());
                return refuse(503, Refusals.TOO_MANY_HEADS);
            }
            if (isStart()) {
                return parsed;
            }
            if (isInHead()) {
                heads.await(endPoint);
            } else if (endPoint.getConnection() instanceof GuardedConnection) {
                // After an upgrade, which is over by now, a head that is awaited is HTTP/2's.
                heads.forget(endPoint);
            }
            return parsed;
        }

        private boolean refuse(int status, String reason) {
            close();
            handler.badMessage(new HttpException.RuntimeException(status, reason));
            return false;
        }

        private boolean isInHead() {
            return getState().ordinal() < State.CONTENT.ordinal();
        }

        @Override
        public void reset() {
            super.reset();
            release();
            if (heads != null) {
                quietSinceMs = heads.nowMs();
            }
        }

        private void release() {
            if (heads != null) {
                heads.giveBack(held);
            }
            held = 0;
        }
    }
}
