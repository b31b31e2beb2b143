package archipel.linearizability;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.linearizability.DocumentResult.Found;
import archipel.linearizability.Outcome.Returned;
import archipel.linearizability.RegisterResult.Values;
import archipel.linearizability.SimulatedClients.Settings;
import archipel.linearizability.Verdict.Linearizable;
import archipel.linearizability.Verdict.NotLinearizable;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Histories of the size that an hour of real clients makes. */
@Timeout(120)
final class LargeHistoryTest {
    private static final double LOST = 0.03;

    private static <C, R> History<C, R> run(SimulatedClients.Store<C, R> store, int clients, int operations) {
        return SimulatedClients.run(store, new Settings(clients, operations, LOST, 1), new SplittableRandom(1));
    }

    /** A late read gets what an early one got of the same. */
    private static <C, R> History<C, R> withStaleRead(History<C, R> history, BiPredicate<C, R> isSight) {
        List<Operation<C, R>> operations = new ArrayList<>(history.operations());
        List<Operation<C, R>> sights = operations.stream()
                .filter(operation ->
                        operation.outcome() instanceof Returned<R>(R result) && isSight.test(operation.call(), result))
                .toList();
        Operation<C, R> late = sights.get(sights.size() * 3 / 4);
        Operation<C, R> early = sights.stream()
                .filter(operation -> operation.call().equals(late.call()))
                .findFirst()
                .orElseThrow();
        operations.set(
                operations.indexOf(late),
                new Operation<>(late.client(), late.invokedNs(), late.endedNs(), late.call(), early.outcome()));
        return new History<>(operations);
    }

    private static void assertLinearizable(Verdict verdict) {
        assertInstanceOf(Linearizable.class, verdict, verdict::toString);
    }

    private static void assertViolated(Verdict verdict) {
        NotLinearizable violated = assertInstanceOf(NotLinearizable.class, verdict, verdict::toString);
        Violation first = violated.violations().getFirst();
        assertTrue(first.core().size() < 20, first::toString);
    }

    @Test
    void check_hundredsOfDocuments_isLinearizable() {
        History<DocumentCall, DocumentResult> history = run(new DocumentStore(300), 64, 120_000);
        assertLinearizable(LinearizabilityChecker.check(history, DocumentModel.of(history)));
    }

    @Test
    void check_hundredsOfDocumentsAndAStaleRead_isNot() {
        History<DocumentCall, DocumentResult> history =
                withStaleRead(run(new DocumentStore(300), 64, 50_000), (_, result) -> result instanceof Found);
        assertViolated(LinearizabilityChecker.check(history, DocumentModel.of(history)));
    }

    @Test
    void check_oneDocument_isLinearizable() {
        History<DocumentCall, DocumentResult> history = run(new DocumentStore(1), 64, 20_000);
        assertLinearizable(LinearizabilityChecker.check(history, DocumentModel.of(history)));
    }

    @Test
    void check_hundredsOfRegisters_isLinearizable() {
        History<RegisterCall, RegisterResult> history = run(new RegisterStore(300, 1), 64, 120_000);
        assertLinearizable(LinearizabilityChecker.check(history, new RegisterModel()));
    }

    @Test
    void check_oneRegister_isLinearizable() {
        History<RegisterCall, RegisterResult> history = run(new RegisterStore(1, 1), 64, 30_000);
        assertLinearizable(LinearizabilityChecker.check(history, new RegisterModel()));
    }

    @Test
    void check_oneRegisterAndAStaleRead_isNot() {
        History<RegisterCall, RegisterResult> history = withStaleRead(
                run(new RegisterStore(1, 1), 64, 10_000),
                (_, result) -> result instanceof Values && !result.equals(new Values(new TreeMap<>())));
        assertViolated(LinearizabilityChecker.check(history, new RegisterModel()));
    }

    @Test
    void check_bulkWritesThatJoinAllKeys_isLinearizable() {
        History<RegisterCall, RegisterResult> history = run(new RegisterStore(300, 3), 32, 100_000);
        assertLinearizable(LinearizabilityChecker.check(history, new RegisterModel()));
    }

    @Test
    void check_bulkWritesThatJoinAllKeysAndAStaleRead_isNot() {
        History<RegisterCall, RegisterResult> history = withStaleRead(
                run(new RegisterStore(300, 3), 32, 10_000),
                (_, result) -> result instanceof Values(var found) && found.size() == 1);
        assertViolated(LinearizabilityChecker.check(history, new RegisterModel()));
    }
}
