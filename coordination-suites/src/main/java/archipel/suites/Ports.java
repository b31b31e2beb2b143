package archipel.suites;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Ports of this machine. Below those that the system gives to clients, so that one can be left and taken again. */
final class Ports {
    private static final int FIRST = 12_000;
    private static final int COUNT = 18_000;
    private static final int TRIES = 100;

    private Ports() {}

    static ServerSocket listen(int port) throws IOException {
        ServerSocket socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** At one that nobody listens at. */
    static ServerSocket listen() throws IOException {
        for (int i = 1; ; i++) {
            try {
                return listen(FIRST + ThreadLocalRandom.current().nextInt(COUNT));
            } catch (IOException taken) {
                if (i == TRIES) {
                    throw taken;
                }
            }
        }
    }

    /** One that nobody listens at. */
    static int free() throws IOException {
        try (ServerSocket socket = listen()) {
            return socket.getLocalPort();
        }
    }
}
