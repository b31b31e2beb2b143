package archipel.lock;

import archipel.command.LockAnswer;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A lock that somebody holds, and who waits for it.
 *
 * @param queue who gets it next first
 * @param position of the command that changed it last
 */
public record Lock(String name, Holder holder, List<Waiter> queue, long position) {
    public Lock {
        queue = List.copyOf(queue);
    }

    byte[] encode() {
        RowWriter row = new RowWriter(128 + 96 * queue.size()).varint(position);
        row.text(holder.owner).text(holder.user).text(holder.request);
        write(row, holder.attempts);
        row.u8(holder.kept ? 1 : 0)
                .varint(holder.token)
                .varint(holder.ttlMs)
                .varint(holder.renewals)
                .varint(holder.expiresMs)
                .varint(queue.size());
        for (Waiter waiter : queue) {
            row.text(waiter.owner).text(waiter.user).text(waiter.request);
            write(row, waiter.attempts);
            row.varint(waiter.ttlMs);
        }
        return row.toBytes();
    }

    private static void write(RowWriter row, List<Attempt> attempts) {
        row.varint(attempts.size());
        attempts.forEach(attempt -> row.varint(attempt.place).varint(attempt.waitMs));
    }

    private static List<Attempt> attempts(RowReader row) {
        List<Attempt> attempts = new ArrayList<>();
        for (int left = row.count(); left > 0; left--) {
            attempts.add(new Attempt(row.varint(), row.varint()));
        }
        return attempts;
    }

    private static boolean has(List<Attempt> attempts, long place) {
        return attempts.stream().anyMatch(attempt -> attempt.place == place);
    }

    private static List<Attempt> without(List<Attempt> attempts, long place) {
        return attempts.stream().filter(attempt -> attempt.place != place).toList();
    }

    /** Null where that attempt does not wait. */
    @Nullable
    Waiter waiter(long place) {
        return queue.stream()
                .filter(waiter -> has(waiter.attempts, place))
                .findFirst()
                .orElse(null);
    }

    static Lock decode(String name, byte[] value) {
        RowReader row = new RowReader(value);
        long position = row.varint();
        Holder holder = new Holder(
                row.text(),
                row.text(),
                row.text(),
                attempts(row),
                row.u8() != 0,
                row.varint(),
                row.varint(),
                row.varint(),
                row.varint());
        List<Waiter> queue = new ArrayList<>();
        for (int left = row.count(); left > 0; left--) {
            queue.add(new Waiter(row.text(), row.text(), row.text(), attempts(row), row.varint()));
        }
        return new Lock(name, holder, queue, position);
    }

    /**
     * Who holds a lock.
     *
     * @param owner as it calls itself
     * @param user who sent the request; empty for one without a name
     * @param request by which its request is known when it comes again
     * @param attempts of those that waited, the ones whose clients may be there; none where it did not wait
     * @param kept whether an attempt that did not wait was told that it holds the lock: then none gives it back
     * @param token greater than that of any holder before
     * @param ttlMs for how long it holds the lock from the grant or the last renewal on
     * @param renewals how often it has renewed the lock
     * @param expiresMs about when its time is over, since the epoch
     */
    public record Holder(
            String owner,
            String user,
            String request,
            List<Attempt> attempts,
            boolean kept,
            long token,
            long ttlMs,
            long renewals,
            long expiresMs) {
        public Holder {
            attempts = List.copyOf(attempts);
        }

        /** Whether it is what that attempt waited for. */
        public boolean is(long place) {
            return has(attempts, place);
        }

        Holder without(long place) {
            return new Holder(
                    owner, user, request, Lock.without(attempts, place), kept, token, ttlMs, renewals, expiresMs);
        }

        Holder keeping() {
            return new Holder(owner, user, request, attempts, true, token, ttlMs, renewals, expiresMs);
        }

        LockAnswer answer(LockAnswer.Outcome outcome, long place) {
            return new LockAnswer(outcome, place, owner, token, ttlMs, expiresMs);
        }
    }

    /**
     * Who waits for a lock.
     *
     * @param attempts at its request that wait, the newest last; it leaves the queue with the last of them
     * @param ttlMs for how long it is to hold the lock
     */
    public record Waiter(String owner, String user, String request, List<Attempt> attempts, long ttlMs) {
        /** Of more than that the oldest is forgotten. */
        private static final int MOST_ATTEMPTS = 8;

        public Waiter {
            attempts = List.copyOf(attempts);
        }

        Waiter with(Attempt attempt) {
            List<Attempt> all = new ArrayList<>(
                    attempts.subList(Math.max(0, attempts.size() + 1 - MOST_ATTEMPTS), attempts.size()));
            all.add(attempt);
            return new Waiter(owner, user, request, all, ttlMs);
        }

        Waiter without(long place) {
            return new Waiter(owner, user, request, Lock.without(attempts, place), ttlMs);
        }
    }

    /**
     * One of the times that a request was sent, by a client that had lost the connection of the one before. Nobody
     * knows which of them its client still listens to, so that each gives up its own place alone.
     *
     * @param place by which the attempt is known; greater than those of all before
     * @param waitMs how long it waits at the most
     */
    public record Attempt(long place, long waitMs) {}
}
