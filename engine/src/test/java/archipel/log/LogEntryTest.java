package archipel.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.Command;
import archipel.command.Outcome;
import archipel.command.SystemCommand;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.storage.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LogEntryTest {
    private static final LogPosition FIRST = new LogPosition(1, 1);

    private final List<Object> told = new ArrayList<>();
    private final LogEntry<Void> entry = new LogEntry<>(new SystemCommand.PutFact("k", null)) {
        @Override
        protected void done(LogPosition at, Outcome<Void> came) {
            told.add(came);
        }

        @Override
        protected void failed(RuntimeException e) {
            told.add(e);
        }
    };

    private static StateMachine.Round round(Supplier<Outcome<?>> applied) {
        return new StateMachine.Round() {
            @Override
            @SuppressWarnings("unchecked")
            public <A extends @Nullable Object> Outcome<A> apply(
                    LogPosition position, Command<A> command, boolean last) {
                return (Outcome<A>) applied.get();
            }

            @Override
            public void write() {}

            @Override
            public StateMachine.Publication commit() {
                return () -> {};
            }

            @Override
            public void rollback() {}
        };
    }

    /** What refused it may have been a command before it, of which nothing is stored. */
    @Test
    void fail_refusedInABatchThatCameToNothing_isToldTheFailure() {
        Outcome<?> refused = new Outcome.Refused<>(ErrorCode.DATABASE_EXISTS, List.of());
        assertFalse(entry.apply(round(() -> refused), FIRST, false, FaultPolicy.SKIP));
        assertTrue(entry.leftNothing());
        StorageException full = new StorageException(StorageException.Kind.FULL, "full");
        entry.fail(full);
        entry.end();
        assertEquals(List.of(full), told);
    }

    @Test
    void end_refused_isToldTheRefusalOnce() {
        Outcome<?> refused = new Outcome.Refused<>(ErrorCode.DATABASE_EXISTS, List.of());
        entry.apply(round(() -> refused), FIRST, false, FaultPolicy.HALT);
        entry.end();
        entry.fail(new IllegalStateException());
        assertEquals(List.of(refused), told);
    }

    @Test
    void apply_aFaultWhereNobodyElseHasTheCommand_failsItAlone() {
        StateMachine.Round faulty = round(() -> {
            throw new IllegalStateException("a bug");
        });
        assertFalse(entry.apply(faulty, FIRST, false, FaultPolicy.SKIP));
        assertTrue(entry.isFaulty());
        entry.end();
        assertEquals(ErrorCode.WRITE_FAULT, ((RequestException) told.getFirst()).code());
    }

    @Test
    void apply_aFaultWhereOthersHaveTheCommand_isThrownAndItCanComeAgain() {
        RuntimeException fault = new IllegalStateException("a bug");
        StateMachine.Round faulty = round(() -> {
            throw fault;
        });
        assertSame(
                fault,
                assertThrows(IllegalStateException.class, () -> entry.apply(faulty, FIRST, false, FaultPolicy.HALT)));
        assertEquals(List.of(), told);
        Outcome<?> done = new Outcome.Done<>(null);
        assertTrue(entry.apply(round(() -> done), FIRST, false, FaultPolicy.HALT));
        entry.end();
        assertEquals(List.of(done), told);
    }
}
