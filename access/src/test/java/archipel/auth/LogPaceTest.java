package archipel.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class LogPaceTest {
    private final ManualClock clock = new ManualClock(Instant.EPOCH);
    private final LogPace pace = new LogPace(clock);

    @Test
    void next_sameAccount_isOneLineAMinuteWithACount() {
        assertEquals(OptionalLong.of(0), next("10.0.0.1", "ada"));
        for (int i = 0; i < 1_000; i++) {
            assertEquals(OptionalLong.empty(), next("10.0.0.1", "ada"));
        }
        assertEquals(OptionalLong.of(0), next("10.0.0.1", "bob"));
        assertEquals(OptionalLong.of(0), next("10.0.0.2", "ada"));
        clock.advanceMs(60_000);
        assertEquals(OptionalLong.of(1_000), next("10.0.0.1", "ada"));
        clock.advanceMs(60_000);
        assertEquals(OptionalLong.of(0), next("10.0.0.1", "ada"));
    }

    @Test
    void next_namesMadeUp_areFewLinesForEachNetworkAndForTheNode() {
        assertEquals(20, lines("10.0.0.1"));
        for (int i = 2; i <= 10; i++) {
            assertEquals(20, lines("10.0.0." + i));
        }
        assertEquals(0, lines("10.0.1.1"));
        clock.advanceMs(60_000);
        // 80 of the first network and, of the node as a whole, the 100 of the last.
        assertEquals(OptionalLong.of(180), next("10.0.0.1", "ada"));
    }

    private int lines(String network) {
        int lines = 0;
        for (int i = 0; i < 100; i++) {
            lines += next(network, "name" + i).isPresent() ? 1 : 0;
        }
        return lines;
    }

    private OptionalLong next(String network, String user) {
        return pace.next(new Lockout.Account(network, user, ""), "wrong");
    }
}
