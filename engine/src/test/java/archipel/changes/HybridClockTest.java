package archipel.changes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class HybridClockTest {
    private static final long TEN_YEARS_MS = Duration.ofDays(3650).toMillis();

    private long wallMs = 1_000_000_000_000L;
    private long monotonicMs = 5_000;
    private final HybridClock clock = new HybridClock(
            () -> Instant.ofEpochMilli(wallMs), () -> monotonicMs, Duration.ofMinutes(1), Duration.ofMinutes(10));

    private void pass(Duration time) {
        wallMs += time.toMillis();
        monotonicMs += time.toMillis();
    }

    @Test
    void millis_clockThatDrifts_isFollowed() {
        pass(Duration.ofHours(5));
        wallMs += 30_000;
        assertEquals(wallMs, clock.millis());
        wallMs -= 40_000;
        assertEquals(wallMs, clock.millis());
    }

    @Test
    void millis_clockThatJumpsAheadAndBack_goesOnAtItsPace() {
        long before = clock.millis();
        wallMs += TEN_YEARS_MS;
        pass(Duration.ofSeconds(7));
        assertEquals(before + 7_000, clock.millis());
        pass(Duration.ofSeconds(5));
        wallMs -= TEN_YEARS_MS;
        assertEquals(wallMs, clock.millis());
    }

    @Test
    void millis_clockThatStaysAhead_isFollowedAfterAWhile() {
        clock.millis();
        wallMs += TEN_YEARS_MS;
        long paced = clock.millis();
        pass(Duration.ofMinutes(9));
        assertEquals(paced + 9 * 60_000, clock.millis());
        pass(Duration.ofMinutes(2));
        assertEquals(wallMs, clock.millis());
    }

    @Test
    void millis_clockThatJumpsAgain_isDoubtedAnew() {
        long before = clock.millis();
        wallMs += TEN_YEARS_MS;
        clock.millis();
        pass(Duration.ofMinutes(9));
        wallMs += TEN_YEARS_MS;
        clock.millis();
        pass(Duration.ofMinutes(2));
        assertEquals(before + 11 * 60_000, clock.millis());
    }

    @Test
    void millis_clockThatGoesBack_isFollowed() {
        wallMs -= TEN_YEARS_MS;
        assertEquals(wallMs, clock.millis());
    }

    @Test
    void millis_clockThatGoesBackForAMoment_isFollowedWhenItComesRight() {
        clock.millis();
        wallMs -= TEN_YEARS_MS;
        assertEquals(wallMs, clock.millis());
        pass(Duration.ofSeconds(2));
        clock.millis();
        wallMs += TEN_YEARS_MS;
        assertEquals(wallMs, clock.millis());
        wallMs += TEN_YEARS_MS;
        assertEquals(wallMs - TEN_YEARS_MS, clock.millis(), "a jump ahead of where it had been");
    }

    @Test
    void millis_clockThatWentBackLongAgo_isDoubtedWhenItJumpsAhead() {
        clock.millis();
        wallMs -= TEN_YEARS_MS;
        clock.millis();
        pass(Duration.ofMinutes(11));
        long right = clock.millis();
        wallMs += TEN_YEARS_MS;
        assertEquals(right, clock.millis());
    }
}
