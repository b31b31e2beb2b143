package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.DocumentEdit;
import archipel.command.Outcome;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.health.Problem;
import archipel.log.LogPosition;
import archipel.log.StateMachine;
import archipel.storage.Family;
import archipel.storage.UnreadableStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
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
                        .withMachines((group, machine) -> Machines.with(machine, FaultyRound::new)))) {
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

    private static final class FaultyRound extends Machines.ForwardingRound {
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
