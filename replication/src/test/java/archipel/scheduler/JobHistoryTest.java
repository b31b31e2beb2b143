package archipel.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.scheduler.JobEvent.Kind;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobHistoryTest {
    private final JobHistory history = new JobHistory();

    private static Instant at(long second) {
        return Instant.ofEpochSecond(second);
    }

    @Test
    void events_inTheirOrder_areTheNewestFirst() {
        history.add(Kind.ADDED, at(1), null, 20);
        assertNull(history.lastReason());
        history.add(Kind.STARTED, at(2), null, 20);
        history.add(Kind.CRASHED, at(3), "why", 20);
        assertTrue(history.endsWith(Kind.CRASHED));
        history.add(Kind.STARTED, at(4), null, 20);
        assertEquals(
                List.of(
                        new JobEvent(Kind.STARTED, at(4), null),
                        new JobEvent(Kind.CRASHED, at(3), "why"),
                        new JobEvent(Kind.STARTED, at(2), null),
                        new JobEvent(Kind.ADDED, at(1), null)),
                history.events());
        assertEquals(at(4), history.newest());
        assertEquals("why", history.lastReason());
    }

    @Test
    void add_moreThanAreKept_dropsTheOldest() {
        for (int i = 0; i < 100; i++) {
            history.add(i % 2 == 0 ? Kind.STARTED : Kind.CRASHED, at(i), i % 2 == 0 ? null : "r" + i, 5);
        }
        List<JobEvent> events = history.events();
        assertEquals(5, events.size());
        assertEquals(new JobEvent(Kind.CRASHED, at(99), "r99"), events.getFirst());
        assertEquals(new JobEvent(Kind.CRASHED, at(95), "r95"), events.getLast());
        history.add(Kind.STOPPED, at(100), null, 2);
        assertEquals(2, history.events().size());
    }

    /** Whatever another server says, again and again. */
    @Test
    void add_longReasons_keepsLittleOfThem() {
        for (int i = 0; i < 20; i++) {
            history.add(Kind.CRASHED, at(i), i + "x".repeat(100_000), 20);
        }
        List<JobEvent> events = history.events();
        assertEquals(500, String.valueOf(events.getFirst().reason()).length());
        int all = events.stream()
                .mapToInt(event -> String.valueOf(event.reason()).length())
                .sum();
        assertTrue(all <= 500 + 19 * 60, () -> all + " characters");
        JobHistory same = new JobHistory();
        same.add(Kind.CRASHED, at(1), "the same", 20);
        same.add(Kind.CRASHED, at(2), new String("the same"), 20);
        assertSame(same.events().get(0).reason(), same.events().get(1).reason());
    }
}
