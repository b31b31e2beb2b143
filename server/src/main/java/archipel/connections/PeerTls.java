package archipel.connections;

import javax.net.ssl.SSLContext;

/**
 * TLS with other nodes, on the port that clients use too: a connection whose first bytes ask for a certain name speaks
 * it, and both sides show a certificate.
 */
public interface PeerTls {
    /** The name that other nodes ask for, and nobody else. */
    String serverName();

    /** Asked for when the first node comes, since to make it takes some time. */
    SSLContext context();
}
