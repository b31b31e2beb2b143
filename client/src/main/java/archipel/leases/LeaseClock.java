package archipel.leases;

import archipel.calls.SteadyClock;
import java.time.Duration;

/**
 * Until when a lock is certainly held, by the holder's own clock.
 *
 * <p>The nodes count the time to live from when they grant or renew a lock, which is after the request for it was sent.
 * So it is held for that time from the sending on, whatever the message took; a tenth is left out, since two clocks may
 * not run alike, and for the way of what the holder sends in its last moment. A process that was suspended sees that
 * its time is over as soon as it looks. Safe for use by many threads.
 */
final class LeaseClock {
    private final SteadyClock clock;
    private final long ttlNanos;
    private long heldUntil;
    private boolean lost;

    /** @param sentAt when the request was sent that was granted */
    LeaseClock(SteadyClock clock, Duration ttl, long sentAt) {
        this.clock = clock;
        this.ttlNanos = ttl.toNanos();
        this.heldUntil = sentAt + safe();
    }

    private long safe() {
        return ttlNanos - ttlNanos / 10;
    }

    /** A renewal was acknowledged. @param sentAt when it was sent */
    synchronized void renewed(long sentAt) {
        if (sentAt + safe() - heldUntil > 0) {
            heldUntil = sentAt + safe();
        }
    }

    /** It is over for good, by what a node says. */
    synchronized void lose() {
        lost = true;
    }

    /** What was over once stays so: somebody else may have had the lock since. */
    synchronized boolean isHeld() {
        lost |= heldUntil - clock.nanos() <= 0;
        return !lost;
    }

    /** For how long it is held yet without a renewal; zero or less once it is lost. */
    synchronized long leftNanos() {
        return isHeld() ? heldUntil - clock.nanos() : 0;
    }

    /** How long after one renewal the next one is due. */
    long intervalNanos() {
        return ttlNanos / 3;
    }
}
