package archipel.memory;

/** A request that cannot have the memory it needs. Has no stack trace: it is an answer, not a fault. */
public final class MemoryLimitException extends RuntimeException {
    private final Kind kind;

    MemoryLimitException(long bytes, Kind kind) {
        super("no memory for " + bytes + " bytes: " + kind, null, false, false);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** Whether trying again can help. */
    public enum Kind {
        /** Others have it now. */
        BUSY,
        /** The request itself is larger than any can be. */
        REQUEST_TOO_LARGE,
        /** Something it asks for, such as a stored document, takes more than any request can have. */
        CONTENT_TOO_LARGE
    }
}
