package archipel.lock;

import archipel.command.LockAnswer;
import archipel.command.LockAnswer.Outcome;
import archipel.command.LockBounds;
import archipel.command.LockCommand;
import archipel.command.Refusal;
import archipel.document.ErrorCode;
import archipel.lock.Lock.Attempt;
import archipel.lock.Lock.Holder;
import archipel.lock.Lock.Waiter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Applies the commands of locks. Deterministic: who gets a lock follows from the order of the commands, and no time but
 * what commands say goes into any row.
 */
public final class LockApplier {
    private static final LockAnswer NOBODY = new LockAnswer(Outcome.NOT_GRANTED, 0, "", 0, 0, 0);

    private final LockTable locks;

    public LockApplier(LockTable locks) {
        this.locks = locks;
    }

    /**
     * Applies a command.
     *
     * @param position of the command in the log
     * @throws Refusal when it is refused; the table is to be undone then
     */
    @SuppressWarnings("unchecked")
    public <A extends @Nullable Object> A apply(long position, LockCommand<A> command) {
        return (A)
                switch (command) {
                    case LockCommand.Acquire acquire -> acquire(acquire, position);
                    case LockCommand.Renew renew -> renew(renew, position);
                    case LockCommand.Release release -> release(release, position);
                    case LockCommand.Withdraw withdraw -> withdraw(withdraw, position);
                    case LockCommand.Expire expire -> expire(expire, position);
                };
    }

    private LockAnswer acquire(LockCommand.Acquire command, long position) {
        Lock lock = locks.find(command.name());
        if (lock == null) {
            requireRoom(command, locks.count() < command.bounds().locks());
            Waiter first = new Waiter(command.owner(), command.user(), command.request(), List.of(), command.ttlMs());
            return grant(command.name(), first, List.of(), position, command.timeMs())
                    .answer(Outcome.GRANTED, 0);
        }
        Holder holder = lock.holder();
        if (holder.user().equals(command.user()) && holder.request().equals(command.request())) {
            if (!holder.kept()) {
                locks.put(new Lock(lock.name(), holder.keeping(), lock.queue(), position));
            }
            return holder.answer(Outcome.GRANTED, 0);
        }
        if (command.waitMs() == 0) {
            return holder.answer(Outcome.NOT_GRANTED, 0);
        }
        List<Waiter> queue = new ArrayList<>(lock.queue());
        int known = 0;
        while (known < queue.size() && !isOf(queue.get(known), command)) {
            known++;
        }
        if (known == queue.size()) {
            requireRoom(command, queue.size() < command.bounds().waiters());
            queue.add(new Waiter(command.owner(), command.user(), command.request(), List.of(), command.ttlMs()));
        }
        Attempt attempt = new Attempt(locks.next(), command.waitMs());
        queue.set(known, queue.get(known).with(attempt));
        locks.put(new Lock(lock.name(), holder, queue, position));
        return holder.answer(Outcome.QUEUED, attempt.place());
    }

    private static boolean isOf(Waiter waiter, LockCommand.Acquire command) {
        return waiter.user().equals(command.user()) && waiter.request().equals(command.request());
    }

    private void requireRoom(LockCommand.Acquire command, boolean room) {
        LockBounds bounds = command.bounds();
        if (!room) {
            throw new Refusal(ErrorCode.TOO_MANY_LOCKS);
        }
        if (locks.placesOf(command.user()) >= bounds.ofUser()) {
            throw new Refusal(ErrorCode.TOO_MANY_LOCKS_OF_USER, bounds.ofUser());
        }
    }

    private Holder grant(String name, Waiter first, List<Waiter> others, long position, long timeMs) {
        Holder holder = new Holder(
                first.owner(),
                first.user(),
                first.request(),
                first.attempts(),
                false,
                locks.next(),
                first.ttlMs(),
                0,
                timeMs + first.ttlMs());
        locks.put(new Lock(name, holder, others, position));
        return holder;
    }

    private Lock held(String name, long token, String user, boolean anybody) {
        Lock lock = locks.find(name);
        if (lock == null
                || token != 0 && lock.holder().token() != token
                || !anybody && !lock.holder().user().equals(user)) {
            throw new Refusal(ErrorCode.LOCK_NOT_HELD, name, token);
        }
        return lock;
    }

    private LockAnswer renew(LockCommand.Renew command, long position) {
        Lock lock = held(command.name(), command.token(), command.user(), command.anybody());
        Holder before = lock.holder();
        long ttlMs = command.ttlMs() == 0 ? before.ttlMs() : command.ttlMs();
        Holder holder = new Holder(
                before.owner(),
                before.user(),
                before.request(),
                before.attempts(),
                before.kept(),
                before.token(),
                ttlMs,
                before.renewals() + 1,
                command.timeMs() + ttlMs);
        locks.put(new Lock(lock.name(), holder, lock.queue(), position));
        return holder.answer(Outcome.GRANTED, 0);
    }

    private Long release(LockCommand.Release command, long position) {
        Lock lock = held(command.name(), command.token(), command.user(), command.anybody());
        pass(lock, position, command.timeMs());
        return lock.holder().token();
    }

    /** Gives it to the first in the queue. */
    private void pass(Lock lock, long position, long timeMs) {
        List<Waiter> queue = lock.queue();
        if (queue.isEmpty()) {
            locks.remove(lock.name());
        } else {
            grant(lock.name(), queue.getFirst(), queue.subList(1, queue.size()), position, timeMs);
        }
    }

    private LockAnswer withdraw(LockCommand.Withdraw command, long position) {
        Lock lock = locks.find(command.name());
        if (lock == null) {
            return NOBODY;
        }
        Holder holder = lock.holder();
        long place = command.place();
        if (holder.is(place)) {
            if (!command.release()) {
                return holder.answer(Outcome.GRANTED, place);
            }
            Holder left = holder.without(place);
            if (left.attempts().isEmpty() && !left.kept()) {
                pass(lock, position, command.timeMs());
                return NOBODY;
            }
            locks.put(new Lock(lock.name(), left, lock.queue(), position));
            return holder.answer(Outcome.NOT_GRANTED, 0);
        }
        Waiter waiter = lock.waiter(place);
        if (waiter != null) {
            Waiter left = waiter.without(place);
            List<Waiter> queue = new ArrayList<>(lock.queue());
            if (left.attempts().isEmpty()) {
                queue.remove(waiter);
            } else {
                queue.set(queue.indexOf(waiter), left);
            }
            locks.put(new Lock(lock.name(), holder, queue, position));
        }
        return holder.answer(Outcome.NOT_GRANTED, 0);
    }

    private Boolean expire(LockCommand.Expire command, long position) {
        Lock lock = locks.find(command.name());
        if (lock == null
                || lock.holder().token() != command.token()
                || lock.holder().renewals() != command.renewals()) {
            return false;
        }
        pass(lock, position, command.timeMs());
        return true;
    }
}
