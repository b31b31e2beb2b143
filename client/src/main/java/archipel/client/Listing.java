package archipel.client;

import org.jspecify.annotations.Nullable;

/**
 * Which documents of a database are listed, in the order of their ids.
 *
 * @param from the first id; null for the first there is
 * @param to the last id, itself included; null for the last there is
 * @param pageSize how many documents are held in memory at once
 */
public record Listing(@Nullable String from, @Nullable String to, boolean descending, int pageSize) {
    private static final int PAGE = 200;

    public Listing {
        if (pageSize < 1) {
            throw new IllegalArgumentException("a page has one document at least: " + pageSize);
        }
    }

    /** All documents, design documents included. */
    public static Listing all() {
        return new Listing(null, null, false, PAGE);
    }

    /** The documents whose ids begin so. */
    public static Listing startingWith(String prefix) {
        return new Listing(prefix, prefix + '\uffff', false, PAGE);
    }

    /** @param first by the listing's order */
    public Listing from(String first) {
        return new Listing(first, to, descending, pageSize);
    }

    /** @param last by the listing's order */
    public Listing to(String last) {
        return new Listing(from, last, descending, pageSize);
    }

    /** The last ids first; {@code from} is then the greatest. */
    public Listing backwards() {
        return new Listing(to, from, !descending, pageSize);
    }

    public Listing pageSize(int count) {
        return new Listing(from, to, descending, count);
    }
}
