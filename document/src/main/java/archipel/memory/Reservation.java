package archipel.memory;

import archipel.memory.MemoryLimitException.Kind;

/**
 * One request's part of the {@link MemoryBudget}. Takes from it in steps, so that most calls are an addition. To be
 * closed when the request has been answered. For one thread.
 */
public final class Reservation implements Allowance, AutoCloseable {
    private static final long STEP_BYTES = 32 << 10;

    private final MemoryBudget budget;
    private boolean privileged;
    private long held;
    private long passing;
    private long reserved;
    private boolean closed;

    Reservation(MemoryBudget budget, boolean privileged, long bytes) {
        this.budget = budget;
        this.privileged = privileged;
        held = bytes;
        reserved = bytes;
    }

    @Override
    public void hold(long bytes) {
        reserve(held + bytes + passing);
        held += bytes;
    }

    @Override
    public void release(long bytes) {
        held = Math.max(0, held - bytes);
        long kept = held + passing + STEP_BYTES;
        if (reserved - kept >= STEP_BYTES) {
            budget.give(reserved - kept);
            reserved = kept;
        }
    }

    @Override
    public void pass(long bytes) {
        if (bytes > passing) {
            try {
                reserve(held + bytes);
            } catch (MemoryLimitException e) {
                throw e.kind() == Kind.REQUEST_TOO_LARGE ? new MemoryLimitException(bytes, Kind.CONTENT_TOO_LARGE) : e;
            }
            passing = bytes;
        }
    }

    /** From now on it is among the last to be shed. */
    public void privilege() {
        privileged = true;
    }

    @Override
    public void rest() {
        if (passing > 0) {
            passing = 0;
            release(0);
        }
    }

    /** How much it has of the budget, bytes. */
    public long bytes() {
        return reserved;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            budget.give(reserved);
            reserved = 0;
        }
    }

    private void reserve(long bytes) {
        if (bytes > reserved) {
            long wanted = bytes > 2 * STEP_BYTES ? bytes + STEP_BYTES : bytes;
            budget.take(wanted - reserved, wanted, privileged);
            reserved = wanted;
        }
    }
}
