package archipel.transport;

import archipel.changes.Deadline;
import archipel.changes.Threads;
import archipel.identity.NodeIdentity;
import archipel.identity.NodeTls;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLSocket;

/** A connection to a member of which a test says every byte. */
final class RawMember implements AutoCloseable {
    private final Socket plain;
    private final SSLSocket tls;
    private final FrameReader reader;
    private final TransportContext context;

    private RawMember(Socket plain, String name, String ensemble, MemberSecret secret) throws IOException {
        NodeIdentity identity = NodeIdentity.make();
        this.plain = plain;
        this.tls = TlsSockets.calling(plain, NodeTls.askingAnybody(identity).context());
        this.context = new TransportContext(
                TransportOptions.of(name, ensemble, new InetSocketAddress(0)),
                identity,
                secret,
                member -> null,
                Threads.PLATFORM,
                Deadline.steadyMs());
        tls.startHandshake();
        this.reader = new FrameReader(tls.getInputStream(), 64 << 20, context.clockMs(), context.counters());
    }

    static Socket socket(int port) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), port);
    }

    /** TLS with a key of its own, and nothing said yet. */
    static RawMember connect(int port, String name, String ensemble, MemberSecret secret) throws IOException {
        return new RawMember(socket(port), name, ensemble, secret);
    }

    /** As a member does it. */
    RawMember introduce(String answerer, Lane lane) throws IOException {
        new Introduction(context, tls, reader).call(answerer, lane);
        return this;
    }

    void send(FrameKind kind, int service, long id, ByteBuffer payload) throws IOException {
        Frame frame = new Frame(kind, (byte) service, id, payload);
        ByteBuffer bytes = ByteBuffer.allocate(frame.bytes());
        frame.putHead(bytes);
        bytes.put(payload.duplicate());
        out().write(bytes.array());
    }

    OutputStream out() throws IOException {
        return tls.getOutputStream();
    }

    FrameReader reader() {
        return reader;
    }

    /** Whether the other side has ended the connection; waits for it. */
    boolean isEnded() throws IOException {
        plain.setSoTimeout(20_000);
        try {
            while (tls.getInputStream().read() >= 0) {
                // What was said before.
            }
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        plain.close();
    }
}
