package archipel.auth;

import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands still until told otherwise. */
public final class ManualClock implements InstantSource {
    private Instant now;

    public ManualClock(Instant now) {
        this.now = now;
    }

    @Override
    public Instant instant() {
        return now;
    }

    public void advanceMs(long milliseconds) {
        now = now.plusMillis(milliseconds);
    }
}
