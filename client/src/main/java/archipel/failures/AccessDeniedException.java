package archipel.failures;

/** 401 or 403: the name or password is wrong, or the user may not do that. */
public final class AccessDeniedException extends ArchipelException {
    /** @param what which request, for people */
    public AccessDeniedException(String what, ErrorAnswer answer) {
        super(what, answer, null);
    }
}
