package archipel.failures;

/**
 * Others have changed an object again and again, each time before the caller's own change could be written, for as long
 * as the client is patient. Nothing was written.
 */
public final class ContentionException extends ArchipelException {
    /** @param what which call, for people */
    public ContentionException(String what, String reason) {
        super(what, ErrorAnswer.none("contention", reason), null);
    }
}
