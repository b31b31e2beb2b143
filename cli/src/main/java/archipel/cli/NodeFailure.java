package archipel.cli;

/** A running node that cannot be reached, refused, or failed; the message says which, why and what to do. */
final class NodeFailure extends RuntimeException {
    private final int status;
    private final String reason;

    /**
     * @param status of the node's answer; 0 where there was none
     * @param reason in the node's words; empty where there is none
     */
    NodeFailure(int status, String reason, String message) {
        super(message, null, false, false);
        this.status = status;
        this.reason = reason;
    }

    NodeFailure(String message) {
        this(0, "", message);
    }

    int status() {
        return status;
    }

    String reason() {
        return reason;
    }
}
