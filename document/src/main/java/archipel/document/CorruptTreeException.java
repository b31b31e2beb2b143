package archipel.document;

/** Stored bytes are no revision tree: the message says what is wrong with them. */
public final class CorruptTreeException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    public CorruptTreeException(String message) {
        super("revision tree: " + message);
    }
}
