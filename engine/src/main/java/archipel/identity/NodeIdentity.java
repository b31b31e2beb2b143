package archipel.identity;

import archipel.settings.OwnerFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.EncodedKeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A node's own Ed25519 key, in a file of its data directory that only its owner can read. Backups of the data leave it
 * out: what is restored from one elsewhere is another node. Whoever copies a whole data directory has to delete the
 * file in one of the two.
 *
 * <p>Its fingerprint costs no cryptography to tell; the private key is read when it is first used. Safe for use by many
 * threads.
 */
public final class NodeIdentity {
    private static final String ALGORITHM = "Ed25519";
    private static final Base64.Encoder PEM = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));

    private final byte[] publicKey;
    private final String fingerprint;
    private final Supplier<PrivateKey> reading;
    private @Nullable PrivateKey privateKey;
    private @Nullable X509Certificate certificate;

    private NodeIdentity(byte[] publicKey, Supplier<PrivateKey> reading) {
        this.publicKey = publicKey;
        this.fingerprint = Fingerprint.ofEncoded(publicKey);
        this.reading = reading;
    }

    /** One that no file has. */
    public static NodeIdentity make() {
        KeyPair pair = generated();
        return new NodeIdentity(pair.getPublic().getEncoded(), pair::getPrivate);
    }

    /**
     * The identity in a file, which is made where it is not there.
     *
     * @throws IOException where the file cannot be written, or holds none
     */
    public static NodeIdentity open(Path file) throws IOException {
        if (!Files.exists(file)) {
            KeyPair pair = generated();
            OwnerFile.replace(
                    file,
                    block("PRIVATE KEY", pair.getPrivate().getEncoded())
                            + block("PUBLIC KEY", pair.getPublic().getEncoded()));
        }
        String text = Files.readString(file, StandardCharsets.US_ASCII);
        byte[] secret = block("PRIVATE KEY", text, file);
        return new NodeIdentity(block("PUBLIC KEY", text, file), () -> privateKey(secret));
    }

    private static KeyPair generated() {
        try {
            return KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String block(String name, byte[] content) {
        return "-----BEGIN " + name + "-----\n" + PEM.encodeToString(content) + "\n-----END " + name + "-----\n";
    }

    private static byte[] block(String name, String text, Path file) throws IOException {
        Matcher found = Pattern.compile("-----BEGIN " + name + "-----([^-]*)-----END " + name + "-----")
                .matcher(text);
        if (!found.find()) {
            throw new IOException(file + " holds no " + name.toLowerCase(Locale.ROOT) + " in PEM form");
        }
        try {
            return Base64.getMimeDecoder().decode(found.group(1));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " is no PEM file", e);
        }
    }

    private static PrivateKey privateKey(byte[] encoded) {
        try {
            return KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the file of the node's identity holds no Ed25519 key", e);
        }
    }

    /** 32 hex digits. */
    public String fingerprint() {
        return fingerprint;
    }

    /** As X.509 writes it. */
    public byte[] encodedKey() {
        return publicKey.clone();
    }

    synchronized PrivateKey privateKey() {
        if (privateKey == null) {
            privateKey = reading.get();
        }
        return privateKey;
    }

    /** What it shows where TLS wants a certificate. */
    synchronized X509Certificate certificate() {
        if (certificate == null) {
            certificate = NodeCertificate.of(this);
        }
        return certificate;
    }

    public byte[] sign(byte[] text) {
        try {
            Signature signing = Signature.getInstance(ALGORITHM);
            signing.initSign(privateKey());
            signing.update(text);
            return signing.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Whether the owner of a key has signed a text.
     *
     * @param encodedKey as X.509 writes it; a key of another kind has signed nothing
     */
    public static boolean isSigned(byte[] encodedKey, byte[] text, byte[] signature) {
        try {
            Signature checking = Signature.getInstance(ALGORITHM);
            checking.initVerify(decoded(encodedKey));
            checking.update(text);
            return checking.verify(signature);
        } catch (GeneralSecurityException | IllegalArgumentException forged) {
            return false;
        }
    }

    private static PublicKey decoded(byte[] encoded) {
        try {
            EncodedKeySpec spec = new X509EncodedKeySpec(encoded);
            return KeyFactory.getInstance(ALGORITHM).generatePublic(spec);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("no Ed25519 key", e);
        }
    }
}
