package archipel.linearizability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.linearizability.SimulatedClients.Settings;
import archipel.linearizability.Verdict.Linearizable;
import archipel.linearizability.Verdict.NotLinearizable;
import archipel.linearizability.Verdict.Undecided;
import archipel.testkit.Seeded;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Small histories against all permutations, and larger ones that are linearizable by the way in which they were
 * made.
 */
final class LinearizabilityFuzz {
    private static final int SMALL = 2_000;
    private static final int LARGER = 100;

    /**
     * A model that says what it has to and nothing of what makes searches short. Of documents that is what belongs to
     * which document, since a state is that of one; registers are taken for one thing.
     */
    private record Bare<S, C, R>(Model<S, C, R> model) implements Model<S, C, R> {
        @Override
        public Collection<String> keys(C call) {
            return model instanceof DocumentModel ? model.keys(call) : List.of();
        }

        @Override
        public S initial() {
            return model.initial();
        }

        @Override
        public @Nullable S next(S state, C call, R result) {
            return model.next(state, call, result);
        }

        @Override
        public @Nullable S nextUnknown(S state, C call) {
            return model.nextUnknown(state, call);
        }
    }

    @Test
    void check_smallHistoriesOfDocuments_agreesWithAllPermutations() {
        compare(() -> new DocumentStore(2), DocumentModel::of);
    }

    @Test
    void check_smallHistoriesOfOneDocument_agreesWithAllPermutations() {
        compare(() -> new DocumentStore(1), DocumentModel::of);
    }

    @Test
    void check_smallHistoriesOfOneRegister_agreesWithAllPermutations() {
        compare(() -> new RegisterStore(1, 1), _ -> new RegisterModel());
    }

    @Test
    void check_smallHistoriesOfBulkWrites_agreesWithAllPermutations() {
        compare(() -> new RegisterStore(4, 3), _ -> new RegisterModel());
    }

    @Test
    void check_smallHistoriesOfAQueue_agreesWithAllPermutations() {
        compare(QueueStore::new, _ -> new QueueModel());
    }

    private static <S, C, R> void compare(
            Supplier<SimulatedClients.Store<C, R>> stores, Function<History<C, R>, Model<S, C, R>> models) {
        AtomicInteger runs = new AtomicInteger();
        AtomicInteger wrong = new AtomicInteger();
        Seeded.check(SMALL, random -> {
            runs.incrementAndGet();
            History<C, R> history = SimulatedClients.run(stores.get(), small(random), random);
            assertTrue(BruteForce.isLinearizable(new Bare<>(models.apply(history)), history.operations()));
            compare(history, models.apply(history), true);
            History<C, R> mutated = history;
            for (int mutations = 1 + random.nextInt(2); mutations > 0 && mutated != null; mutations--) {
                mutated = SimulatedClients.mutated(mutated, random);
            }
            if (mutated != null) {
                Model<S, C, R> model = models.apply(mutated);
                boolean expected = BruteForce.isLinearizable(new Bare<>(model), mutated.operations());
                compare(mutated, model, expected);
                wrong.addAndGet(expected ? 0 : 1);
            }
        });
        // A fuzz that only ever sees good histories proves little; a run of a single seed may.
        if (runs.get() >= SMALL) {
            assertTrue(wrong.get() > runs.get() / 10, () -> wrong + " mutations broke a history");
        }
    }

    private static Settings small(SplittableRandom random) {
        return new Settings(
                1 + random.nextInt(5), 2 + random.nextInt(7), random.nextDouble() * 0.7, 1 + random.nextInt(10));
    }

    private static <S, C, R> void compare(History<C, R> history, Model<S, C, R> model, boolean expected) {
        Verdict verdict = LinearizabilityChecker.check(history, model);
        assertEquals(expected, verdict instanceof Linearizable, () -> verdict + "\n" + history);
        Verdict plainly = LinearizabilityChecker.check(history, new Bare<>(model));
        assertEquals(expected, plainly instanceof Linearizable, () -> plainly + "\n" + history);
        if (verdict instanceof NotLinearizable violations) {
            violations.violations().forEach(violation -> assertExplains(history, model, violation));
        } else {
            Parts.of(model, history.operations()).forEach(part -> assertHasOrder(model, part.operations()));
        }
    }

