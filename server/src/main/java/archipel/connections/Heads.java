package archipel.connections;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.jspecify.annotations.Nullable;

/**
 * The heads of requests: line and header fields. What they hold in memory is bounded over all connections, from their
 * first byte to the end of the answer, and each has to be complete in time; so has the first one, and the TLS handshake
 * before it, from the moment the connection is accepted. The time is shorter while half of the memory is taken.
 */
final class Heads {
    /** A head's bytes become strings and fields of several times their size. */
    private static final int SHARE_OF_HEAP = 32;

    private static final int HURRY = 4;

    /** How long a connection that is closed for being idle may take to say so. */
    private static final long FAREWELL_MS = 5_000;

    private final ConnectionLimits settings;
    private final long budgetBytes = Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP;
    private final LongSupplier clockMs;
    private final AtomicLong heldBytes = new AtomicLong();
    private final Map<EndPoint, Long> awaitedSinceMs = new ConcurrentHashMap<>();

    /** @param clockMs a clock that never goes back, milliseconds */
    Heads(ConnectionLimits settings, LongSupplier clockMs) {
        this.settings = settings;
        this.clockMs = clockMs;
    }

    /** The time that deadlines go by, milliseconds. */
    long nowMs() {
        return clockMs.getAsLong();
    }

    /** Counts bytes of a head. @return whether there is room for them; they count in any case */
    boolean take(int bytes) {
        return heldBytes.addAndGet(bytes) <= budgetBytes;
    }

    void giveBack(int bytes) {
        heldBytes.addAndGet(-bytes);
    }

    /** A head is to come from there, or its rest; the time runs from the first call. */
    void await(EndPoint endPoint) {
        awaitedSinceMs.putIfAbsent(bottom(endPoint), clockMs.getAsLong());
    }

    /** The head is complete, or the connection has ended. */
    void forget(EndPoint endPoint) {
        awaitedSinceMs.remove(bottom(endPoint));
    }

    /** Closes the connections whose head took too long. */
    void closeLate() {
        if (awaitedSinceMs.isEmpty()) {
            return;
        }
        long nowMs = clockMs.getAsLong();
        boolean hurry = heldBytes.get() > budgetBytes / 2;
        long allowedMs = hurry ? settings.headTimeoutMs() / HURRY : settings.headTimeoutMs();
        awaitedSinceMs.forEach((endPoint, sinceMs) -> {
            if (nowMs - sinceMs > allowedMs) {
                awaitedSinceMs.remove(endPoint);
                endPoint.close();
            }
        });
    }

    /** Closes connections that have waited for a request for so long, whatever else was sent on them meanwhile. */
    void closeQuiet(Collection<EndPoint> connected, long mostMs) {
        long nowMs = clockMs.getAsLong();
        for (EndPoint endPoint : connected) {
            if (!(top(endPoint) instanceof QuietConnection connection)) {
                continue;
            }
            long sinceMs = connection.quietSinceMs();
            if (sinceMs == QuietConnection.BUSY || nowMs - sinceMs < mostMs) {
                continue;
            }
            if (nowMs - sinceMs < mostMs + FAREWELL_MS) {
                // Over HTTP/2 this tells the client that what it sends now will not be answered.
                connection.close();
            } else {
                endPoint.close();
            }
        }
    }

    /** The connection that speaks HTTP, over TLS or not. */
    private static @Nullable Connection top(EndPoint endPoint) {
        Connection connection = endPoint.getConnection();
        return connection instanceof SslConnection secure
                ? secure.getSslEndPoint().getConnection()
                : connection;
    }

    /** The endpoint of the socket, below TLS. */
    private static EndPoint bottom(EndPoint endPoint) {
        EndPoint lowest = endPoint;
        while (lowest instanceof EndPoint.Wrapper wrapper) {
            lowest = wrapper.unwrap();
        }
        return lowest;
    }
}
