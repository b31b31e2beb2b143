package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.Command;
import archipel.command.DataCommand;
import archipel.command.Outcome;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.health.Problem;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
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
                Environment.of(InstantSource.system()).withMachines((group, machine) -> faulty(machine)))) {
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

    private static StateMachine faulty(StateMachine machine) {
        return new StateMachine() {
            @Override
            public long stored() {
                return machine.stored();
            }

            @Override
            public Round begin(Batch batch) {
                return faulty(machine.begin(batch));
            }
        };
    }

    private static StateMachine.Round faulty(StateMachine.Round round) {
        return new StateMachine.Round() {
            @Override
            public <A extends @Nullable Object> Outcome<A> apply(long index, Command<A> command, boolean last) {
                if (command instanceof DataCommand.SetSecurity) {
                    throw new IllegalStateException("a fault that was asked for");
                }
                return round.apply(index, command, last);
            }

            @Override
            public void write() {
                round.write();
            }

            @Override
            public StateMachine.Publication commit() {
                return round.commit();
            }

            @Override
            public void rollback() {
                round.rollback();
            }
        };
    }
}
