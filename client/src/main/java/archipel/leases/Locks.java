package archipel.leases;

import archipel.calls.Transport;
import archipel.failures.ArchipelException;
import archipel.failures.LockedException;
import java.util.Optional;

/**
 * The locks of an ensemble. A lock is there as soon as somebody takes it; its name is any text. Waiters are served in
 * the order in which they came. Safe for use by many threads.
 *
 * <p>All methods throw an {@link ArchipelException} if no node can be asked.
 */
public final class Locks {
    private final LockCalls calls;

    public Locks(Transport transport) {
        this.calls = new LockCalls(transport);
    }

    /**
     * Takes a lock, and waits for it as long as the options say.
     *
     * @throws LockedException where somebody else has kept it for that long
     * @throws archipel.failures.LockLostException where it came after a wait and could not be renewed then; it is given
     *     back
     * @throws archipel.failures.OutcomeUnknownException where no answer came: it may be taken, and is free again once
     *     the time to live is over
     */
    public HeldLock acquire(String name, LockOptions options) {
        return calls.acquire(name, options).keep();
    }

    /** As {@link #acquire}; empty where somebody else has kept it. */
    public Optional<HeldLock> tryAcquire(String name, LockOptions options) {
        try {
            return Optional.of(acquire(name, options));
        } catch (LockedException e) {
            return Optional.empty();
        }
    }

    /** Who has it now. */
    public LockStatus status(String name) {
        return calls.status(name);
    }

    /** Follows who has it; to be closed. */
    public LockFeed follow(String name) {
        return new LockFeed(calls, name);
    }

    /**
     * Stands for election: an election is a lock that its holder keeps. The candidate is elected whenever it gets the
     * lock, and stands again after it has lost it, until it is closed.
     *
     * @param options the owner is what the candidate calls itself; the wait is that of one request
     */
    public Election stand(String name, LockOptions options, Candidate candidate) {
        return new Election(calls, name, options, candidate).begin();
    }
}
