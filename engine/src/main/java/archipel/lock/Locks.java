package archipel.lock;

import archipel.changes.Loops;
import archipel.changes.SteadyClock;
import archipel.command.Fence;
import archipel.command.LockAnswer;
import archipel.command.LockBounds;
import archipel.command.LockCommand;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.log.CommandLog;
import archipel.log.Duties;
import archipel.storage.CatalogKeys;
import archipel.storage.FormatVersion;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.SortedMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The locks of a node, which are those of its ensemble where it is in one. Safe for use by many threads.
 *
 * <p>All that changes a lock throws a {@link RequestException} as the log does: 503 where no majority is there, {@link
 * ErrorCode#WRITE_UNDECIDED} where it is not known what became of the command.
 */
public final class Locks implements AutoCloseable {
    private final CommandLog log;
    private final PublishedLocks published;
    private final Supplier<FormatVersion> format;
    private final InstantSource clock;
    private final LockExpiry expiry;

    /**
     * @param format of the system group
     * @param clock what commands say the time is
     * @param steady by which times are measured, while this node leads
     */
    public Locks(
            CommandLog log,
            Duties duties,
            PublishedLocks published,
            Supplier<FormatVersion> format,
            InstantSource clock,
            SteadyClock steady,
            Loops loops) {
        this.log = log;
        this.published = published;
        this.format = format;
        this.clock = clock;
        this.expiry = new LockExpiry(
                published, duties, command -> log.append(CatalogKeys.SYSTEM_GROUP, command), steady, clock, loops);
    }

    public void start() {
        expiry.start();
    }

    /**
     * Takes a lock, or a place in its queue, which {@link #awaitTurn} waits for and {@link #withdraw} gives up. Where
     * the same request was sent before, it shares what that one has, and each gives up its own place alone.
     *
     * @param owner as others are to see who holds it
     * @param user who asks; empty for one without a name
     * @param request by which the same request is known when it comes again
     * @param ttlMs how long it is held without a renewal
     * @param waitMs for how long a place in the queue is kept; 0 for none
     */
    public LockAnswer acquire(
            String name, String owner, String user, String request, long ttlMs, long waitMs, LockBounds bounds) {
        return submit(new LockCommand.Acquire(name, owner, user, request, ttlMs, waitMs, clock.millis(), bounds));
    }

    /**
     * Holds a lock for a whole time again.
     *
     * @param user who has to hold it; null: whoever does
     * @param ttlMs from now on; 0: as long as before
     * @throws RequestException 409 where the token is not the holder's
     */
    public LockAnswer renew(String name, long token, @Nullable String user, long ttlMs) {
        return submit(
                new LockCommand.Renew(name, token, user == null ? "" : user, user == null, ttlMs, clock.millis()));
    }

    /**
     * Gives a lock to whoever waits for it.
     *
     * @param token 0: whichever the holder has
     * @param user who has to hold it; null: whoever does
     * @return the token that has gone
     * @throws RequestException 409 where the token is not the holder's
     */
    public long release(String name, long token, @Nullable String user) {
        return submit(new LockCommand.Release(name, token, user == null ? "" : user, user == null, clock.millis()));
    }

    /**
     * Gives up a place in a queue.
     *
     * @param release whether to give up the lock as well, where the place has got it and no other of the same request
     * @return that it is granted where the place has got it and keeps it
     */
    public LockAnswer withdraw(String name, long place, boolean release) {
        return submit(new LockCommand.Withdraw(name, place, release, clock.millis()));
    }

    private <A> A submit(LockCommand<A> command) {
        if (!format.get().isAtLeast(FormatVersion.V7)) {
            throw new RequestException(ErrorCode.FORMAT_TOO_OLD);
        }
        return CommandLog.await(log.append(CatalogKeys.SYSTEM_GROUP, command)).answer();
    }

    /**
     * Waits until this node knows what has become of all locks so far, whichever node was asked for it. Returns at once
     * where no other node has its log.
     *
     * @throws RequestException 503 where it cannot make sure of that
     */
    public void refresh() {
        if (log.isReplicated()) {
            CommandLog.await(log.readBarrier(CatalogKeys.SYSTEM_GROUP));
        }
    }

    /**
     * Makes sure that nobody shows a token which was never given, and would shut out all who get the lock after. Known
     * are tokens of locks that are held; what is shown of others passes, and so does all where this node cannot ask.
     *
     * <p>A token may have been given that this node has not heard of yet. So it asks before it refuses one; what it
     * knows then is no less than what the client knew.
     *
     * @throws RequestException 400 where it was not given
     */
    public void requireGiven(List<Fence> fences) {
        if (fences.stream().noneMatch(fence -> greatest(fence) > 0)) {
            return;
        }
        try {
            refresh();
        } catch (RequestException unknown) {
            return;
        }
        for (Fence fence : fences) {
            long greatest = greatest(fence);
            if (greatest > 0) {
                throw new RequestException(ErrorCode.FENCE_NOT_GIVEN, fence.token(), fence.name(), greatest);
            }
        }
    }

    /** The greatest token of the fence's lock, as this node knows; 0 where it may have that of the fence. */
    private long greatest(Fence fence) {
        Lock lock = published.find(fence.name());
        return lock == null || fence.token() <= lock.holder().token() || fence.token() >= Fence.FIRST_OF_NODES
                ? 0
                : lock.holder().token();
    }

    /** As this node knows it; null where nobody holds it. */
    public @Nullable Lock find(String name) {
        return published.find(name);
    }

    /** As this node knows them, in the order of their names. */
    public SortedMap<String, Lock> all() {
        return published.all();
    }

    /** How many are held, as this node knows. */
    public int count() {
        return published.size();
    }

    /** Waits until a place is in the queue no more; false where that did not happen in time. */
    public boolean awaitTurn(String name, long place, Duration timeout) throws InterruptedException {
        return await(name, () -> !isQueued(published.find(name), place), timeout);
    }

    private static boolean isQueued(@Nullable Lock lock, long place) {
        return lock != null && lock.waiter(place) != null;
    }

    /** Waits until a lock is another than that; false where that did not happen in time. */
    public boolean awaitChange(String name, @Nullable Lock known, Duration timeout) throws InterruptedException {
        return await(name, () -> published.find(name) != known, timeout);
    }

    private boolean await(String name, BooleanSupplier ready, Duration timeout) throws InterruptedException {
        return published.waiters(name).await(ready, timeout);
    }

    @Override
    public void close() {
        expiry.close();
    }
}
