package archipel.mesh;

import archipel.changes.SteadyClock;

/** How often something may happen: so many times at once, and then so many times a second. Safe for many threads. */
final class Pace {
    private final SteadyClock clock;
    private final int atOnce;
    private final double perMs;
    private double left;
    private long lastMs;

    Pace(SteadyClock clock, int atOnce, double perSecond) {
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
