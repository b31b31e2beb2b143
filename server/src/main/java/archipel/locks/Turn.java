package archipel.locks;

import archipel.command.LockAnswer;
import archipel.command.LockAnswer.Outcome;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.http.Client;
import archipel.http.Request;
import archipel.http.Stopwatch;
import archipel.lock.Lock;
import archipel.lock.Locks;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place in the queue of a lock that one attempt at a request has. While it waits its virtual thread is parked, as
 * that of a feed is. Whatever ends the wait, the place is given up, unless the lock is the request's.
 */
final class Turn {
    private static final Logger LOG = LoggerFactory.getLogger(Turn.class);

    /** How often one looks whether the client is there, and may have the lock still. */
    private static final long LOOK_MS = 1_000;

    private final Locks locks;
    private final String name;
    private final long place;

    Turn(Locks locks, String name, long place) {
        this.locks = locks;
        this.name = name;
        this.place = place;
    }

    /**
     * Waits for the lock.
     *
     * @return granted, or who has the lock now that the wait is over
     * @throws IOException where the client has gone
     * @throws RequestException where it may not have the lock any more; 503 where the server stops
     */
    LockAnswer await(long waitMs, Request request, Client client) throws IOException {
        boolean kept = false;
        try {
            Stopwatch stopwatch = new Stopwatch();
            boolean turn = false;
            long leftMs = waitMs;
            while (!turn && leftMs > 0) {
                Duration atMost = Duration.ofMillis(Math.min(leftMs, LOOK_MS));
                turn = client.await(() -> locks.awaitTurn(name, place, atMost));
                if (!turn) {
                    if (client.isStopping()) {
                        throw new RequestException(ErrorCode.STOPPING);
                    }
                    client.check();
                    request.confirm();
                }
                leftMs = waitMs - stopwatch.milliseconds();
            }
            LockAnswer answer = turn ? turn() : locks.withdraw(name, place, false);
            kept = true;
            return answer;
        } finally {
            if (!kept) {
                giveUp();
            }
        }
    }

    private LockAnswer turn() {
        Lock lock = locks.find(name);
        if (lock == null || !lock.holder().is(place)) {
            // It had the lock and has lost it again, or was taken out of the queue.
            return locks.withdraw(name, place, false);
        }
        Lock.Holder holder = lock.holder();
        return new LockAnswer(
                Outcome.GRANTED, place, holder.owner(), holder.token(), holder.ttlMs(), holder.expiresMs());
    }

    private void giveUp() {
        try {
            locks.withdraw(name, place, true);
        } catch (RuntimeException e) {
            // Whoever leads takes the place out of the queue, and ends the time of a holder that does not renew.
            LOG.debug("a place in the queue of a lock is left", e);
        }
    }
}
