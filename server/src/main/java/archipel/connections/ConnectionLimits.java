package archipel.connections;

import java.net.InetAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What clients may take of connections. Asked anew each time, since settings change while a node runs. */
public interface ConnectionLimits {
    /** How long a request's path and query may be together, bytes; asked once, when the server starts. */
    default int maximumUriBytes() {
        return 64 << 10;
    }

    /** How many connections may be open, where the process has descriptors for them. */
    default int maximumConnections() {
        return 16_384;
    }

    /**
     * How many of them one client may have, by its address (of IPv6, its /64), unless that is a trusted proxy's. Never
     * more than three quarters of those that there may be.
     */
    default int maximumConnectionsPerAddress() {
        return 12_288;
    }

    /** How many streams may be open over HTTP/2, all connections together, where the heap is large enough. */
    default int maximumStreams() {
        return 32_768;
    }

    /** Whether that address is one of a proxy that is trusted, through which many clients come. */
    default boolean isTrustedProxy(InetAddress address) {
        return false;
    }

    /** How long a connection may wait for its next request, milliseconds; asked once, when the server starts. */
    default long idleTimeoutMs() {
        return 300_000;
    }

    /** How long a request's line and header fields may take to come, milliseconds. */
    default long headTimeoutMs() {
        return 20_000;
    }

    /**
     * How long a body may stay away, or an answer not be taken, milliseconds. The library asks once, when the server
     * starts; {@code Pace} and {@code Transfers} each time. Feeds that have nothing to say may be silent for longer.
     */
    default long transferTimeoutMs() {
        return 30_000;
    }

    /** How fast a body has to come and an answer to be taken, bytes per second on average. */
    default long minimumBytesPerSecond() {
        return 128;
    }

    /** The PEM file with the certificate and those that vouch for it; null where TLS is not spoken. */
    default @Nullable Path tlsCertificate() {
        return null;
    }

    /** The PEM file with its private key; null where TLS is not spoken. */
    default @Nullable Path tlsKey() {
        return null;
    }

    /** {@code [chttpd] prefer_minimal} aside, the value of the header {@code Server}. */
    default String serverName() {
        return "Archipel";
    }

    /** How other nodes are spoken with; null where none are. */
    default @Nullable PeerTls peerTls() {
        return null;
    }
}
