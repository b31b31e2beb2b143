package archipel.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class HealthTest {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Health health = new Health(() -> now);

    @Test
    void problems_nothingReported_areNone() {
        assertEquals(List.of(), health.problems());
        health.withdraw(Problem.DISK_FULL);
        assertEquals(0, health.count(Problem.DISK_FULL));
    }

    @Test
    void report_again_keepsWhenItBegan() {
        Instant began = now;
        health.report(Problem.DISK_FULL, "No space left.");
        now = now.plusSeconds(5);
        health.report(Problem.DISK_FULL, "No space left, 3 writes refused.");
        assertEquals(
                List.of(new Health.Report(Problem.DISK_FULL, "No space left, 3 writes refused.", began)),
                health.problems());
        assertEquals(1, health.count(Problem.DISK_FULL));
    }

    @Test
    void expect_isShownAndCountsOnceItIsReported() {
        health.expect(Problem.NO_LEADER, "waiting");
        assertEquals("waiting", health.problems().getFirst().detail());
        assertEquals(0, health.count(Problem.NO_LEADER));
        now = now.plusSeconds(30);
        health.report(Problem.NO_LEADER, "waiting");
        assertEquals(List.of(new Health.Report(Problem.NO_LEADER, "waiting", now)), health.problems());
        assertEquals(1, health.count(Problem.NO_LEADER));
        health.expect(Problem.NO_LEADER, "not expected any more");
        assertEquals("waiting", health.problems().getFirst().detail());
        health.withdraw(Problem.NO_LEADER);
        health.expect(Problem.NO_LEADER, "waiting");
        health.withdraw(Problem.NO_LEADER);
        assertEquals(List.of(), health.problems());
        assertEquals(1, health.count(Problem.NO_LEADER));
    }

    @Test
    void withdraw_oneOfTwo_leavesTheOther() {
        health.report(Problem.MEMORY_SHED, "a");
        health.report(Problem.DISK_FULL, "b");
        assertEquals(Problem.DISK_FULL, health.problems().getFirst().problem());
        health.withdraw(Problem.DISK_FULL);
        assertFalse(health.has(Problem.DISK_FULL));
        assertTrue(health.has(Problem.MEMORY_SHED));
    }
}
