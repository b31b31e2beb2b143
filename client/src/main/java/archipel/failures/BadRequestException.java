package archipel.failures;

/** 400 and its like: the request makes no sense to the node. It is never sent again. */
public final class BadRequestException extends ArchipelException {
    /** @param what which request, for people */
    public BadRequestException(String what, ErrorAnswer answer) {
        super(what, answer, null);
    }
}