    /**
     * What an explanation claims: that some operations contradict each other, and would not if one answer were
     * lost.
     */
    private static <S, C, R> void assertExplains(History<C, R> history, Model<S, C, R> model, Violation violation) {
        assertTrue(violation.core().contains(violation.misplaced()), violation::toString);
        assertFalse(violation.states().isEmpty(), violation::toString);
        List<Operation<C, R>> relevant = history.operations().stream()
                .map(operation -> operation.result() == null || violation.core().contains(operation)
                        ? operation
                        : operation.withoutAnswer())
                .toList();
        assertFalse(BruteForce.isLinearizable(model, relevant), violation::toString);
        for (int i = 0; i < relevant.size(); i++) {
            if (relevant.get(i).result() != null) {
                List<Operation<C, R>> without = new ArrayList<>(relevant);
                without.set(i, relevant.get(i).withoutAnswer());
                assertTrue(BruteForce.isLinearizable(model, without), () -> "more than needed in " + violation);
            }
        }
    }

    /** The order that was found is one, for whoever does not trust the search. */
    private static <S, C, R> void assertHasOrder(Model<S, C, R> model, List<Operation<C, R>> part) {
        Problem<S, C, R> problem = Problem.of(model, part);
        Search<S, C, R> search = new Search<>(problem, new Budget(Bounds.USUAL.time()), Bounds.USUAL.configurations());
        assertEquals(Search.End.FOUND, search.run());
        S state = model.initial();
        long latestCallNs = Long.MIN_VALUE;
        int known = 0;
        for (Operation<C, R> operation : search.order()) {
            R result = operation.result();
            S next = result == null
                    ? model.nextUnknown(state, operation.call())
                    : model.next(state, operation.call(), result);
            assertNotNull(next, operation::toString);
            state = next;
            latestCallNs = Math.max(latestCallNs, operation.invokedNs());
            assertTrue(result == null || operation.endedNs() >= latestCallNs, "one that was over comes too late");
            known += result == null ? 0 : 1;
        }
        assertEquals(problem.known, known);
    }

    /** Too many for all permutations, and few enough for a search without what makes searches short. */
    @Test
    void check_mutatedHistoriesOfSomeSize_agreesWithThePlainSearch() {
        Seeded.check(SMALL / 10, random -> {
            Settings settings = new Settings(2 + random.nextInt(4), 15, random.nextDouble() * 0.4, 1);
            History<DocumentCall, DocumentResult> documents =
                    SimulatedClients.mutated(SimulatedClients.run(new DocumentStore(1), settings, random), random);
            History<RegisterCall, RegisterResult> registers = SimulatedClients.mutated(
                    SimulatedClients.run(new RegisterStore(1 + random.nextInt(4), 3), settings, random), random);
            if (documents != null && registers != null) {
                compareWithPlainSearch(documents, DocumentModel.of(documents));
                compareWithPlainSearch(registers, new RegisterModel());
            }
        });
    }

    private static <S, C, R> void compareWithPlainSearch(History<C, R> history, Model<S, C, R> model) {
        Bounds bounds = new Bounds(Duration.ofSeconds(2), 20_000);
        Verdict plainly = LinearizabilityChecker.check(history, new Bare<>(model), bounds);
        if (!(plainly instanceof Undecided)) {
            Verdict verdict = LinearizabilityChecker.check(history, model);
            assertEquals(plainly.getClass(), verdict.getClass(), () -> plainly + "\n" + verdict + "\n" + history);
        }
    }

    @Test
    void check_largerHistories_areLinearizable() {
        Seeded.check(LARGER, random -> {
            Settings settings = new Settings(1 + random.nextInt(20), 400, random.nextDouble() * 0.2, 1);
            History<DocumentCall, DocumentResult> documents =
                    SimulatedClients.run(new DocumentStore(1 + random.nextInt(8)), settings, random);
            assertLinearizable(LinearizabilityChecker.check(documents, DocumentModel.of(documents)));
            RegisterStore store = new RegisterStore(1 + random.nextInt(8), 1 + random.nextInt(3));
            History<RegisterCall, RegisterResult> registers = SimulatedClients.run(store, settings, random);
            assertLinearizable(LinearizabilityChecker.check(registers, new RegisterModel()));
        });
    }

    private static void assertLinearizable(Verdict verdict) {
        assertTrue(verdict instanceof Linearizable, verdict::toString);
    }
}
