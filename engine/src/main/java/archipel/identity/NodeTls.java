package archipel.identity;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS between two nodes, each of which shows a certificate that it has made of its own key ({@link NodeCertificate}).
 * The handshake proves that both have their keys; which keys are let in is not decided by an authority but here, where
 * a node that is asked must have a certain key, and by whoever reads {@link Fingerprint} off the connection.
 */
public final class NodeTls {
    /**
     * What a node that speaks as such asks for by name (RFC 6066), which tells it from clients on the same port; no
     * host is called so (RFC 6761).
     */
    public static final String SERVER_NAME = "peer.archipel.invalid";

    /** Java's name for keys of Ed25519. */
    private static final String ALGORITHM = "EdDSA";

    private NodeTls() {}

    /** For the side that is asked: takes any key, of which the connection knows the fingerprint then. */
    public static SSLContext answering(NodeIdentity identity) {
        return context(identity, new Pin(null));
    }

    /**
     * For the side that asks.
     *
     * @param expected the fingerprint that the other side must have
     */
    public static SSLContext asking(NodeIdentity identity, String expected) {
        return context(identity, new Pin(expected));
    }

    /** As {@link #asking} where the other side is not known yet: whoever answers first is who has to answer later. */
    public static FirstSeen askingAnybody(NodeIdentity identity) {
        Pin pin = new Pin(null);
        return new FirstSeen(context(identity, pin), pin.seen);
    }

    /**
     * A way to ask somebody who is not known yet.
     *
     * @param seen the fingerprint of whoever answered; null before
     */
    public record FirstSeen(SSLContext context, AtomicReference<@Nullable String> seen) {}

    private static SSLContext context(NodeIdentity identity, TrustManager pin) {
        try {
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(new KeyManager[] {new OwnKey(identity)}, new TrustManager[] {pin}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("TLS between nodes cannot be had", e);
        }
    }

    /** The fingerprint of the node whose certificate that is; null where it is none of a node's. */
    public static @Nullable String fingerprint(X509Certificate @Nullable [] chain) {
        return chain == null
                        || chain.length != 1
                        || !chain[0].getPublicKey().getAlgorithm().equals(ALGORITHM)
                ? null
                : Fingerprint.of(chain[0].getPublicKey());
    }

    /** Shows the node's own key, whatever is asked for. */
    private static final class OwnKey extends X509ExtendedKeyManager {
        private static final String ALIAS = "node";

        private final NodeIdentity identity;

        private OwnKey(NodeIdentity identity) {
            this.identity = identity;
        }

        @Override
        public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
            return new String[] {ALIAS};
        }

        @Override
        public String chooseClientAlias(String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return ALIAS;
        }

        @Override
        public @Nullable String chooseServerAlias(
                String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return type.equals(ALGORITHM) ? ALIAS : null;
        }

        @Override
        public String chooseEngineClientAlias(
                String[] types, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return ALIAS;
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return type.equals(ALGORITHM) ? ALIAS : null;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return new X509Certificate[] {identity.certificate()};
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return identity.privateKey();
        }
    }

    /** Takes one key alone, or where none is named any: as long as the side that asks lives, the first. */
    private static final class Pin extends X509ExtendedTrustManager {
        private final @Nullable String expected;
        private final AtomicReference<@Nullable String> seen = new AtomicReference<>();

        private Pin(@Nullable String expected) {
            this.expected = expected;
        }

        private void requireServer(X509Certificate[] chain) throws CertificateException {
            String shown = requireNode(chain);
            seen.compareAndSet(null, shown);
            String wanted = expected == null ? seen.get() : expected;
            if (!shown.equals(wanted)) {
                throw new CertificateException("node " + shown + " answers in place of node " + wanted);
            }
        }

        private static String requireNode(X509Certificate[] chain) throws CertificateException {
            String shown = fingerprint(chain);
            if (shown == null) {
                throw new CertificateException("the certificate is not one of a node");
            }
            return shown;
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            requireNode(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            requireNode(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            requireNode(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            requireServer(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            requireServer(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            requireServer(chain);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
