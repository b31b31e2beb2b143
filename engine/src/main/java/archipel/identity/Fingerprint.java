package archipel.identity;

import archipel.document.Sha256;
import java.security.PublicKey;
import java.util.HexFormat;

/** The name of a node's key: 32 hex digits, the first half of the SHA-256 of the key as X.509 writes it. */
public final class Fingerprint {
    private static final int BYTES = 16;

    private Fingerprint() {}

    public static String of(PublicKey key) {
        return ofEncoded(key.getEncoded());
    }

    /** @param key as {@link PublicKey#getEncoded} gives it */
    public static String ofEncoded(byte[] key) {
        return HexFormat.of().formatHex(Sha256.begin().digest(key), 0, BYTES);
    }

    /** Whether a text is written as one. */
    public static boolean isOne(String text) {
        return text.matches("[0-9a-f]{32}");
    }
}
