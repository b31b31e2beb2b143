package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Digests;
import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.DataCommand.Limit;
import archipel.command.DocumentEdit;
import archipel.command.Outcome;
import archipel.command.WriteResult;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.health.Problem;
import archipel.log.ForwardingMachine.ForwardingRound;
import archipel.log.LogPosition;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.Family;
import archipel.storage.UnreadableStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A command that one node cannot apply is no refusal, and takes nothing else down. */
class WriteFaultTest {
    @TempDir
    private Path directory;

    @Test
    void write_aFaultOfTheNode_failsAloneAndIsReported() {
        try (Node node = Node.open(
                directory,
                NodeOptions.DEFAULT,
                Environment.of(InstantSource.system())
                        .withMachines((group, machine) ->
                                Machines.with(machine, (round, batch) -> new FaultyRound(round))))) {
            Database database = node.create("db");
            Edits.put(database, "before", null, "{}");
            RequestException e =
                    assertThrows(RequestException.class, () -> database.setSecurity(Edits.bytes("{\"broken\":1}")));
            assertEquals(ErrorCode.WRITE_FAULT, e.code());
            Edits.put(database, "after", null, "{}");
            assertEquals(2, database.state().documents());
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> node.health().has(Problem.WRITE_FAULTS));
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> !node.health().has(Problem.WRITE_FAULTS));
            assertTrue(Checker.check(node).isEmpty());
        }
        assertEquals(List.of(), Checker.check(directory));
    }

    /** Of a command of which some rows were written already nothing may stay. */
    @Test
    void write_aFaultAfterSomeRows_leavesNothingOfTheCommand() {
        AtomicReference<UnreadableStore> store = new AtomicReference<>();
        DataDirectory.StoreOpener opener = (path, cache, buffer) -> {
            store.set(UnreadableStore.open(path, cache, buffer));
            return store.get();
        };
        Environment environment = Environment.of(InstantSource.system()).withStore(opener);
        try (Node node = Node.open(directory, NodeOptions.DEFAULT, environment)) {
            Database database = node.create("db");
            List<DocumentEdit> edits = new ArrayList<>();
            for (String id : List.of("a", "b", "c")) {
                Revision first = Edits.put(database, id, null, "{\"n\":1}");
                edits.add(Edits.update(id, first, false, "{\"n\":2}"));
            }
            DatabaseState before = database.state();
            // The superseded bodies are read as the rows are written, one document after the other.
            store.get().fail(Family.BODY, 2);
            RequestException e = assertThrows(RequestException.class, () -> database.write(edits, false));
            assertEquals(ErrorCode.STORAGE_CORRUPT, e.code());
            store.get().fail(null, 0);
            assertEquals(before, database.state());
            Edits.put(database, "d", null, "{}");
            assertTrue(Checker.check(node).isEmpty());
            assertTrue(database.write(edits, false).applied());
        }
        assertEquals(List.of(), Checker.check(directory));
    }

    /** What is an answer elsewhere says nothing about the command: a replicated log must not tell it to others. */
    @Test
    void write_anErrorOfRequestsWhileItIsApplied_isAFault() {
        AtomicReference<UnreadableStore> store = new AtomicReference<>();
        DataDirectory.StoreOpener opener = (path, cache, buffer) -> {
            store.set(UnreadableStore.open(path, cache, buffer));
            return store.get();
        };
        List<Object> came = new CopyOnWriteArrayList<>();
        Environment environment = Environment.of(InstantSource.system())
                .withStore(opener)
                .withMachines(
                        (group, machine) -> Machines.with(machine, (round, begun) -> new RecordingRound(round, came)));
        try (Node node = Node.open(directory, NodeOptions.DEFAULT, environment)) {
            Database database = node.create("db");
            Revision first = Edits.put(database, "a", null, "{\"n\":1}");
            List<DocumentEdit> edits = List.of(Edits.update("a", first, false, "{\"n\":2}"));
            for (ErrorCode thrown : List.of(ErrorCode.INVALID_REVISION, ErrorCode.STOPPING)) {
                came.clear();
                store.get().divert(Family.BODY, 0, () -> {
                    throw new RequestException(thrown);
                });
                RequestException e = assertThrows(RequestException.class, () -> database.write(edits, false));
                assertEquals(thrown == ErrorCode.STOPPING ? thrown : ErrorCode.WRITE_FAULT, e.code());
                assertInstanceOf(RequestException.class, came.getFirst());
            }
            store.get().fail(null, 0);
            came.clear();
            assertThrows(RequestException.class, () -> database.setRevisionsLimit(0));
            assertInstanceOf(Outcome.Refused.class, came.getFirst());
            assertTrue(database.write(edits, false).applied());
        }
        assertEquals(List.of(), Checker.check(directory));
    }

    /** What a command has left that ran out of memory is in its batch, too: the batch goes as a whole. */
    @Test
    void write_aCommandThatCannotBeTakenBack_takesItsBatchAlong() throws Exception {
        AtomicReference<UnreadableStore> store = new AtomicReference<>();
        AtomicReference<Batch> batch = new AtomicReference<>();
        CountDownLatch gathered = new CountDownLatch(1);
        DataDirectory.StoreOpener opener = (path, cache, buffer) -> {
            store.set(UnreadableStore.open(path, cache, buffer));
            return store.get();
        };
        Environment environment = Environment.of(InstantSource.system())
                .withStore(opener)
                .withMachines((group, machine) -> Machines.with(machine, (round, begun) -> {
                    batch.set(begun);
                    return new WaitingRound(round, gathered);
                }));
        try (Node node = Node.open(directory, NodeOptions.DEFAULT, environment)) {
            Database database = node.create("db");
            Revision first = Edits.put(database, "a", null, "{\"n\":1}");
            DatabaseState before = database.state();
            store.get().divert(Family.BODY, 0, () -> {
                // Without its mark nothing can be taken back.
                batch.get().keep();
                throw new OutOfMemoryError("a fault that was asked for");
            });
            List<CompletableFuture<?>> results = List.of(
                    node.submitLater(database.group(), new DataCommand.SetLimit(database.number(), Limit.REVISIONS, 7)),
                    submit(node, database, Edits.update("b", null, false, "{}")),
                    submit(node, database, Edits.update("a", first, false, "{\"n\":2}")));
            gathered.countDown();
            for (CompletableFuture<?> result : results) {
                Throwable cause =
                        assertThrows(CompletionException.class, result::join).getCause();
                assertEquals(
                        ErrorCode.WRITE_FAULT,
                        assertInstanceOf(RequestException.class, cause).code());
            }
            store.get().fail(null, 0);
            assertEquals(before, database.state());
            assertEquals(1000, database.revisionsLimit());
            assertFalse(node.health().has(Problem.STORAGE_HALTED));
            Edits.put(database, "a", first, "{\"n\":3}");
            assertEquals(1, database.state().documents());
            assertTrue(Checker.check(node).isEmpty());
        }
        assertEquals(List.of(), Checker.check(directory));
    }

    private static CompletableFuture<WriteResult> submit(Node node, Database database, DocumentEdit edit) {
        DataCommand.Edit digested =
                new DataCommand.Edit(edit, Digests.of(edit.body().json()));
        return node.submitLater(
                database.group(),
                new DataCommand.WriteDocuments(
                        database.number(), node.nowMs(), List.of(digested), false, List.of(), Database.ANY_RULES));
    }

    /** Stays at the first change of a limit, so that what comes meanwhile is one batch with it. */
    private static final class WaitingRound extends ForwardingRound {
        private final CountDownLatch gathered;

        WaitingRound(StateMachine.Round round, CountDownLatch gathered) {
            super(round);
            this.gathered = gathered;
        }

        @Override
        public <A extends @Nullable Object> Outcome<A> apply(LogPosition position, Command<A> command, boolean last) {
            if (command instanceof DataCommand.SetLimit) {
                try {
                    gathered.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return super.apply(position, command, last);
        }
    }

    private static final class RecordingRound extends ForwardingRound {
        private final List<Object> came;

        RecordingRound(StateMachine.Round round, List<Object> came) {
            super(round);
            this.came = came;
        }

        @Override
        public <A extends @Nullable Object> Outcome<A> apply(LogPosition position, Command<A> command, boolean last) {
            try {
                Outcome<A> outcome = super.apply(position, command, last);
                came.add(outcome);
                return outcome;
            } catch (RuntimeException e) {
                came.add(e);
                throw e;
            }
        }
    }

    private static final class FaultyRound extends ForwardingRound {
        FaultyRound(StateMachine.Round round) {
            super(round);
        }

        @Override
        public <A extends @Nullable Object> Outcome<A> apply(LogPosition position, Command<A> command, boolean last) {
            if (command instanceof DataCommand.SetSecurity) {
                throw new IllegalStateException("a fault that was asked for");
            }
            return super.apply(position, command, last);
        }
    }
}
