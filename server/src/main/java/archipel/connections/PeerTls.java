package archipel.connections;

import java.security.cert.X509Certificate;
import java.util.function.Consumer;
import java.util.function.Predicate;
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

    /**
     * Gives what closes connections at once, with all that is under way on them.
     *
     * @param closer gets a test of what the other side has shown
     */
    void closeBy(Consumer<Predicate<X509Certificate[]>> closer);
}
