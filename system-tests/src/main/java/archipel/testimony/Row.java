package archipel.testimony;

import org.jspecify.annotations.Nullable;

/**
 * A document as an answer showed it.
 *
 * @param rev such as {@code 3-ab}; its generation is the document's version, since the clients' writes never branch
 * @param n the counter in the body, which writers set to the version; null where the body was not shown
 * @param token the write that the body says it is from; null where the body was not shown
 * @param deleted whether it was shown as deleted
 */
public record Row(
        String id, String rev, @Nullable Long n, @Nullable String token, boolean deleted) {
    /** How many writes this document had seen. */
    public long version() {
        return version(rev);
    }

    /** The generation of a revision. */
    public static long version(String rev) {
        return Long.parseLong(rev.substring(0, rev.indexOf('-')));
    }
}
