package archipel.leases;

import java.time.Duration;

/**
 * How a lock is taken.
 *
 * @param owner what the holder calls itself, for others to read
 * @param ttl for how long the nodes keep the lock for a holder that is not heard of; it is renewed after a third of it
 * @param waiting for how long the caller waits for its turn; zero for not at all
 */
public record LockOptions(String owner, Duration ttl, Duration waiting) {
    private static final Duration TTL = Duration.ofSeconds(10);
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final Duration SHORTEST = Duration.ofMillis(100);

    public LockOptions {
        if (ttl.compareTo(SHORTEST) < 0 || waiting.isNegative()) {
            throw new IllegalArgumentException("a lock is kept for " + SHORTEST + " at least, and waited for forwards");
        }
    }

    /** Kept for ten seconds, waited for half a minute. */
    public static LockOptions of(String owner) {
        return new LockOptions(owner, TTL, WAIT);
    }

    public LockOptions ttl(Duration other) {
        return new LockOptions(owner, other, waiting);
    }

    public LockOptions waiting(Duration other) {
        return new LockOptions(owner, ttl, other);
    }
}
