package archipel.connections;

import archipel.connections.ClientHello.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import javax.net.ssl.SSLEngine;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/**
 * Tells by the first bytes of a connection whether another node has come, which speaks TLS as {@link PeerTls} says on
 * whatever port, or a client. One that has not said anything holds no buffer, unlike with the library's detector.
 */
final class FirstBytes implements ConnectionFactory {
    private static final String PROTOCOL = "first-bytes";

    private final PeerTls tls;
    private final ConnectionFactory peers;
    private final ConnectionFactory clients;
    /** The library asks it for rules of TLS that are the engine's own here. */
    private final SslContextFactory.Server defaults = new SslContextFactory.Server();

    /**
     * @param peers what speaks HTTP with other nodes, above TLS
     * @param clients what speaks with everybody else
     */
    FirstBytes(PeerTls tls, ConnectionFactory peers, ConnectionFactory clients) {
        this.tls = tls;
        this.peers = peers;
        this.clients = clients;
    }

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
        return new Peek(connector, endPoint);
    }

    private Connection ofPeer(Connector connector, EndPoint endPoint) {
        SSLEngine engine = tls.context().createSSLEngine();
        engine.setUseClientMode(false);
        engine.setNeedClientAuth(true);
        SslConnection secure =
                new SslConnection(connector.getByteBufferPool(), connector.getExecutor(), defaults, endPoint, engine);
        secure.setInputBufferSize(engine.getSession().getPacketBufferSize());
        secure.getSslEndPoint().setConnection(peers.newConnection(connector, secure.getSslEndPoint()));
        return secure;
    }

    private final class Peek extends AbstractConnection implements Connection.UpgradeFrom {
        private final Connector connector;
        private ByteBuffer first = BufferUtil.EMPTY_BUFFER;

        private Peek(Connector connector, EndPoint endPoint) {
            super(endPoint, connector.getExecutor());
            this.connector = connector;
        }

        @Override
        public void onOpen() {
            super.onOpen();
            fillInterested();
        }

        @Override
        public void onFillable() {
            if (first.capacity() == 0) {
                first = BufferUtil.allocate(ClientHello.MOST_BYTES);
            }
            int filled;
            try {
                filled = getEndPoint().fill(first);
            } catch (IOException e) {
                getEndPoint().close(e);
                return;
            }
            if (filled < 0) {
                getEndPoint().close();
                return;
            }
            switch (ClientHello.kind(first, tls.serverName())) {
                case Kind.NAMED -> getEndPoint().upgrade(ofPeer(connector, getEndPoint()));
                case Kind.OTHER -> getEndPoint().upgrade(clients.newConnection(connector, getEndPoint()));
                case Kind.INCOMPLETE -> fillInterested();
            }
        }

        @Override
        public @Nullable ByteBuffer onUpgradeFrom() {
            ByteBuffer read = first;
            first = BufferUtil.EMPTY_BUFFER;
            return read;
        }
    }
}
