package archipel.log;

/**
 * What becomes of a group's order where this node cannot apply a command, by a fault of its own: a damaged row, no
 * memory, a bug. Whoever owns the order decides.
 */
public enum FaultPolicy {
    /** No other node has applied the command. It fails alone, and the order goes on without it. */
    SKIP,
    /**
     * The others have applied the command. The fault is thrown to whoever applies, and nothing of the command is in the
     * batch: the log tries it again, or gives the batch up and stops the group here.
     */
    HALT
}
