package archipel.failures;

/**
 * 500 and its like: the node failed while it worked on the request, which its log tells of. Also where an answer to a
 * read is none of a node's, as that of a proxy may be ({@code bad_answer}).
 */
public final class ServerFaultException extends ArchipelException {
    /** @param what which request, for people */
    public ServerFaultException(String what, ErrorAnswer answer) {
        super(what, answer, null);
    }
}
