package archipel.suites;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A port that leads to one of the running servers. A test that stops its server cuts all connections, and finds nobody
 * at the port; one that starts it again is led to the next server, so that its sessions move.
 */
public final class Link {
    /** Where the servers are: ports of this machine, with commas between them. */
    public static final String PORTS = "suites.ports";

    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final int BUFFER_BYTES = 64 << 10;

    private final List<Integer> servers;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private int port;
    // Where the next connections go; 0 as long as that is not chosen.
    private int server;
    private @Nullable ServerSocket open;
    private @Nullable Thread acceptor;

    private Link(List<Integer> servers, int port) {
        this.servers = servers;
        this.port = port;
    }

    /**
     * To any server, another one whenever it is opened.
     *
     * @param port 0 for a free one
     */
    public static Link toAny(int port) {
        return new Link(servers(), port);
    }

    /** To that server alone; there may be fewer than the number says. */
    public static Link to(int number, int port) {
        List<Integer> all = servers();
        return new Link(List.of(all.get(number % all.size())), port);
    }

    /** The ports of the servers themselves. */
    public static List<Integer> servers() {
        return Arrays.stream(System.getProperty(PORTS, "").split(","))
                .map(Integer::valueOf)
                .toList();
    }

    /** The port of the server that this will lead to from the next opening on. */
    public synchronized int choose() {
        if (server == 0) {
            server = servers.get(Math.floorMod(NEXT.getAndIncrement(), servers.size()));
        }
        return server;
    }

    /** Takes connections; does nothing where it does already. */
    public synchronized void open() throws IOException {
        if (open != null) {
            return;
        }
        ServerSocket socket = port == 0 ? Ports.listen() : Ports.listen(port);
        open = socket;
        port = socket.getLocalPort();
        int chosen = choose();
        server = 0;
        Thread thread = new Thread(() -> accept(socket, chosen), "link");
        thread.setDaemon(true);
        thread.start();
        acceptor = thread;
    }

    private void accept(ServerSocket from, int to) {
        while (!from.isClosed()) {
            try {
                connect(from, from.accept(), to);
            } catch (IOException closed) {
                // The loop ends with the socket.
                continue;
            }
        }
    }

    private void connect(ServerSocket from, Socket client, int port) throws IOException {
        sockets.add(client);
        Socket server;
        try {
            server = new Socket(InetAddress.getLoopbackAddress(), port);
        } catch (IOException down) {
            close(client);
            return;
        }
        sockets.add(server);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        Pair pair = new Pair(client, server);
        Thread.ofVirtual().start(() -> copy(client, server, pair));
        Thread.ofVirtual().start(() -> copy(server, client, pair));
        if (from.isClosed()) {
            close(client);
            close(server);
        }
    }

    /** A connection, which ends when both sides have said all that they have to. */
    private final class Pair {
        private final Socket client;
        private final Socket server;
        private final AtomicInteger ended = new AtomicInteger();

        Pair(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void end(boolean broken) {
            if (ended.incrementAndGet() == 2 || broken) {
                close(client);
                close(server);
                sockets.remove(client);
                sockets.remove(server);
            }
        }
    }

    private void copy(Socket from, Socket to, Pair pair) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            int read = in.read(buffer);
            while (read >= 0) {
                out.write(buffer, 0, read);
                read = in.read(buffer);
            }
            to.shutdownOutput();
            pair.end(false);
        } catch (IOException cut) {
            pair.end(true);
        }
    }

    /** Ends all connections, and takes no more. */
    public synchronized void cut() {
        ServerSocket socket = open;
        Thread thread = acceptor;
        if (socket == null || thread == null) {
            return;
        }
        open = null;
        try {
            socket.close();
            // As long as somebody waits at the socket, the system takes connections.
            thread.join();
        } catch (IOException e) {
            throw new IllegalStateException("a port stays open", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        sockets.forEach(Link::close);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException gone) {
            // As it was to be.
            return;
        }
    }

    public synchronized boolean isOpen() {
        return open != null;
    }

    /** 0 for one that was to be free, and was not open yet. */
    public synchronized int port() {
        return port;
    }
}
