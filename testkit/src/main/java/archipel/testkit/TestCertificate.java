package archipel.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** A certificate that vouches for itself, of 127.0.0.1 or of somebody, and its key, as PEM files. */
public final class TestCertificate {
    private static final String PASSWORD = "changeit";

    public final Path certificate;
    public final Path key;

    private final @Nullable String owner;

    /** Makes both in a directory, as cert.pem and key.pem. */
    public TestCertificate(Path directory) throws IOException, GeneralSecurityException {
        this(directory, null);
    }

    /** @param owner its common name; null for another one each time */
    public TestCertificate(Path directory, @Nullable String owner) throws IOException, GeneralSecurityException {
        this.owner = owner;
        certificate = directory.resolve("cert.pem");
        key = directory.resolve("key.pem");
        make("EC");
    }

    /** Makes new ones in place of the old, as a tool that renews them does. @param algorithm EC or RSA */
    public X509Certificate make(String algorithm) throws IOException, GeneralSecurityException {
        Path store = certificate.resolveSibling("store.p12");
        // keytool would add to it.
        Files.deleteIfExists(store);
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "node",
                "-keyalg",
                algorithm,
                "-dname",
                "CN=" + (owner == null ? "archipel " + new SecureRandom().nextInt(1 << 20) : owner),
                "-ext",
                "san=ip:127.0.0.1,dns:localhost",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD);
        try {
            Process process = new ProcessBuilder(command).inheritIO().start();
            if (process.waitFor() != 0) {
                throw new IOException("keytool failed");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        KeyStore read = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            read.load(in, PASSWORD.toCharArray());
        }
        Files.delete(store);
        X509Certificate made = (X509Certificate) read.getCertificate("node");
        replace(certificate, pem("CERTIFICATE", made.getEncoded()));
        replace(
                key,
                pem("PRIVATE KEY", read.getKey("node", PASSWORD.toCharArray()).getEncoded()));
        return made;
    }

    private static void replace(Path file, String text) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.writeString(next, text);
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static String pem(String what, byte[] bytes) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + what + "-----\n";
    }

    /** A client that trusts that certificate and no other. */
    public static SSLContext trusting(X509Certificate made) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("node", made);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
