package archipel.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.Router;
import io.helidon.webserver.Routing;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.spi.ServerConnection;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: HTTP/2 if it begins with that protocol's preface, otherwise HTTP/1.1 (which can be
 * upgraded), read through a {@link RequestLineReader}. What is neither is taken for HTTP/1.1 too, so that it gets a
 * 400 rather than a closed connection.
 *
 * <p>While nothing comes it holds a small buffer; one that was filled whole is followed by a larger one.
 */
final class Connection implements ConnectionContext, Router {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int WAITING_BYTES = 512;
    private static final int READING_BYTES = 64 << 10;
    private static final Duration SILENCE = Duration.ofMinutes(5);
    private static final Duration LINGER = Duration.ofSeconds(1);
    private static final int LINGER_BYTES = 4 << 20;

    private final Socket socket;
    private final Listener.Protocols protocols;
    private final Output output = new Output();
    private @Nullable DataReader reader;
    private int nextBytes = WAITING_BYTES;
    private boolean ended;

    Connection(Socket socket, Listener.Protocols protocols) {
        this.socket = socket;
        this.protocols = protocols;
    }

    /** Serves requests until either side has had enough. */
    void serve() {
        try {
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.setSoTimeout((int) SILENCE.toMillis());
            connection().handle(protocols.limit());
        } catch (CloseConnectionException e) {
            LOG.trace("connection closed", e);
            linger();
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("connection failed: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("a connection ended unexpectedly", e);
        } finally {
            close();
        }
    }

    /** May be called by another thread. */
    void close() {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.debug("closing a connection", e);
        }
    }

    private ServerConnection connection() throws IOException {
        byte[] first = next();
        while (first.length < PREFACE.length && startsLikePreface(first)) {
            byte[] more = next();
            int length = first.length;
            first = Arrays.copyOf(first, length + more.length);
            System.arraycopy(more, 0, first, length, more.length);
        }
        FirstThenNext source = new FirstThenNext(first);
        if (startsLikePreface(first)) {
            // Its reader waits while feeds write: silence means nothing there.
            socket.setSoTimeout(0);
            reader = DataReader.create(source::get);
            return protocols.http2().connection(this);
        }
        reader = new RequestLineReader(source::get);
        return protocols.http1().connection(this);
    }

    private static boolean startsLikePreface(byte[] bytes) {
        int length = Math.min(bytes.length, PREFACE.length);
        return Arrays.equals(bytes, 0, length, PREFACE, 0, length);
    }

    /** Waits for bytes and gives them, in an array that is theirs alone. */
    private byte[] next() {
        try {
            byte[] bytes = new byte[nextBytes];
            int read = socket.getInputStream().read(bytes);
            if (read < 0) {
                ended = true;
                throw new CloseConnectionException("the client has closed the connection");
            }
            if (read == bytes.length) {
                nextBytes = Math.min(READING_BYTES, nextBytes * 8);
                return bytes;
            }
            if (read < WAITING_BYTES) {
                nextBytes = WAITING_BYTES;
            }
            return Arrays.copyOf(bytes, read);
        } catch (IOException e) {
            ended = true;
            throw new ServerConnectionException("the client has gone", e);
        }
    }

    /** Lets a client that is still sending read the answer: closing at once would tell it to forget what came. */
    private void linger() {
        if (ended || socket.isClosed()) {
            return;
        }
        try {
            socket.shutdownOutput();
            socket.setSoTimeout((int) LINGER.toMillis());
            InputStream in = socket.getInputStream();
            byte[] scratch = new byte[8192];
            Stopwatch waited = new Stopwatch();
            int left = LINGER_BYTES;
            while (left > 0 && waited.milliseconds() < LINGER.toMillis()) {
                int read = in.read(scratch);
                if (read < 0) {
                    return;
                }
                left -= read;
            }
        } catch (IOException e) {
            LOG.trace("lingering", e);
        }
    }

    @Override
    public DataReader dataReader() {
        if (reader == null) {
            throw new IllegalStateException("nothing has come yet");
        }
        return reader;
    }

    @Override
    public DataWriter dataWriter() {
        return output;
    }

    @Override
    public ListenerContext listenerContext() {
        return protocols.context();
    }

    @Override
    public ExecutorService executor() {
        return protocols.context().executor();
    }

    @Override
    public Router router() {
        return this;
    }

    @Override
    public <T extends Routing> T routing(Class<T> type, T absent) {
        HttpRouting routing = protocols.routing();
        return type.isInstance(routing) ? type.cast(routing) : absent;
    }

    @Override
    public List<? extends Routing> routings() {
        return List.of(protocols.routing());
    }

    @Override
    public void beforeStart() {}

    @Override
    public void afterStop() {}

    @Override
    public PeerInfo remotePeer() {
        return new Peer(socket.getRemoteSocketAddress());
    }

    @Override
    public PeerInfo localPeer() {
        return new Peer(socket.getLocalSocketAddress());
    }

    @Override
    public boolean isSecure() {
        return false;
    }

    @Override
    public String socketId() {
        return "http";
    }

    @Override
    public String childSocketId() {
        return Integer.toHexString(System.identityHashCode(this));
    }

    /** The bytes by which the protocol was known, and then what comes. */
    private final class FirstThenNext {
        private byte @Nullable [] first;

        private FirstThenNext(byte[] first) {
            this.first = first;
        }

        private byte[] get() {
            byte[] bytes = first;
            if (bytes != null) {
                first = null;
                return bytes;
            }
            return next();
        }
    }

    private final class Output implements DataWriter {
        @Override
        public void write(BufferData... buffers) {
            for (BufferData buffer : buffers) {
                write(buffer);
            }
        }

        @Override
        public void write(BufferData buffer) {
            try {
                OutputStream out = socket.getOutputStream();
                buffer.writeTo(out);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void writeNow(BufferData... buffers) {
            write(buffers);
        }

        @Override
        public void writeNow(BufferData buffer) {
            write(buffer);
        }
    }

    private record Peer(SocketAddress address) implements PeerInfo {
        @Override
        public String host() {
            return address instanceof InetSocketAddress internet
                    ? internet.getAddress().getHostAddress()
                    : "";
        }

        @Override
        public int port() {
            return address instanceof InetSocketAddress internet ? internet.getPort() : 0;
        }

        @Override
        public Optional<Principal> tlsPrincipal() {
            return Optional.empty();
        }

        @Override
        public Optional<Certificate[]> tlsCertificates() {
            return Optional.empty();
        }
    }
}
