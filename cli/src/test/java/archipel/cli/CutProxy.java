package archipel.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stands between a command and a node, and can cut all connections there are. */
final class CutProxy implements AutoCloseable {
    private final ServerSocket socket;
    private final int target;
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private volatile boolean refusing;

    CutProxy(int target) throws IOException {
        this.target = target;
        socket = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        Thread.ofVirtual().start(this::accept);
    }

    int port() {
        return socket.getLocalPort();
    }

    /** Cuts every connection, and those that are made until {@link #mend}. */
    void cut() throws IOException {
        refusing = true;
        for (Socket one : open) {
            one.close();
        }
    }

    void mend() {
        refusing = false;
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                open.add(client);
                if (refusing) {
                    client.close();
                    continue;
                }
                Socket node = new Socket(InetAddress.getByName("127.0.0.1"), target);
                open.add(node);
                Thread.ofVirtual().start(() -> pump(client, node));
                Thread.ofVirtual().start(() -> pump(node, client));
            } catch (IOException _) {
                // Closed, by the client or by the end of the test.
            }
        }
    }

    private static void pump(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            byte[] buffer = new byte[8192];
            for (int length = in.read(buffer); length > 0; length = in.read(buffer)) {
                to.getOutputStream().write(buffer, 0, length);
            }
        } catch (IOException _) {
            // Cut.
        }
    }

    @Override
    public void close() throws IOException {
        cut();
        socket.close();
    }
}
