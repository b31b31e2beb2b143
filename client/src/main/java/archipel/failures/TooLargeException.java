package archipel.failures;

/** 413: a document or a request is larger than the node takes, or an answer larger than the client reads. */
public final class TooLargeException extends ArchipelException {
    /** @param what which request, for people */
    public TooLargeException(String what, ErrorAnswer answer) {
        super(what, answer, null);
    }
}
