package archipel.cluster;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Connections that a test opens and leaves alone, or on which it says a little at a time. */
final class HostileClients implements AutoCloseable {
    private final SmallNode node;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    HostileClients(SmallNode node) {
        this.node = node;
    }

    /** What one of them says once it is connected. */
    interface Opening {
        void send(Socket socket) throws IOException;
    }

    private interface Connecting {
        Socket connect() throws IOException;
    }

    /**
     * Opens so many from that address. What the node does not let them say is not said.
     *
     * @param protocols what a client can speak over TLS
     */
    void open(int count, String from, Opening opening, String... protocols) {
        open(count, () -> node.open(from, protocols), opening);
    }

    /** The same in clear text, also where the node speaks TLS. */
    void openInClear(int count, String from, byte[] bytes) {
        open(count, () -> node.connect(from), socket -> socket.getOutputStream().write(bytes));
    }

    private void open(int count, Connecting connecting, Opening opening) {
        for (int i = 0; i < count; i++) {
            try {
                Socket socket = connecting.connect();
                sockets.add(socket);
                opening.send(socket);
            } catch (IOException e) {
                // Refused, which the test sees by what the node still does.
            }
        }
    }

    /** The same, with a text in ASCII. */
    void open(int count, String from, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        open(count, from, socket -> socket.getOutputStream().write(bytes));
    }

    int count() {
        return sockets.size();
    }

    /** All say the same once more. @return on how many connections that failed, since the node has closed them */
    int say(byte[] bytes) {
        int failed = 0;
        for (Socket socket : sockets) {
            try {
                socket.getOutputStream().write(bytes);
            } catch (IOException e) {
                failed++;
            }
        }
        return failed;
    }

    @Override
    public void close() {
        leave();
    }

    /** All close their connections. */
    void leave() {
        for (Socket socket : sockets) {
            try {
                socket.close();
            } catch (IOException e) {
                // It was closed by the node.
            }
        }
        sockets.clear();
    }
}
