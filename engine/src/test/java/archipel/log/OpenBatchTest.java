package archipel.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import archipel.command.Command;
import archipel.command.Outcome;
import archipel.command.SystemCommand;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.storage.Batch;
import archipel.storage.FaultyStore;
import archipel.storage.StorageException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenBatchTest {
    private static final StorageException FULL = new StorageException(StorageException.Kind.FULL, "no space");

    private FaultyStore store;

    @BeforeEach
    void open(@TempDir Path directory) {
        store = FaultyStore.open(directory.resolve("store"), 1 << 20, 1 << 20);
    }

    @AfterEach
    void close() {
        store.close();
    }

    /** That a name is taken, say, by a command that was not stored after all. */
    @Test
    void apply_refusedAfterACommandOfTheBatch_failsWithTheBatch() {
        CompletableFuture<?> first = new CompletableFuture<>();
        CompletableFuture<?> second = new CompletableFuture<>();
        try (OpenBatch batch = new OpenBatch(store, 1 << 20, FaultPolicy.SKIP)) {
            apply(batch, command("taken", first));
            apply(batch, command(null, second));
            batch.entries().forEach(entry -> entry.fail(FULL));
        }
        assertSame(FULL, cause(first));
        assertSame(FULL, cause(second));
    }

    @Test
    void apply_refusedByWhatIsStored_keepsItsRefusal() {
        CompletableFuture<?> first = new CompletableFuture<>();
        CompletableFuture<?> second = new CompletableFuture<>();
        try (OpenBatch batch = new OpenBatch(store, 1 << 20, FaultPolicy.SKIP)) {
            apply(batch, command(null, first));
            apply(batch, command("taken", second));
            batch.entries().forEach(entry -> entry.fail(FULL));
        }
        assertEquals(
                ErrorCode.DATABASE_EXISTS,
                assertInstanceOf(RequestException.class, cause(first)).code());
        assertSame(FULL, cause(second));
    }

    private static void apply(OpenBatch batch, PendingCommand<?> command) {
        Lane lane = command.lane();
        batch.apply(lane.machine(), lane.next(), command);
    }

    private static Throwable cause(CompletableFuture<?> result) {
        return assertThrows(CompletionException.class, result::join).getCause();
    }

    /** @param value null for one that is refused */
    @SuppressWarnings({"unchecked", "rawtypes"})
    private static PendingCommand<?> command(@Nullable String value, CompletableFuture<?> result) {
        return new PendingCommand<>(
                new Lane(new Refusing(), 1),
                new SystemCommand.PutFact("k", value),
                (CompletableFuture) result,
                () -> {});
    }

    private static final class Refusing implements StateMachine {
        @Override
        public LogPosition stored() {
            return LogPosition.START;
        }

        @Override
        public LogPosition persisted() {
            return LogPosition.START;
        }

        @Override
        public Codec codec() {
            throw new AssertionError("nothing is written");
        }

        @Override
        public void persist() {}

        @Override
        public Saved save() {
            throw new AssertionError("nothing is saved");
        }

        @Override
        public @Nullable Publication load(Path directory) {
            return null;
        }

        @Override
        public Round begin(Batch batch) {
            return new Round() {
                @Override
                @SuppressWarnings("NullAway")
                public <A extends @Nullable Object> Outcome<A> apply(
                        LogPosition position, Command<A> command, boolean last) {
                    return ((SystemCommand.PutFact) command).value() == null
                            ? new Outcome.Refused<>(ErrorCode.DATABASE_EXISTS, List.of())
                            : new Outcome.Done<>(null);
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
    }
}
