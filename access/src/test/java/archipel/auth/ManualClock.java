package archipel.auth;

import archipel.changes.SteadyClock;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until told otherwise. */
public final class ManualClock implements InstantSource, SteadyClock {
    private Instant now;

    public ManualClock(Instant now) {
        this.now = now;
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public long millis() {
        return now.toEpochMilli();
    }

    public void advanceMs(long milliseconds) {
        now = now.plusMillis(milliseconds);
    }
}
