package archipel.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/**
 * Free ports of this machine's loopback address.
 *
 * <p>They lie below the range that outgoing connections get theirs from: while a killed server is away, a client that
 * tries again and again to connect to a port of that range can be given the same port, and then talks to itself.
 */
public final class LoopbackPort {
    private static final int FIRST = 12_000;
    private static final int COUNT = 18_000;

    // Test runs on the same machine begin at different places.
    private static int next = Math.floorMod(ProcessHandle.current().pid() * 31, COUNT);

    private LoopbackPort() {}

    /** One that nothing listens on at the moment. */
    public static synchronized int free() throws IOException {
        for (int tried = 0; tried < COUNT; tried++) {
            int port = FIRST + next;
            next = (next + 1) % COUNT;
            if (isFree(port)) {
                return port;
            }
        }
        throw new IOException("no port from " + FIRST + " on is free");
    }

    private static boolean isFree(int port) {
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort() == port;
        } catch (IOException _) {
            return false;
        }
    }
}
