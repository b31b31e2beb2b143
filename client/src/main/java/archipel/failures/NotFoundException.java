package archipel.failures;

/** 404: there is no such database, document, attachment or lock. */
public final class NotFoundException extends ArchipelException {
    /** @param what which request, for people */
    public NotFoundException(String what, ErrorAnswer answer) {
        super(what, answer, null);
    }
}
