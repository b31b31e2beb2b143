package archipel.document;

/** Canonical JSON: one byte sequence for all ways of writing the same value. */
public final class CanonicalJson {
    private CanonicalJson() {}

    /** SHA-256 of the canonical form of a valid JSON value. */
    public static byte[] digest(byte[] json, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    /** The canonical form itself. */
    public static byte[] canonicalize(byte[] json, int offset, int length) {
        throw new UnsupportedOperationException();
    }
}
