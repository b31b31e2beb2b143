package archipel.connections;

import archipel.clients.ClientCounts;
import archipel.clients.ClientNetwork;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.health.Descriptors;
import archipel.health.Health;
import archipel.health.Problem;
import archipel.health.Recurring;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * How many connections there may be, in all and of one client. The bound leaves the descriptors that the store and its
 * background work need, and half of the heap. Further connections are answered with 503 and closed at once; while few
 * places are left, connections that wait for a request are closed sooner.
 */
final class Admission {
    /** Under this share of free places connections are kept for a shorter time. */
    private static final int CROWDED_SHARE = 10;

    private static final long CROWDED_IDLE_MS = 2_000;
    private static final byte[] REASON = new RequestException(ErrorCode.TOO_MANY_CONNECTIONS)
            .json()
            .ascii('\n')
            .toByteArray();
    private static final byte[] ANSWER = ("HTTP/1.1 503 Service Unavailable\r\nServer: Archipel\r\n"
                    + "Content-Type: application/json\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: "
                    + REASON.length + "\r\n\r\n" + new String(REASON, StandardCharsets.US_ASCII))
            .getBytes(StandardCharsets.US_ASCII);

    /** What the heap has to have for a connection that waits: over TLS the state of its ciphers, and a record. */
    private static final int CLEAR_BYTES = 8 << 10;

    private static final int SECURE_BYTES = 64 << 10;
    private static final int SHARE_OF_HEAP = 2;

    private final ConnectionLimits settings;
    private final Health health;
    private final Recurring shortage;
    private final int bound;
    private final ClientCounts connections = new ClientCounts();
    private final AtomicLong refused = new AtomicLong();
    private final AtomicLong turnedAway = new AtomicLong();

    /** @param secure whether they speak TLS */
    Admission(ConnectionLimits settings, Health health, boolean secure) {
        this.settings = settings;
        this.health = health;
        this.shortage = new Recurring(health, Problem.DESCRIPTORS_SHORT);
        long held = Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP / (secure ? SECURE_BYTES : CLEAR_BYTES);
        this.bound = (int) Math.min(Descriptors.forConnections(), held);
    }

    /** Counts a connection in. @return its place, or null where there is no room for it */
    @Nullable
    Place admit(SocketAddress from) {
        int maximum = maximum();
        int mostOfOne = settings.isTrustedProxy(address(from))
                ? maximum
                : Math.min(shareOfOne(maximum), settings.maximumConnectionsPerAddress());
        String network = network(from);
        ClientCounts.Outcome outcome = connections.enter(network, maximum, mostOfOne);
        if (outcome != ClientCounts.Outcome.ENTERED) {
            refused.incrementAndGet();
            if (outcome == ClientCounts.Outcome.FULL) {
                turnedAway.incrementAndGet();
            }
        }
        return outcome == ClientCounts.Outcome.ENTERED ? new Place(network) : null;
    }

    /** That of one connection. */
    final class Place {
        private final String network;
        private final AtomicBoolean left = new AtomicBoolean();

        private Place(String network) {
            this.network = network;
        }

        /** Counts the connection out again, once however often it is called. */
        void leave() {
            if (left.compareAndSet(false, true)) {
                connections.leave(network);
            }
        }
    }

    /** How many of so many one client may have: there is always room for others. */
    static int shareOfOne(int most) {
        return Math.max(1, most / 4 * 3);
    }

    /** A connection could not be accepted: out of descriptors, most likely. */
    void failed(IOException reason) {
        turnedAway.incrementAndGet();
        health.report(Problem.DESCRIPTORS_SHORT, "Connections cannot be accepted: " + reason.getMessage() + ".");
    }

    int open() {
        return connections.total();
    }

    /** How many were turned away since the start. */
    long refused() {
        return refused.get();
    }

    boolean isCrowded() {
        int maximum = maximum();
        return connections.total() >= maximum - maximum / CROWDED_SHARE;
    }

    long crowdedIdleMs() {
        return CROWDED_IDLE_MS;
    }

    /** Called once a second: says whether there is too little room, and takes it back after a calm while. */
    void report() {
        shortage.update(turnedAway.get(), "Connections are refused: there are as many as may be (" + maximum() + ").");
    }

    private int maximum() {
        return Math.min(settings.maximumConnections(), bound);
    }

    /** Answers without waiting: what the socket's buffer does not take is lost. */
    static void turnAway(SocketChannel channel, boolean secure) {
        try (channel) {
            if (!secure) {
                channel.configureBlocking(false);
                channel.write(ByteBuffer.wrap(ANSWER));
                channel.shutdownOutput();
            }
        } catch (IOException e) {
            // It is gone, as it was to be.
        }
    }

    /** Who is at the other end, as clients are told apart. */
    static String network(@Nullable SocketAddress from) {
        return ClientNetwork.of(address(from));
    }

    private static InetAddress address(@Nullable SocketAddress from) {
        return from instanceof InetSocketAddress internet && internet.getAddress() != null
                ? internet.getAddress()
                : InetAddress.getLoopbackAddress();
    }
}
