package archipel.failures;

/** 412 {@code file_exists}: there is a database of that name already. */
public final class AlreadyExistsException extends ArchipelException {
    /** @param what which request, for people */
    public AlreadyExistsException(String what, ErrorAnswer answer) {
        super(what, answer, null);
    }
}
