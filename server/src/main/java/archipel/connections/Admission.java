package archipel.connections;

import archipel.health.Descriptors;
import archipel.health.Health;
import archipel.health.Problem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many connections there may be, in all and from one address. The bound leaves the descriptors that the store and
 * its background work need. Connections beyond it are told so with a 503 and closed at once; while few are left,
 * connections that wait for a request are closed sooner.
 */
final class Admission {
    /** Under this share of free places connections are kept for a shorter time. */
    private static final int CROWDED_SHARE = 10;

    private static final long CROWDED_IDLE_MS = 2_000;
    private static final String REASON =
            "{\"error\":\"service_unavailable\",\"reason\":\"There are too many connections, try later.\"}\n";
    private static final byte[] ANSWER = ("HTTP/1.1 503 Service Unavailable\r\nServer: Archipel\r\n"
                    + "Content-Type: application/json\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: "
                    + REASON.length() + "\r\n\r\n" + REASON)
            .getBytes(StandardCharsets.US_ASCII);

    private final ConnectionLimits settings;
    private final Health health;
    private final int descriptorBound;
    private final AtomicInteger open = new AtomicInteger();
    private final Map<InetAddress, Integer> openByAddress = new ConcurrentHashMap<>();
    private final AtomicLong refused = new AtomicLong();
    private volatile boolean turnedAway;
    private int calmSeconds;

    Admission(ConnectionLimits settings, Health health) {
        this.settings = settings;
        this.health = health;
        this.descriptorBound = Descriptors.forConnections();
    }

    /** Counts a connection in. @return false where there is no room for it */
    boolean admit(SocketAddress from) {
        int maximum = maximum();
        if (open.incrementAndGet() > maximum) {
            open.decrementAndGet();
            refused.incrementAndGet();
            turnedAway = true;
            return false;
        }
        InetAddress address = address(from);
        int allowed =
                settings.isTrustedProxy(address) ? maximum : Math.min(maximum, settings.maximumConnectionsPerAddress());
        boolean[] admitted = new boolean[1];
        openByAddress.compute(address, (_, count) -> {
            int now = count == null ? 0 : count;
            admitted[0] = now < allowed;
            return admitted[0] ? now + 1 : count;
        });
        if (!admitted[0]) {
            open.decrementAndGet();
            refused.incrementAndGet();
        }
        return admitted[0];
    }

    /** Counts it out again. */
    void left(SocketAddress from) {
        open.decrementAndGet();
        openByAddress.computeIfPresent(address(from), (_, count) -> count == 1 ? null : count - 1);
    }

    /** A connection could not be accepted: out of descriptors, most likely. */
    void failed(IOException reason) {
        turnedAway = true;
        health.report(Problem.DESCRIPTORS_SHORT, "Connections cannot be accepted: " + reason.getMessage() + ".");
    }

    int open() {
        return open.get();
    }

    /** How many were turned away since the start. */
    long refused() {
        return refused.get();
    }

    boolean isCrowded() {
        int maximum = maximum();
        return open.get() >= maximum - maximum / CROWDED_SHARE;
    }

    long crowdedIdleMs() {
        return CROWDED_IDLE_MS;
    }

    /** Called once a second: says whether there is too little room, and takes it back after a calm while. */
    void report() {
        if (turnedAway) {
            turnedAway = false;
            calmSeconds = 0;
            if (!health.has(Problem.DESCRIPTORS_SHORT)) {
                health.report(
                        Problem.DESCRIPTORS_SHORT,
                        "Connections are refused: there are as many as may be (" + maximum() + ").");
            }
        } else if (health.has(Problem.DESCRIPTORS_SHORT) && ++calmSeconds >= 5 && !isCrowded()) {
            health.withdraw(Problem.DESCRIPTORS_SHORT);
        }
    }

    private int maximum() {
        return Math.min(settings.maximumConnections(), descriptorBound);
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

    private static InetAddress address(SocketAddress from) {
        return from instanceof InetSocketAddress internet && internet.getAddress() != null
                ? internet.getAddress()
                : InetAddress.getLoopbackAddress();
    }
}
