package archipel.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.memory.MemoryLimitException.Kind;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class MemoryBudgetTest {
    private static final long MIB = 1 << 20;

    private final MemoryBudget budget = budget(16 * MIB, 0);

    private static MemoryBudget budget(long bytes, int waitMs) {
        return new MemoryBudget(new MemoryBudget.Limits() {
            @Override
            public long totalBytes() {
                return bytes;
            }

            @Override
            public int waitMs() {
                return waitMs;
            }
        });
    }

    private static Kind refusal(Executable work) {
        return assertThrows(MemoryLimitException.class, work).kind();
    }

    @Test
    void hold_moreThanOneRequestCanHave_isRefusedForGood() {
        try (Reservation request = budget.admit(false)) {
            assertEquals(Kind.REQUEST_TOO_LARGE, refusal(() -> request.hold(13 * MIB)));
            assertEquals(Kind.CONTENT_TOO_LARGE, refusal(() -> request.pass(13 * MIB)));
            request.hold(11 * MIB);
        }
        assertEquals(0, budget.usedBytes());
        assertTrue(budget.peakBytes() >= 11 * MIB);
    }

    @Test
    void admit_whileFull_letsFewWait() throws Exception {
        MemoryBudget small = budget(16 * MIB, 600_000);
        try (Reservation large = small.admit(true)) {
            large.hold(16 * MIB - (64 << 10));
            assertNull(small.tryAdmit());
            assertTrue(small.isScarce());
            CountDownLatch admitted = new CountDownLatch(128);
            CountDownLatch refused = new CountDownLatch(72);
            for (int i = 0; i < 200; i++) {
                Thread.ofVirtual().start(() -> {
                    try {
                        small.admit(false).close();
                        admitted.countDown();
                    } catch (MemoryLimitException e) {
                        refused.countDown();
                    }
                });
            }
            // More than may wait are refused, whatever the time.
            assertTrue(refused.await(30, TimeUnit.SECONDS));
            assertEquals(128, admitted.getCount());
            assertEquals(72, small.shed());
            large.release(16 * MIB);
            assertTrue(admitted.await(30, TimeUnit.SECONDS));
        }
        assertEquals(0, small.usedBytes());
    }

    @Test
    void hold_memoryThatOthersHave_isRefusedForNow() {
        try (Reservation first = budget.admit(false);
                Reservation second = budget.admit(false)) {
            first.hold(8 * MIB);
            assertEquals(Kind.BUSY, refusal(() -> second.hold(5 * MIB)));
            assertEquals(1, budget.refusals());
            first.release(7 * MIB);
            second.hold(5 * MIB);
        }
        assertEquals(0, budget.usedBytes());
    }

    @Test
    void admit_largeRequestsHaveAllTheyCan_smallOnesAndAdminsGetIn() {
        try (Reservation large = budget.admit(false);
                Reservation small = budget.admit(false)) {
            large.hold(11 * MIB + 900 * 1024);
            assertThrows(MemoryLimitException.class, () -> large.hold(MIB));
            small.hold(MIB / 2);
            try (Reservation admin = budget.admit(true)) {
                admin.hold(3 * MIB);
                assertThrows(MemoryLimitException.class, () -> budget.admit(false));
                budget.admit(true).close();
            }
        }
    }

    @Test
    void pass_documentsOneAfterAnother_takesWhatTheLargestNeeds() {
        try (Reservation request = budget.admit(false)) {
            for (int i = 0; i < 100; i++) {
                request.pass(2 * MIB);
            }
            assertTrue(budget.usedBytes() < 3 * MIB);
            request.rest();
            assertTrue(budget.usedBytes() < MIB);
            request.pass(2 * MIB);
            assertTrue(budget.usedBytes() >= 2 * MIB);
        }
    }

    @Test
    void hold_memoryComesFreeInTime_waits() throws Exception {
        MemoryBudget patient = budget(16 * MIB, 60_000);
        try (Reservation first = patient.admit(false)) {
            first.hold(10 * MIB);
            CountDownLatch started = new CountDownLatch(1);
            CompletableFuture<Void> second = new CompletableFuture<>();
            Thread requesting = Thread.startVirtualThread(() -> {
                try (Reservation request = patient.admit(false)) {
                    started.countDown();
                    request.hold(10 * MIB);
                    second.complete(null);
                } catch (RuntimeException e) {
                    second.completeExceptionally(e);
                }
            });
            started.await();
            first.release(10 * MIB);
            second.join();
            requesting.join();
        }
        assertEquals(0, patient.usedBytes());
        assertEquals(0, patient.refusals());
    }

    @Test
    void give_littleWhileALargeOneWaits_servesTheSmallOneBehindIt() throws Exception {
        MemoryBudget patient = budget(16 * MIB, 60_000);
        try (Reservation first = patient.admit(true)) {
            first.hold(15 * MIB);
            CompletableFuture<Void> large = waiting(patient, 8 * MIB);
            CompletableFuture<Void> small = waiting(patient, MIB / 2);
            first.release(MIB);
            small.get(30, TimeUnit.SECONDS);
            assertFalse(large.isDone());
            first.release(14 * MIB);
            large.get(30, TimeUnit.SECONDS);
        }
        assertEquals(0, patient.usedBytes());
    }

    @Test
    void hold_manyAtOnce_nobodyWaitsForWhatHasBeenGivenBack() throws Exception {
        MemoryBudget patient = budget(16 * MIB, 60_000);
        int threads = 48;
        CountDownLatch done = new CountDownLatch(threads);
        for (int i = 0; i < threads; i++) {
            int thread = i;
            Thread.ofVirtual().start(() -> {
                for (int round = 0; round < 200; round++) {
                    try (Reservation request = patient.admit(thread % 5 == 0)) {
                        request.hold((thread * 7 + round * 13) % 11 * (MIB / 2) + 1);
                        Thread.yield();
                    }
                }
                done.countDown();
            });
        }
        // Less than a request waits: one that was passed over would be served by nobody.
        assertTrue(done.await(50, TimeUnit.SECONDS));
        assertEquals(0, patient.usedBytes());
        assertEquals(0, patient.refusals());
    }

    /** A request that takes so much, and has begun to wait for it. */
    private static CompletableFuture<Void> waiting(MemoryBudget budget, long bytes) throws InterruptedException {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().daemon().start(() -> {
            try (Reservation request = budget.admit(true)) {
                request.hold(bytes);
                done.complete(null);
            } catch (RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        while (thread.getState() != Thread.State.TIMED_WAITING && !done.isDone()) {
            thread.join(Duration.ofMillis(1));
        }
        return done;
    }

    @Test
    void current_withoutRequest_allowsEverything() {
        Allowance.current().hold(Long.MAX_VALUE);
        try (Reservation request = budget.admit(false)) {
            ScopedValue.where(Allowance.CURRENT, request)
                    .run(() -> assertThrows(
                            MemoryLimitException.class,
                            () -> Allowance.current().hold(100 * MIB)));
        }
    }
}
