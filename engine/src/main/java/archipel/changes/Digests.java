package archipel.changes;

import archipel.document.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** SHA-256 over fields, each with its length before it, so that no two field lists give the same input. */
public final class Digests {
    private final MessageDigest sha256;
    private final byte[] number = new byte[8];

    private Digests(MessageDigest sha256) {
        this.sha256 = sha256;
    }

    public static Digests sha256() {
        return new Digests(Sha256.begin());
    }

    /** SHA-256 of {@code bytes} alone. */
    public static byte[] of(byte[] bytes) {
        return Sha256.begin().digest(bytes);
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
