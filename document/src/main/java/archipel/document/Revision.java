package archipel.document;

/**
 * A revision id, written {@code generation-hash}. Revisions made here have a hash of 32 lowercase hex digits; those that
 * come from elsewhere keep whatever hash they have.
 *
 * <p>Ordered by generation, then by the hash's UTF-8 bytes: the greater of two live leaves wins.
 *
 * @param generation edits from the root, from 1; 0 only for {@code _local} documents
 * @param hash not empty
 */
public record Revision(int generation, String hash) implements Comparable<Revision> {
    /**
     * Reads {@code generation-hash}.
     *
     * @throws RequestException 400 {@code bad_request}, {@code Invalid rev format}
     */
    public static Revision parse(String text) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int compareTo(Revision other) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String toString() {
        return generation + "-" + hash;
    }
}
