package archipel.lock;

import archipel.command.LockAnswer;
import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import java.util.ArrayList;
import java.util.List;

/**
 * A lock that somebody holds, and who waits for it.
 *
 * @param queue who gets it next first; each has a greater place than the one before
 * @param position of the command that changed it last
 */
public record Lock(String name, Holder holder, List<Waiter> queue, long position) {
    public Lock {
        queue = List.copyOf(queue);
    }

    byte[] encode() {
        RowWriter row = new RowWriter(128 + 96 * queue.size()).varint(position);
        row.text(holder.owner)
                .text(holder.user)
                .text(holder.request)
                .varint(holder.place)
                .varint(holder.token)
                .varint(holder.ttlMs)
                .varint(holder.renewals)
                .varint(holder.expiresMs)
                .varint(queue.size());
        for (Waiter waiter : queue) {
            row.text(waiter.owner)
                    .text(waiter.user)
                    .text(waiter.request)
                    .varint(waiter.place)
                    .varint(waiter.ttlMs)
                    .varint(waiter.waitMs);
        }
        return row.toBytes();
    }

    static Lock decode(String name, byte[] value) {
        RowReader row = new RowReader(value);
        long position = row.varint();
        Holder holder = new Holder(
                row.text(),
                row.text(),
                row.text(),
                row.varint(),
                row.varint(),
                row.varint(),
                row.varint(),
                row.varint());
        List<Waiter> queue = new ArrayList<>();
        for (int left = row.count(); left > 0; left--) {
            queue.add(new Waiter(row.text(), row.text(), row.text(), row.varint(), row.varint(), row.varint()));
        }
        return new Lock(name, holder, queue, position);
    }

    /**
     * Who holds a lock.
     *
     * @param owner as it calls itself
     * @param user who sent the request; empty for one without a name
     * @param request by which its request is known when it comes again
     * @param place that it had in the queue; 0 where it did not wait
     * @param token greater than that of any holder before
     * @param ttlMs for how long it holds the lock from the grant or the last renewal on
     * @param renewals how often it has renewed the lock
     * @param expiresMs about when its time is over, since the epoch
     */
    public record Holder(
            String owner,
            String user,
            String request,
            long place,
            long token,
            long ttlMs,
            long renewals,
            long expiresMs) {
        LockAnswer answer(LockAnswer.Outcome outcome, long itsPlace) {
            return new LockAnswer(outcome, itsPlace, owner, token, ttlMs, expiresMs);
        }
    }

    /**
     * Who waits for a lock.
     *
     * @param place greater than those of all who came before
     * @param ttlMs for how long it is to hold the lock
     * @param waitMs how long it waits at the most
     */
    public record Waiter(String owner, String user, String request, long place, long ttlMs, long waitMs) {}
}
