package archipel.engine;

/** A data directory that cannot be opened; the message says which, why and what to do. */
public final class NodeOpenException extends RuntimeException {
    public NodeOpenException(String message, Throwable cause) {
        super(message, cause);
    }

    public NodeOpenException(String message) {
        super(message);
    }
}
