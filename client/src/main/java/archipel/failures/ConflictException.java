package archipel.failures;

/** 409: the document has changed since the revision that the write names. Nothing was written. Read it again. */
public final class ConflictException extends ArchipelException {
    /** @param what which request, for people */
    public ConflictException(String what, ErrorAnswer answer) {
        super(what, answer, null);
    }
}
