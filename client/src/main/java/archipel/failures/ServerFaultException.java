package archipel.failures;

/** 500 and its like: the node failed while it worked on the request. Its log says why. */
public final class ServerFaultException extends ArchipelException {
    /** @param what which request, for people */
    public ServerFaultException(String what, ErrorAnswer answer) {
        super(what, answer, null);
    }
}
