package archipel.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What the members of an ensemble have in common and nobody else knows. Whoever a member connects to sees a proof that
 * it knows the secret, and could try secrets on it at leisure: so the key is derived slowly from the text.
 */
public final class MemberSecret {
    /** Of a secret's text. */
    public static final int LEAST_CHARACTERS = 12;

    /** Of the derived secret, and of each key made of it. */
    public static final int BYTES = 32;

    private static final int ITERATIONS = 600_000;
    private static final String SALT = "archipel ensemble secret 1";
    private static final String MAC = "HmacSHA256";

    private final byte[] bytes;

    private MemberSecret(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Takes a few hundred milliseconds of a processor. Texts that only differ in how Unicode composes their characters
     * are the same.
     *
     * @throws IllegalArgumentException where the text is too short
     */
    public static MemberSecret of(String text) {
        String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
        if (composed.codePointCount(0, composed.length()) < LEAST_CHARACTERS) {
            throw new IllegalArgumentException(
                    "the ensemble's secret has fewer than " + LEAST_CHARACTERS + " characters");
        }
        PBEKeySpec spec = new PBEKeySpec(composed.toCharArray(), SALT.getBytes(UTF_8), ITERATIONS, BYTES * 8);
        try {
            return new MemberSecret(SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(spec)
                    .getEncoded());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java has PBKDF2 with HMAC-SHA-256", impossible);
        } finally {
            spec.clearPassword();
        }
    }

    /**
     * A secret that was derived before.
     *
     * @param bytes as {@link #bytes} gave them
     * @throws IllegalArgumentException where they are not 32
     */
    public static MemberSecret ofBytes(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("a derived secret has " + BYTES + " bytes");
        }
        return new MemberSecret(bytes.clone());
    }

    /** The derived secret, which serves as well as the text does. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /**
     * A key for another purpose, from which neither the secret nor keys of other labels can be told: the first block of
     * HKDF's expansion (RFC 5869).
     */
    public byte[] key(String label) {
        Mac mac = mac(bytes);
        mac.update(label.getBytes(UTF_8));
        mac.update((byte) 1);
        return mac.doFinal();
    }

    static Mac mac(byte[] key) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(new SecretKeySpec(key, MAC));
            return mac;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java has HMAC-SHA-256", impossible);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof MemberSecret secret && MessageDigest.isEqual(bytes, secret.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(key("hash code"));
    }

    @Override
    public String toString() {
        return "MemberSecret";
    }
}
