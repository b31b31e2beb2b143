package archipel.transport;

import archipel.identity.NodeTls;
import java.io.IOException;
import java.net.Socket;
import java.net.StandardSocketOptions;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * TLS over sockets that are connected. The plain socket stays the caller's: closing it ends all that blocks on either,
 * while closing the TLS socket would wait for a thread that is stuck in writing.
 */
final class TlsSockets {
    private TlsSockets() {}

    /** For the side that has connected. */
    static SSLSocket calling(Socket plain, SSLContext context) throws IOException {
        return wrapped(plain, context, true);
    }

    /** For the side that was connected to. */
    static SSLSocket answering(Socket plain, SSLContext context) throws IOException {
        SSLSocket socket = wrapped(plain, context, false);
        socket.setNeedClientAuth(true);
        return socket;
    }

    private static SSLSocket wrapped(Socket plain, SSLContext context, boolean calling) throws IOException {
        plain.setTcpNoDelay(true);
        plain.setKeepAlive(true);
        SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(plain, NodeTls.SERVER_NAME, plain.getPort(), true);
        socket.setUseClientMode(calling);
        socket.setEnabledProtocols(new String[] {"TLSv1.3"});
        return socket;
    }

    static void close(Socket plain) {
        try {
            plain.close();
        } catch (IOException e) {
            // Nobody can do more about it.
        }
    }

    /** Without a word to the other side, and nothing is kept for it. */
    static void reset(Socket plain) {
        try {
            plain.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            // It is closed already.
        }
        close(plain);
    }
}
