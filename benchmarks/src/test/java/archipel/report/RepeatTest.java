package archipel.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class RepeatTest {
    @Test
    void run_noTime_isDoneOnce() {
        Round round = Repeat.run(Duration.ZERO, () -> 7);
        assertEquals(1, round.latencies().getTotalCount());
        assertEquals(7, round.units());
    }

    @Test
    void together_someOperations_areAddedUp() {
        Round round = Repeat.together(Duration.ZERO, List.of(() -> 1, () -> 2, () -> 4));
        assertEquals(3, round.latencies().getTotalCount());
        assertEquals(7, round.units());
        assertTrue(round.elapsedNs() > 0);
    }

    @Test
    void together_oneFails_failsWithItsCause() {
        IllegalStateException failed = assertThrows(
                IllegalStateException.class,
                () -> Repeat.together(Duration.ZERO, List.of(() -> 1, () -> {
                    throw new IOException("disk full");
                })));
        assertEquals("disk full", failed.getCause().getMessage());
    }
}
