package archipel.index;

/** An index cannot be read at the block that was asked for, or not be used at all any more. */
public final class IndexException extends RuntimeException {
    private final Kind kind;

    public IndexException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** Why not. */
    public enum Kind {
        /** The index has not come to that block yet. */
        BEHIND,
        /** What the index answers begins with a later block. */
        BELOW_BASE,
        /** The index, or its database, was dropped. */
        DROPPED,
        /** Rows of the index are not what they were: it has to be dropped and made anew. */
        DAMAGED,
        /** The store of all indexes was damaged and begins anew: the index can be made again at once. */
        REPLACED
    }
}
