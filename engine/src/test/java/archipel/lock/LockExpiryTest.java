package archipel.lock;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Loop;
import archipel.changes.Loops;
import archipel.changes.Threads;
import archipel.command.Command;
import archipel.command.GroupCommand.Duty;
import archipel.command.LockCommand;
import archipel.health.Health;
import archipel.lock.Lock.Attempt;
import archipel.lock.Lock.Holder;
import archipel.lock.Lock.Waiter;
import archipel.log.Duties;
import archipel.storage.CatalogKeys;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LockExpiryTest {
    private final PublishedLocks locks = new PublishedLocks(_ -> {});
    private final Duties duties = new Duties();
    private final List<Command<?>> proposed = new ArrayList<>();
    private long steadyMs = 5_000_000;
    private Instant date = Instant.parse("2026-01-01T00:00:00Z");
    private final LockExpiry expiry = new LockExpiry(
            locks,
            duties,
            proposed::add,
            () -> steadyMs,
            () -> date,
            new Loops(Threads.PLATFORM, () -> date, new Health()));

    private void lead(long term) {
        duties.begin(CatalogKeys.SYSTEM_GROUP, term);
    }

    private void hold(long token, long renewals, Waiter... queue) {
        Holder holder = new Holder("a", "", "r", List.of(), false, token, 1_000, renewals, date.toEpochMilli());
        locks.change(Map.of("lock", new Lock("lock", holder, List.of(queue), 1)));
    }

    /** @return what was proposed by then */
    private List<Command<?>> after(long ms) {
        steadyMs += ms;
        proposed.clear();
        expiry.pass();
        return List.copyOf(proposed);
    }

    private Duty<?> withdrawal(long place) {
        return new Duty<>(3, new LockCommand.Withdraw("lock", place, false, date.toEpochMilli()));
    }

    private Duty<?> end(long term, long token, long renewals) {
        return new Duty<>(term, new LockCommand.Expire("lock", token, renewals, date.toEpochMilli()));
    }

    @Test
    void pass_holderDoesNotRenew_endsItsTimeOnceItIsOver() {
        lead(3);
        hold(7, 0);
        assertEquals(List.of(), after(0));
        assertEquals(List.of(), after(999));
        assertEquals(List.of(end(3, 7, 0)), after(1));
    }

    @Test
    void pass_dateJumps_changesNothing() {
        lead(3);
        hold(7, 0);
        after(0);
        date = date.plus(Duration.ofDays(400));
        assertEquals(List.of(), after(900));
        date = date.minus(Duration.ofDays(900));
        assertEquals(List.of(end(3, 7, 0)), after(100));
    }

    @Test
    void pass_holderRenews_hasAWholeTimeAgain() {
        lead(3);
        hold(7, 0);
        after(0);
        after(900);
        hold(7, 1);
        assertEquals(List.of(), after(100));
        assertEquals(List.of(), after(999));
        assertEquals(List.of(end(3, 7, 1)), after(1));
    }

    @Test
    void pass_beginsToLead_holderHasAWholeTimeAgain() {
        hold(7, 0);
        assertEquals(List.of(), after(5_000));
        lead(3);
        assertEquals(List.of(), after(0));
        assertEquals(List.of(), after(999));
        duties.end(CatalogKeys.SYSTEM_GROUP, 3);
        assertEquals(List.of(), after(10_000));
        lead(5);
        assertEquals(List.of(), after(0));
        assertEquals(List.of(end(5, 7, 0)), after(1_000));
    }

    @Test
    void pass_leadsInANewTermAtOnce_measuresAnew() {
        lead(3);
        hold(7, 0);
        after(0);
        lead(4);
        assertEquals(List.of(), after(1_000));
        assertEquals(List.of(end(4, 7, 0)), after(1_000));
    }

    @Test
    void pass_nothingComesOfIt_isProposedAgainAfterAWhile() {
        lead(3);
        hold(7, 0);
        after(0);
        assertEquals(1, after(1_000).size());
        assertEquals(List.of(), after(999));
        assertEquals(List.of(end(3, 7, 0)), after(1));
    }

    @Test
    void pass_nobodyTakesAWaiterOut_isTakenOutAfterItsWaitAndSomeTime() {
        lead(3);
        Waiter waiter = new Waiter("b", "", "r2", List.of(new Attempt(9, 2_000), new Attempt(12, 90_000)), 500);
        hold(7, 0, waiter);
        after(0);
        for (int i = 1; i <= 11; i++) {
            after(1_000);
            hold(7, i, waiter);
        }
        List<Command<?>> last = after(1_000);
        assertTrue(last.contains(withdrawal(9)), last::toString);
        assertFalse(last.contains(withdrawal(12)), last::toString);
    }

    @Test
    void pass_nothingToDo_restsUntilSomethingIs() {
        assertEquals(Loop.UNTIL_WOKEN, expiry.pass());
        lead(3);
        assertEquals(Loop.UNTIL_WOKEN, expiry.pass());
        hold(7, 0);
        expiry.pass();
        assertEquals(Duration.ofMillis(1_000), expiry.pass());
    }
}
