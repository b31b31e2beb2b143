package archipel.document;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Where every SHA-256 comes from. Asking the security providers for one takes longer than hashing a short text; a copy
 * of one does not.
 */
public final class Sha256 {
    private static final MessageDigest PROTOTYPE = prototype();

    private Sha256() {}

    /** A digest that nothing has been given to yet. */
    public static MessageDigest begin() {
        try {
            return (MessageDigest) PROTOTYPE.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the SHA-256 of every Java can be copied", e);
        }
    }

    private static MessageDigest prototype() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
