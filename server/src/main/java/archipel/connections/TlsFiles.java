package archipel.connections;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate and the private key that TLS is spoken with, as PEM files, read anew when they change: a tool that
 * renews them need not tell the node. New ones that cannot be used are logged, and the old ones stay in use.
 */
final class TlsFiles {
    private static final Logger LOG = LoggerFactory.getLogger(TlsFiles.class);
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN ([A-Z ]*)PRIVATE KEY-----([^-]*)-----END [A-Z ]*PRIVATE KEY-----");
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");
    private static final char[] NO_PASSWORD = new char[0];

    private final Path certificate;
    private final Path key;
    private final @Nullable Path trusted;
    private final SslContextFactory.Server contexts = new SslContextFactory.Server();
    private Version used;
    private @Nullable Version refused;
    private String lastWarning = "";

    private TlsFiles(Path certificate, Path key, @Nullable Path trusted) throws IOException, GeneralSecurityException {
        this.certificate = certificate;
        this.key = key;
        this.trusted = trusted;
        this.used = version();
        contexts.setKeyStore(read());
        contexts.setKeyStorePassword("");
        contexts.setSniRequired(false);
        if (trusted != null) {
            contexts.setTrustStore(readTrusted(trusted));
        }
    }

    /**
     * Null where the settings name none.
     *
     * @throws UncheckedIOException where they cannot be used; its message says which file and why
     */
    static @Nullable TlsFiles of(ConnectionLimits settings) {
        Path certificate = settings.tlsCertificate();
        Path key = settings.tlsKey();
        if (certificate == null || key == null) {
            return null;
        }
        return of(certificate, key, null);
    }

    /**
     * As {@link #of(ConnectionLimits)}.
     *
     * @param trusted PEM file with the certificates that vouch for those of clients; null where they show none
     */
    static TlsFiles of(Path certificate, Path key, @Nullable Path trusted) {
        try {
            return new TlsFiles(certificate, key, trusted);
        } catch (IOException | GeneralSecurityException e) {
            throw new UncheckedIOException(new IOException(explained(certificate, key, e), e));
        }
    }

    SslContextFactory.Server contexts() {
        return contexts;
    }

    /** To be called from time to time; looks at the files' times and sizes alone where they are the same. */
    void reloadIfChanged() {
        try {
            Version now = version();
            if (now.equals(used)) {
                lastWarning = "";
                return;
            }
            if (now.equals(refused)) {
                return;
            }
            refused = now;
            KeyStore store = read();
            KeyStore vouching = trusted == null ? null : readTrusted(trusted);
            contexts.reload(factory -> {
                factory.setKeyStore(store);
                if (vouching != null) {
                    factory.setTrustStore(vouching);
                }
            });
            used = now;
            refused = null;
            lastWarning = "";
            LOG.info("The certificate in {} is in use.", certificate);
        } catch (Exception e) {
            String warning = explained(certificate, key, e);
            // Files may be away for long, and are looked for once a second.
            if (!warning.equals(lastWarning)) {
                lastWarning = warning;
                LOG.warn("The certificate stays as it was: {}", warning);
            }
        }
    }

    private static String explained(Path certificate, Path key, Exception e) {
        String why = e instanceof java.nio.file.NoSuchFileException missing
                ? missing.getFile() + " does not exist"
                : e instanceof java.nio.file.AccessDeniedException denied
                        ? denied.getFile() + " cannot be read"
                        : String.valueOf(e.getMessage());
        return "TLS with the certificate " + certificate + " and the key " + key + " is not possible: " + why + ".";
    }

    private Version version() throws IOException {
        return new Version(
                Files.getLastModifiedTime(certificate),
                Files.size(certificate),
                Files.getLastModifiedTime(key),
                Files.size(key),
                trusted == null ? null : Files.getLastModifiedTime(trusted),
                trusted == null ? 0 : Files.size(trusted));
    }

    private KeyStore read() throws IOException, GeneralSecurityException {
        Certificate[] certificates = certificates(certificate);
        PrivateKey privateKey = privateKey();
        requirePair(certificates[0], privateKey);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        store.setKeyEntry("node", privateKey, NO_PASSWORD, certificates);
        return store;
    }

    private static Certificate[] certificates(Path file) throws IOException, GeneralSecurityException {
        byte[] pem = Files.readAllBytes(file);
        if (!new String(pem, StandardCharsets.ISO_8859_1).contains("-----BEGIN CERTIFICATE-----")) {
            throw new GeneralSecurityException(file + " holds no certificate in PEM form");
        }
        Collection<? extends Certificate> chain =
                CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
        if (chain.isEmpty()) {
            throw new GeneralSecurityException(file + " holds no certificate");
        }
        return chain.toArray(Certificate[]::new);
    }

    private static KeyStore readTrusted(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, NO_PASSWORD);
        int number = 0;
        for (Certificate one : certificates(file)) {
            store.setCertificateEntry("trusted" + number++, one);
        }
        return store;
    }

    private PrivateKey privateKey() throws IOException, GeneralSecurityException {
        Matcher pem = KEY.matcher(Files.readString(key, StandardCharsets.ISO_8859_1));
        if (!pem.find()) {
            throw new GeneralSecurityException(key + " holds no private key in PEM form");
        }
        byte[] bytes;
        try {
            bytes = Base64.getMimeDecoder().decode(pem.group(2));
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException(key + " is not PEM: " + e.getMessage());
        }
        if (!pem.group(1).isEmpty()) {
            throw new GeneralSecurityException(key + " is in the form \"" + pem.group(1)
                    + "PRIVATE KEY\"; make it an unencrypted PKCS #8 file: openssl pkcs8 -topk8 -nocrypt -in "
                    + key.getFileName() + " -out key.pem");
        }
        for (String algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(bytes));
            } catch (java.security.spec.InvalidKeySpecException e) {
                LOG.trace("not a key of {}", algorithm, e);
            }
        }
        throw new GeneralSecurityException(key + " holds no RSA, EC or EdDSA key");
    }

    private void requirePair(Certificate first, PrivateKey privateKey) throws GeneralSecurityException {
        String algorithm = switch (privateKey.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> "EdDSA";
        };
        byte[] text = {1, 2, 3};
        try {
            Signature signing = Signature.getInstance(algorithm);
            signing.initSign(privateKey);
            signing.update(text);
            byte[] signed = signing.sign();
            signing.initVerify(first.getPublicKey());
            signing.update(text);
            if (signing.verify(signed)) {
                return;
            }
        } catch (java.security.InvalidKeyException | java.security.SignatureException e) {
            LOG.trace("certificate and key", e);
        }
        throw new GeneralSecurityException("the key is not that of the first certificate in " + certificate);
    }

    /** What a change of the files shows in. */
    private record Version(
            FileTime certificateTime,
            long certificateBytes,
            FileTime keyTime,
            long keyBytes,
            @Nullable FileTime trustedTime,
            long trustedBytes) {}
}
