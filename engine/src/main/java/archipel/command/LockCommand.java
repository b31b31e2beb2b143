package archipel.command;

import archipel.document.ErrorCode;

/**
 * What changes the locks of the system group. Who holds a lock, and who waits for it in which order, follows from the
 * order of these commands alone. The applier knows no time: that a holder's time is over is a command, too, which
 * whoever leads the group appends, by a clock that no date can change.
 *
 * <p>Places in queues and tokens come from one sequence of the group. So a token is greater than all before it, of
 * whichever lock, and nothing has to be kept of a lock that nobody holds.
 *
 * @param <A> what applying it answers
 */
public sealed interface LockCommand<A> extends CodedCommand<A> {
    /** Of the lock. */
    String name();

    /**
     * Takes the lock, or a place in its queue. The same request of the same user gets the lock that it has already, or
     * waits where it waits already, with a place of its own to give up: its attempts are told apart, since nobody
     * knows which of them the client listens to, and they may be applied in another order than they were sent in.
     *
     * @param owner as others are to see who holds it
     * @param user who sent the request; empty for one without a name
     * @param request by which it is known when it comes again
     * @param ttlMs how long it holds the lock without renewing it
     * @param waitMs how long it waits at the most; 0: not at all, and it gets no place
     * @param timeMs since the epoch; what the answer says of the end is counted from it
     * @param bounds which refuse the command where it would pass them
     */
    record Acquire(
            String name,
            String owner,
            String user,
            String request,
            long ttlMs,
            long waitMs,
            long timeMs,
            LockBounds bounds)
            implements LockCommand<LockAnswer> {
        @Override
        public Command<LockAnswer> stamped(long stampedMs) {
            return new Acquire(name, owner, user, request, ttlMs, waitMs, stampedMs, bounds);
        }
    }

    /**
     * The holder goes on holding the lock, from now on for a whole time again. Refused with {@link
     * ErrorCode#LOCK_NOT_HELD} where the token is not the holder's.
     *
     * @param user who must hold it, unless {@code anybody}
     * @param ttlMs how long it holds the lock from now on; 0: as long as before
     */
    record Renew(String name, long token, String user, boolean anybody, long ttlMs, long timeMs)
            implements LockCommand<LockAnswer> {
        @Override
        public Command<LockAnswer> stamped(long stampedMs) {
            return new Renew(name, token, user, anybody, ttlMs, stampedMs);
        }
    }

    /**
     * Takes the lock from its holder and gives it to the first in the queue. Refused as {@link Renew} is; answers the
     * token that has gone.
     *
     * @param token 0: whoever holds it
     */
    record Release(String name, long token, String user, boolean anybody, long timeMs) implements LockCommand<Long> {
        @Override
        public Command<Long> stamped(long stampedMs) {
            return new Release(name, token, user, anybody, stampedMs);
        }
    }

    /**
     * Gives up a place in the queue, and leaves those of other attempts at the same request. Answers that it is granted
     * where it has got the lock meanwhile, and who has the lock otherwise, also where there was no such place.
     *
     * @param release whether it gives up the lock, too, where it has got it and no other attempt has
     */
    record Withdraw(String name, long place, boolean release, long timeMs) implements LockCommand<LockAnswer> {
        @Override
        public Command<LockAnswer> stamped(long stampedMs) {
            return new Withdraw(name, place, release, stampedMs);
        }
    }

    /**
     * The holder's time is over, unless it has renewed the lock meanwhile; answers whether it was. A duty of the
     * group's leader.
     *
     * @param renewals how often the holder had renewed it when its time was over
     */
    record Expire(String name, long token, long renewals, long timeMs) implements LockCommand<Boolean> {
        @Override
        public Command<Boolean> stamped(long stampedMs) {
            return new Expire(name, token, renewals, stampedMs);
        }
    }
}
