package archipel.mesh;

import archipel.changes.SteadyClock;

/** Something may happen so many times at once, and then so many times a second. Safe for use by many threads. */
final class TokenBucket {
    private final SteadyClock clock;
    private final int atOnce;
    private final double perMs;
    private double left;
    private long lastMs;

    TokenBucket(SteadyClock clock, int atOnce, double perSecond) {
        this.clock = clock;
        this.atOnce = atOnce;
        this.perMs = perSecond / 1_000;
        this.left = atOnce;
        this.lastMs = clock.millis();
    }

    /** Whether it may happen now, which counts. */
    synchronized boolean take() {
        long nowMs = clock.millis();
        left = Math.min(atOnce, left + (nowMs - lastMs) * perMs);
        lastMs = nowMs;
        if (left < 1) {
            return false;
        }
        left--;
        return true;
    }

    /** What was taken does not count. */
    synchronized void giveBack() {
        left = Math.min(atOnce, left + 1);
    }
}
