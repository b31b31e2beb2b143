package archipel.lock;

import archipel.changes.Loop;
import archipel.changes.Loops;
import archipel.changes.SteadyClock;
import archipel.command.Command;
import archipel.command.GroupCommand.Duty;
import archipel.command.LockCommand;
import archipel.lock.Lock.Holder;
import archipel.lock.Lock.Waiter;
import archipel.log.Duties;
import archipel.storage.CatalogKeys;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Ends the time of holders who do not renew, and of waiters whom nobody takes out of their queue: a duty of whoever
 * leads the system group.
 *
 * <p>How it measures. No date is looked at, since dates differ and jump. The leader counts on its steady clock from
 * when it has itself seen a grant or a renewal applied, which is never before it was; a new leader counts from when it
 * began to lead, so that each holder gets a whole time again. So a lock can be held for longer than its time by what a
 * change of leaders takes, and never for less. The command that ends the time names the token and how often it was
 * renewed: a renewal that comes before it in the log wins, whatever the clock said.
 */
final class LockExpiry implements AutoCloseable {
    /** How late a time may be ended where locks change all the time. */
    private static final Duration PACE = Duration.ofMillis(50);
    /** What was proposed is proposed again after that where nothing has come of it. */
    private static final long AGAIN_MS = 1_000;
    /** A waiter is taken out by the node that its request came to, unless that node has died. */
    private static final long WAITER_GRACE_MS = 10_000;

    private final PublishedLocks locks;
    private final Duties duties;
    private final Consumer<Command<?>> log;
    private final SteadyClock steady;
    private final InstantSource clock;
    private final Loop loop;
    // The thread sleeps until something is due, and is to be woken by a change.
    private volatile boolean idle;
    // The rest is the thread's.
    private Map<Object, Span> spans = new HashMap<>();
    private long measuredTerm = -1;
    private long seenChanges = -1;
    private long nextMs;

    /**
     * @param log takes commands for the system group, and does not wait for what becomes of them
     * @param clock what commands say the time is
     */
    LockExpiry(
            PublishedLocks locks,
            Duties duties,
            Consumer<Command<?>> log,
            SteadyClock steady,
            InstantSource clock,
            Loops loops) {
        this.locks = locks;
        this.duties = duties;
        this.log = log;
        this.steady = steady;
        this.clock = clock;
        this.loop = loops.loop("locks", this::pass);
    }

    void start() {
        locks.onChange(() -> {
            if (idle) {
                loop.wake();
            }
        });
        duties.onChange(loop::wake);
        loop.start(Duration.ZERO);
    }

    /** Ends what is due. @return for how long there is nothing to do */
    Duration pass() {
        idle = true;
        OptionalLong term = duties.term(CatalogKeys.SYSTEM_GROUP);
        long changes = locks.changes();
        if (term.isEmpty() || locks.isEmpty()) {
            spans = new HashMap<>();
            measuredTerm = -1;
            return Loop.UNTIL_WOKEN;
        }
        if (term.getAsLong() != measuredTerm) {
            spans = new HashMap<>();
            measuredTerm = term.getAsLong();
            seenChanges = -1;
        }
        long nowMs = steady.millis();
        if (changes == seenChanges && nowMs < nextMs) {
            return Duration.ofMillis(nextMs - nowMs);
        }
        idle = false;
        seenChanges = changes;
        measure(nowMs, term.getAsLong());
        return PACE;
    }

    private void measure(long nowMs, long term) {
        Map<Object, Span> measured = new HashMap<>();
        nextMs = Long.MAX_VALUE;
        for (Lock lock : locks.each()) {
            Holder holder = lock.holder();
            look(
                    new Hold(holder.token(), holder.renewals()),
                    holder.ttlMs(),
                    nowMs,
                    measured,
                    () -> end(term, expiry(lock.name(), holder)));
            for (Waiter waiter : lock.queue()) {
                waiter.attempts()
                        .forEach(attempt -> look(
                                attempt.place(),
                                attempt.waitMs() + WAITER_GRACE_MS,
                                nowMs,
                                measured,
                                () -> end(term, withdrawal(lock.name(), attempt.place()))));
            }
        }
        spans = measured;
    }

    private LockCommand.Expire expiry(String name, Holder holder) {
        return new LockCommand.Expire(name, holder.token(), holder.renewals(), clock.millis());
    }

    private LockCommand.Withdraw withdrawal(String name, long place) {
        return new LockCommand.Withdraw(name, place, false, clock.millis());
    }

    private <A> void end(long term, Command<A> command) {
        log.accept(new Duty<>(term, command));
    }

    private void look(Object what, long lengthMs, long nowMs, Map<Object, Span> measured, Runnable end) {
        Span span = spans.getOrDefault(what, new Span(nowMs + lengthMs));
        if (nowMs >= span.dueMs) {
            end.run();
            span = new Span(nowMs + AGAIN_MS);
        }
        measured.put(what, span);
        nextMs = Math.min(nextMs, span.dueMs);
    }

    @Override
    public void close() {
        loop.close();
    }

    /** The time that a holder has from its grant or a renewal on. */
    private record Hold(long token, long renewals) {}

    /** @param dueMs when it is to be ended */
    private record Span(long dueMs) {}
}
