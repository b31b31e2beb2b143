package archipel.failures;

/** 503 {@code block_not_reached}: no node has come as far as the block that was asked for. */
public final class BlockNotReachedException extends UnavailableException {
    /** @param what which request, for people */
    public BlockNotReachedException(String what, ErrorAnswer answer) {
        super(what, answer, null);
    }

    /** The newest block of the node that answered last; empty where it does not say. */
    public String head() {
        return answer().field("head");
    }
}
