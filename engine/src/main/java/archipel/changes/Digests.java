package archipel.changes;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 over fields, each with its length before it, so that no two field lists give the same input. */
public final class Digests {
    // Asking the security providers for a digest takes longer than hashing a short row; a copy of one does not.
    private static final MessageDigest PROTOTYPE = prototype();

    private final MessageDigest sha256;
    private final byte[] number = new byte[8];

    private Digests(MessageDigest sha256) {
        this.sha256 = sha256;
    }

    private static MessageDigest prototype() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    public static Digests sha256() {
        try {
            return new Digests((MessageDigest) PROTOTYPE.clone());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the SHA-256 of every Java can be copied", e);
        }
    }

    /** SHA-256 of {@code bytes} alone. */
    public static byte[] of(byte[] bytes) {
        return sha256().sha256.digest(bytes);
    }

    public Digests number(long value) {
        for (int i = 0; i < 8; i++) {
            number[i] = (byte) (value >>> (56 - 8 * i));
        }
        sha256.update(number);
        return this;
    }

    public Digests bytes(byte[] value) {
        number(value.length);
        sha256.update(value);
        return this;
    }

    public Digests text(String value) {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    /** The digest, 32 bytes; begins anew. */
    public byte[] finish() {
        return sha256.digest();
    }
}
