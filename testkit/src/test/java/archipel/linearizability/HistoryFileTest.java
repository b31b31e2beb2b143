package archipel.linearizability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.linearizability.DocumentCall.Create;
import archipel.linearizability.DocumentCall.Delete;
import archipel.linearizability.DocumentCall.Read;
import archipel.linearizability.DocumentCall.Update;
import archipel.linearizability.Outcome.Failed;
import archipel.linearizability.Outcome.Returned;
import archipel.linearizability.Outcome.Unknown;
import archipel.linearizability.SimulatedClients.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HistoryFileTest {
    @TempDir
    private Path directory;

    private <C, R> void assertComesBack(History<C, R> history, Wording<C, R> wording) throws IOException {
        Path file = directory.resolve("history");
        HistoryFile.write(file, history, wording);
        assertEquals(history, HistoryFile.read(file, wording));
    }

    private Path file(String... lines) throws IOException {
        return Files.write(directory.resolve("history"), List.of(lines));
    }

    @Test
    void write_operations_isALineForEachEvent() throws IOException {
        Path file = directory.resolve("history");
        HistoryFile.write(
                file,
                Histories.ofDocuments(
                        "a 5 20 create d A -> stored 1-a", "b 7 9 read d -> absent", "c 8 30 read d -> ?"),
                new DocumentWording());
        assertEquals(
                List.of(
                        "archipel history 1",
                        "5 a calls 0 create d A",
                        "7 b calls 1 read d",
                        "8 c calls 2 read d",
                        "9 b returns 1 absent",
                        "20 a returns 0 stored 1-a",
                        "30 c unknown 2 timeout"),
                Files.readAllLines(file));
    }

    @Test
    void read_documents_areWhatWasWritten() throws IOException {
        assertComesBack(
                new History<>(List.of(
                        operation(1, new Create("d", ""), new Returned<>(new DocumentResult.Stored("1-a"))),
                        operation(2, new Update("d", "1-a", "two words\n= 50%"), new Unknown<>("503: no  quorum\r\n")),
                        operation(3, new Delete("d é\u2028", "%41"), new Failed<>("")),
                        operation(4, new Read("%empty"), new Returned<>(new DocumentResult.Found("1-a", "ü 🙂"))),
                        operation(5, new Read("d"), new Returned<>(new DocumentResult.Absent())),
                        operation(5, new Create("d", "x"), new Returned<>(new DocumentResult.Refused())))),
                new DocumentWording());
    }

    private static Operation<DocumentCall, DocumentResult> operation(
            long at, DocumentCall call, Outcome<DocumentResult> outcome) {
        return new Operation<>("client " + at, at, at * 2, call, outcome);
    }

    @Test
    void read_registers_areWhatWasWritten() throws IOException {
        assertComesBack(
                new History<>(List.of(
                        new Operation<>(
                                "a",
                                -5,
                                -4,
                                new RegisterCall.Write(Map.of("a=b", "1 2", "c", "")),
                                new Returned<>(new RegisterResult.Written())),
                        new Operation<>(
                                "b",
                                1,
                                2,
                                new RegisterCall.Read("c", "a=b", "d"),
                                new Returned<>(new RegisterResult.Values(Map.of("c", "", "a=b", "1 2")))),
                        new Operation<>(
                                "b",
                                1,
                                2,
                                new RegisterCall.Read("d"),
                                new Returned<>(new RegisterResult.Values(Map.of()))))),
                new RegisterWording());
    }

    @Test
    void read_manyOperations_areWhatWasWritten() throws IOException {
        assertComesBack(
                SimulatedClients.run(new DocumentStore(5), new Settings(9, 2_000, 0.2, 5), new SplittableRandom(1)),
                new DocumentWording());
        assertComesBack(
                SimulatedClients.run(new RegisterStore(5, 3), new Settings(9, 2_000, 0.2, 5), new SplittableRandom(1)),
                new RegisterWording());
    }

    @Test
    void read_fileThatWasCut_hasUnknownOperations() throws IOException {
        History<RegisterCall, RegisterResult> history = HistoryFile.read(
                file("archipel history 1", "1 a calls 0 write x=1", "2 b calls 7 read x", "3 b returns 7 values x=1"),
                new RegisterWording());
        assertEquals(
                "a: write x=1 -> unknown (no answer in the file)",
                history.operations().getFirst().toString());
        assertTrue(LinearizabilityChecker.check(history, new RegisterModel()) instanceof Verdict.Linearizable);
    }

    @Test
    void read_whatIsNoHistory_namesTheLine() throws IOException {
        assertRefused(":2", "archipel history 1", "1 a calls 0 wipe x");
        assertRefused(":2", "archipel history 1", "1 a returns 0 written");
        assertRefused(":3", "archipel history 1", "1 a calls 0 read x", "1 a calls 0 read x");
        assertRefused(":2", "archipel history 1", "one a calls 0 read x");
        assertRefused("begin", "1 a calls 0 read x");
    }

    private void assertRefused(String part, String... lines) throws IOException {
        Path file = file(lines);
        IOException refusal = assertThrows(IOException.class, () -> HistoryFile.read(file, new RegisterWording()));
        assertTrue(refusal.getMessage().contains(part), refusal::getMessage);
    }
}
