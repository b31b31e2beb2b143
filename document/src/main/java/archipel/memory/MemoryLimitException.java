package archipel.memory;

/** A request that cannot have the memory it needs. Has no stack trace: it is an answer, not a fault. */
public final class MemoryLimitException extends RuntimeException {
    private final boolean permanent;

    MemoryLimitException(long bytes, boolean permanent) {
        super("no memory for " + bytes + " bytes", null, false, false);
        this.permanent = permanent;
    }

    /** Whether it is more than one request can ever have; otherwise it may succeed later. */
    public boolean isPermanent() {
        return permanent;
    }
}
