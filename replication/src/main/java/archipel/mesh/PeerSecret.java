package archipel.mesh;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The secret that nodes have in common in their settings, and what proves that one knows it: an HMAC of both keys of a
 * connection, which is worth nothing on another one. Whoever is at the other end sees such a proof and could try
 * secrets on it by themselves, so the key is made of the secret slowly, and once. Safe for use by many threads.
 */
final class PeerSecret {
    /** A tenth of a second, once, for a secret of at least twenty characters. */
    private static final int ITERATIONS = 200_000;

    private static final int KEY_BITS = 256;
    private static final byte[] SALT = "archipel-peer-secret".getBytes(UTF_8);

    private final String text;
    private @Nullable SecretKeySpec key;

    /** @param text empty where there is none */
    PeerSecret(String text) {
        this.text = text;
    }

    boolean isSet() {
        return !text.isEmpty();
    }

    /**
     * Proves the secret to another node.
     *
     * @param role what is proved by it, so that the one who is asked cannot answer with what it was sent
     * @param from the fingerprint of the side that proves it
     */
    String proof(String role, String from, String to) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key());
            byte[] signed = ("archipel-" + role + "\n" + from + "\n" + to).getBytes(UTF_8);
            return Base64.getEncoder().encodeToString(mac.doFinal(signed));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Whether that is the {@link #proof} of the same; never where there is no secret. */
    boolean isProof(String given, String role, String from, String to) {
        return isSet()
                && !given.isEmpty()
                && MessageDigest.isEqual(proof(role, from, to).getBytes(UTF_8), given.getBytes(UTF_8));
    }

    private synchronized SecretKeySpec key() throws GeneralSecurityException {
        if (key == null) {
            PBEKeySpec slow = new PBEKeySpec(text.toCharArray(), SALT, ITERATIONS, KEY_BITS);
            byte[] bytes = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(slow)
                    .getEncoded();
            key = new SecretKeySpec(bytes, "HmacSHA256");
        }
        return key;
    }
}
