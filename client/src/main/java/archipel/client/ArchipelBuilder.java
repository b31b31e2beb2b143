package archipel.client;

import archipel.calls.Address;
import archipel.calls.Login;
import archipel.calls.SteadyClock;
import archipel.calls.Transport;
import archipel.calls.TransportOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Says how a client connects; {@link #connect} makes it. */
public final class ArchipelBuilder {
    private final List<Address> addresses;
    private @Nullable Login login;
    private boolean sessions;
    private @Nullable SSLContext trusted;
    private Duration connecting = Duration.ofSeconds(5);
    private Duration attempt = Duration.ofSeconds(10);
    private Duration patience = Duration.ofSeconds(30);
    private Duration silence = Duration.ofSeconds(15);
    private int largestAnswer = 64 << 20;
    private JsonMapper mapper = new JsonMapper();

    ArchipelBuilder(List<Address> addresses) {
        this.addresses = addresses;
    }

    /** Who asks, where the addresses do not say. */
    public ArchipelBuilder login(String name, String password) {
        login = new Login(name, password);
        return this;
    }

    /** Logs in once at each node and then shows its cookie, instead of sending the password with each request. */
    public ArchipelBuilder sessions() {
        sessions = true;
        return this;
    }

    /** What certificates of nodes are compared with; default: those that Java trusts. */
    public ArchipelBuilder trusting(SSLContext context) {
        trusted = context;
        return this;
    }

    /**
     * Trusts the certificates in a file, and no others.
     *
     * @param pem certificates of authorities, or of the nodes themselves
     * @throws IOException where the file cannot be read
     * @throws IllegalArgumentException where it has no certificate
     */
    public ArchipelBuilder trusting(Path pem) throws IOException {
        try (InputStream file = Files.newInputStream(pem)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int count = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(file)) {
                store.setCertificateEntry("node-" + count++, certificate);
            }
            if (count == 0) {
                throw new IllegalArgumentException(pem + " has no certificate");
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, factory.getTrustManagers(), null);
            return trusting(context);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(pem + " has no certificates that can be used", e);
        }
    }

    /** How long a connection may take to come up; default: 5 s. */
    public ArchipelBuilder connectingWithin(Duration most) {
        connecting = most;
        return this;
    }

    /** How long one node may take to answer before another one is asked; default: 10 s. */
    public ArchipelBuilder answeringWithin(Duration most) {
        attempt = most;
        return this;
    }

    /** For how long a request is tried at all; default: 30 s. */
    public ArchipelBuilder patience(Duration most) {
        patience = most;
        return this;
    }

    /**
     * How long an attachment that is read may stand still before it breaks off; default: 15 s. Feeds go by their
     * heartbeats instead.
     */
    public ArchipelBuilder silence(Duration most) {
        silence = most;
        return this;
    }

    /** The longest answer that is read into memory, in bytes; default: 64 MiB. */
    public ArchipelBuilder largestAnswer(int bytes) {
        largestAnswer = bytes;
        return this;
    }

    /** What makes objects of documents. */
    public ArchipelBuilder mapper(JsonMapper other) {
        mapper = other;
        return this;
    }

    /** The client. Sends nothing yet. */
    public Archipel connect() {
        List<Address> known = addresses.stream()
                .map(address -> address.login() == null && login != null ? new Address(address.base(), login) : address)
                .toList();
        TransportOptions options =
                new TransportOptions(connecting, attempt, patience, silence, largestAnswer, sessions, trusted);
        return new Archipel(new Transport(known, options, SteadyClock.machine()), new Json(mapper));
    }
}
