package archipel.changes;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The machine's clock, doubted when it jumps ahead. The time of blocks never goes back, so that one write at a wrong
 * time would hold up the time of all after it: a clock that is ahead of its own pace by more than the drift allowed is
 * not followed until it has stayed there for a while. Until then time goes on from where it was at the pace of the
 * monotonic clock.
 *
 * <p>A machine that slept and one whose clock was put right look the same as one whose clock went wrong; only waiting
 * tells them apart, and it harms nothing, because the block times lag by the jump at the most. A clock that goes back
 * is followed at once: the blocks' time stands until it is caught up with. Where it comes right again soon, that is no
 * jump ahead.
 *
 * <p>The bound on how far the physical part may be off is that of hybrid logical clocks (Kulkarni and others, "Logical
 * Physical Clocks", 2014); their logical part is the number of the block.
 */
public final class HybridClock implements InstantSource {
    private static final System.Logger LOG = System.getLogger(HybridClock.class.getName());

    private final InstantSource clock;
    private final LongSupplier monotonicMs;
    private final long driftMs;
    private final long patienceMs;
    private long anchorMs;
    private long anchorMonotonicMs;
    // While the clock is doubted.
    private boolean doubted;
    private long doubtedAheadMs;
    private long doubtedSinceMs;
    // For a while after the clock has gone back: where it would be now had it not.
    private boolean wentBack;
    private long wentBackFromMs;
    private long wentBackSinceMs;

    /** @param monotonicMs milliseconds since any moment, which never jump */
    public HybridClock(InstantSource clock, LongSupplier monotonicMs, Duration drift, Duration patience) {
        this.clock = clock;
        this.monotonicMs = monotonicMs;
        this.driftMs = drift.toMillis();
        this.patienceMs = patience.toMillis();
        follow(clock.millis(), monotonicMs.getAsLong());
    }

    /** The machine's. */
    public static HybridClock system(Duration drift, Duration patience) {
        return new HybridClock(InstantSource.system(), Deadline.steadyMs(), drift, patience);
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    @Override
    public synchronized long millis() {
        long nowMs = clock.millis();
        long monotonic = monotonicMs.getAsLong();
        long pacedMs = anchorMs + (monotonic - anchorMonotonicMs);
        long aheadMs = nowMs - pacedMs;
        if (aheadMs < -driftMs && !wentBack) {
            wentBack = true;
            wentBackFromMs = pacedMs;
            wentBackSinceMs = monotonic;
        } else if (wentBack && monotonic - wentBackSinceMs >= patienceMs) {
            wentBack = false;
        }
        if (aheadMs > driftMs && wentBack && nowMs <= wentBackFromMs + (monotonic - wentBackSinceMs) + driftMs) {
            LOG.log(System.Logger.Level.WARNING, "The clock had gone back, and is where it was to be again.");
            wentBack = false;
            follow(nowMs, monotonic);
            return nowMs;
        }
        if (aheadMs <= driftMs) {
            if (doubted) {
                LOG.log(System.Logger.Level.WARNING, "The clock is back from where it had jumped to.");
            }
            follow(nowMs, monotonic);
            return nowMs;
        }
        if (!doubted || Math.abs(aheadMs - doubtedAheadMs) > driftMs) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The clock jumped {0} s ahead. Blocks go on from the time before until it has stayed for {1} s.",
                    Long.toString(aheadMs / 1000),
                    Long.toString(patienceMs / 1000));
            doubted = true;
            doubtedAheadMs = aheadMs;
            doubtedSinceMs = monotonic;
        }
        if (monotonic - doubtedSinceMs < patienceMs) {
            return pacedMs;
        }
        LOG.log(System.Logger.Level.WARNING, "The clock has stayed where it had jumped to, and is followed again.");
        follow(nowMs, monotonic);
        return nowMs;
    }

    private void follow(long nowMs, long monotonic) {
        anchorMs = nowMs;
        anchorMonotonicMs = monotonic;
        doubted = false;
    }
}
