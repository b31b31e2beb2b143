package archipel.linearizability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.linearizability.Verdict.Linearizable;
import archipel.linearizability.Verdict.NotLinearizable;
import archipel.linearizability.Verdict.Undecided;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LinearizabilityCheckerTest {
    private static Verdict checkQueue(String... lines) {
        return LinearizabilityChecker.check(Histories.ofQueue(lines), new QueueModel());
    }

    private static Violation violation(Verdict verdict) {
        return assertInstanceOf(NotLinearizable.class, verdict).violations().getFirst();
    }

    @Test
    void check_nothing_isLinearizable() {
        assertEquals(
                new Linearizable(0, 0), LinearizabilityChecker.check(Histories.ofRegisters(), new RegisterModel()));
        assertInstanceOf(Linearizable.class, checkQueue("a 0 1 enq x -> !"));
    }

    /** The queue that Herlihy and Wing begin with: two enqueue at once, and dequeue in either order. */
    @Test
    void check_queueOfTwoAtOnce_mayHaveEitherOrder() {
        assertInstanceOf(
                Linearizable.class,
                checkQueue("a 0 10 enq x -> ok", "b 5 15 enq y -> ok", "b 20 30 deq -> y", "a 40 50 deq -> x"));
    }

    @Test
    void check_queueThatOvertakes_isNot() {
        assertInstanceOf(
                NotLinearizable.class, checkQueue("a 0 10 enq x -> ok", "b 20 30 enq y -> ok", "a 40 50 deq -> y"));
    }

    @Test
    void check_queueWithAPendingEnqueue_mayShowIt() {
        assertInstanceOf(Linearizable.class, checkQueue("a 0 10 enq x -> ?", "b 20 30 deq -> x"));
        assertInstanceOf(Linearizable.class, checkQueue("a 0 10 enq x -> ?", "b 20 30 deq -> empty"));
    }

    @Test
    void check_queueThatGivesOutTwice_isNot() {
        assertInstanceOf(
                NotLinearizable.class, checkQueue("a 0 10 enq y -> ok", "a 20 30 deq -> y", "c 20 30 deq -> y"));
    }

    @Test
    void check_valueWrittenTwice_isRefused() {
        History<RegisterCall, RegisterResult> history =
                Histories.ofRegisters("a 0 1 write x=1 -> written", "b 2 3 write x=1 -> ?");
        IllegalArgumentException refusal = assertThrows(
                IllegalArgumentException.class, () -> LinearizabilityChecker.check(history, new RegisterModel()));
        assertTrue(refusal.getMessage().contains("write x=1"), refusal::getMessage);
    }

    /**
     * A queue without hints, all of it at once, and wrong at the end only: nothing but a long search could prove
     * that.
     */
    @Test
    void check_withoutEnoughMemoryOrTime_isUndecided() {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            lines.add("c" + i + " 0 100 enq " + i + " -> ok");
        }
        lines.add("d 200 300 deq -> never");
        History<String, String> history = Histories.ofQueue(lines.toArray(String[]::new));
        Verdict fewConfigurations =
                LinearizabilityChecker.check(history, new QueueModel(), new Bounds(Duration.ofMinutes(1), 1_000));
        assertEquals(new Undecided(List.of("all operations")), fewConfigurations);
        Verdict littleTime = LinearizabilityChecker.check(
                history, new QueueModel(), new Bounds(Duration.ofMillis(20), Integer.MAX_VALUE));
        assertInstanceOf(Undecided.class, littleTime);
    }

    @Test
    void explanation_ofAStaleRead_isTheReadsThatContradictEachOther() {
        Violation violation = violation(LinearizabilityChecker.check(
                Histories.ofRegisters(
                        "a 0 1000000 write x=1 -> written",
                        "b 1100000 1200000 read x -> values x=1",
                        "a 2000000 3000000 write x=2 -> written",
                        "b 3100000 3200000 read x -> values x=2",
                        "c 4000000 5000000 read x -> values x=1",
                        "c 6000000 7000000 write x=3 -> written",
                        "d 6000000 7000000 write y=1 -> written"),
                new RegisterModel()));
        assertEquals("""
                key x: 6 operations have no order
                cannot be placed: c: read x -> values x=1
                  from 4.000 ms to 5.000 ms after the first call on this part
                possible at its end, without it: x=2
                all before it have an order, for instance this:
                  a: write x=1 -> written
                  b: read x -> values x=1
                  a: write x=2 -> written
                  b: read x -> values x=2
                these contradict each other, whatever the others did:
                  a     0.000 ms |~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ write x=1 -> unknown (does not matter here)
                  b     1.100 ms     |---|                          read x -> values x=1
                  a     2.000 ms             |~~~~~~~~~~~~~~~~~~~~~ write x=2 -> unknown (does not matter here)
                  b     3.100 ms                 |---|              read x -> values x=2
                  c     4.000 ms                         |---|      read x -> values x=1   <- cannot be placed
                """, violation.text());
    }

    @Test
    void explanation_ofALostUpdate_isTheTwoUpdates() {
        History<DocumentCall, DocumentResult> history = Histories.ofDocuments(
                "w 0 10 create d A -> stored 1-a",
                "r 11 12 read d -> found 1-a A",
                "a 20 90 update d 1-a B -> stored 2-b",
                "b 20 95 update d 1-a C -> stored 2-c",
                "c 20 95 read e -> absent");
        Violation violation = violation(LinearizabilityChecker.check(history, DocumentModel.of(history)));
        assertEquals("key d", violation.part());
        assertEquals("b: update d 1-a C -> stored 2-c", violation.misplaced().toString());
        assertEquals(List.of("B at 2-b"), violation.states());
        assertEquals(
                List.of("w: create d A", "a: update d 1-a B", "b: update d 1-a C"),
                violation.core().stream()
                        .map(one -> one.client() + ": " + one.call())
                        .toList());
    }

    @Test
    void explanation_ofADirtyBulkRead_isTheTwoReads() {
        Violation violation = violation(LinearizabilityChecker.check(
                Histories.ofRegisters(
                        "a 0 100 write x=1 y=1 -> written",
                        "b 10 20 read x -> values x=1",
                        "b 30 40 read y -> nothing",
                        "b 50 60 read x -> values x=1"),
                new RegisterModel()));
        assertEquals("keys x, y", violation.part());
        assertEquals("b: read y -> nothing", violation.misplaced().toString());
        assertEquals(3, violation.core().size(), violation::text);
    }
}
