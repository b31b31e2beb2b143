package archipel.leases;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import archipel.calls.Address;
import archipel.calls.SteadyClock;
import archipel.calls.Transport;
import archipel.calls.TransportOptions;
import archipel.failures.LockLostException;
import archipel.failures.LockedException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** At a table of locks of its own, or with {@code -Dlocks.url} at a node, as far as that can be told what to do. */
final class LocksTest {
    private static final @Nullable String NODE = System.getProperty("locks.url");

    private final AtomicLong ahead = new AtomicLong();
    private final List<Transport> transports = new ArrayList<>();
    private LockTableServer server;
    private Locks locks;

    @BeforeEach
    void start() throws IOException {
        server = new LockTableServer();
        locks = locks();
    }

    @AfterEach
    void stop() {
        transports.forEach(Transport::close);
        server.close();
    }

    private Locks locks() {
        TransportOptions options = new TransportOptions(
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofSeconds(5),
                Duration.ofSeconds(20),
                10_000,
                false,
                null);
        SteadyClock clock = () -> System.nanoTime() + ahead.get();
        Transport transport = new Transport(Address.parse(NODE == null ? server.url() : NODE), options, clock);
        transports.add(transport);
        return new Locks(transport);
    }

    private static LockOptions options(String owner, int ttlMs, int waitMs) {
        return LockOptions.of(owner).ttl(Duration.ofMillis(ttlMs)).waiting(Duration.ofMillis(waitMs));
    }

    @Test
    void acquire_freeLock_isHeldUntilReleased() {
        HeldLock lock = locks.acquire("port 1/2", options("ann", 10_000, 0));
        assertTrue(lock.isHeld());
        assertEquals("port%201%2F2=" + lock.token(), lock.fence());
        assertEquals("ann", locks.status("port 1/2").owner());
        LockedException e =
                assertThrows(LockedException.class, () -> locks.acquire("port 1/2", options("ben", 10_000, 50)));
        assertEquals("ann", e.holder());
        lock.close();
        assertFalse(lock.isHeld());
        assertThrows(LockLostException.class, lock::require);
        assertFalse(locks.status("port 1/2").isHeld());
        assertTrue(locks.acquire("port 1/2", options("ben", 10_000, 0)).token() > lock.token());
    }

    @Test
    void close_interruptedThread_releasesAndStaysInterrupted() {
        HeldLock lock = locks.acquire("pier", options("ann", 60_000, 0));
        Thread.currentThread().interrupt();
        lock.close();
        assertTrue(Thread.interrupted());
        assertFalse(locks.status("pier").isHeld());
    }

    @Test
    void acquire_answerLost_isTheSamePlaceInTheQueue() {
        assumeTrue(NODE == null);
        server.swallowAnswers(2);
        try (HeldLock lock = locks.acquire("pier", options("ann", 10_000, 0))) {
            assertEquals(lock.token(), locks.status("pier").token());
            assertEquals(List.of(), locks.status("pier").waiting());
        }
    }

    @Test
    void acquire_waitsForItsTurn_holdsForAWholeTtl() throws Exception {
        HeldLock first = locks.acquire("pier", options("ann", 1_000, 0));
        Thread release = Thread.ofVirtual().start(() -> {
            Awaitility.await().until(() -> !locks.status("pier").waiting().isEmpty());
            Awaitility.await().pollDelay(Duration.ofMillis(1_300)).until(() -> true);
            first.close();
        });
        try (HeldLock second = locks.acquire("pier", options("ben", 1_000, 20_000))) {
            assertTrue(second.isHeld());
        }
        release.join();
    }

    @Test
    void acquire_notRenewedAfterTheWait_isGivenBack() throws Exception {
        assumeTrue(NODE == null);
        HeldLock first = locks.acquire("pier", options("ann", 60_000, 0));
        Thread release = Thread.ofVirtual().start(() -> {
            Awaitility.await().pollDelay(Duration.ofMillis(500)).until(() -> true);
            first.close();
        });
        server.refuseRenewals(1);
        // A third of its time is over before it comes.
        assertThrows(LockLostException.class, () -> locks.acquire("pier", options("ben", 1_000, 20_000)));
        assertFalse(locks.status("pier").isHeld());
        release.join();
    }

    @Test
    void isHeld_longerThanTheTtl_isRenewed() {
        try (HeldLock lock = locks.acquire("pier", options("ann", 600, 0))) {
            Awaitility.await()
                    .pollDelay(Duration.ofMillis(2_000))
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> true);
            assertTrue(lock.isHeld());
            assertEquals(lock.token(), locks.status("pier").token());
        }
    }

    @Test
    void onLost_takenAway_isToldOnce() {
        assumeTrue(NODE == null);
        AtomicInteger told = new AtomicInteger();
        HeldLock lock = locks.acquire("pier", options("ann", 600, 0));
        lock.onLost(told::incrementAndGet);
        server.takeAway("pier");
        Awaitility.await().until(() -> told.get() > 0);
        assertFalse(lock.isHeld());
        lock.onLost(told::incrementAndGet);
        assertEquals(2, told.get());
        lock.close();
        assertEquals(2, told.get());
    }

    @Test
    void onLost_nobodyAnswers_isToldBeforeTheServerGivesItAway() {
        assumeTrue(NODE == null);
        HeldLock lock = locks.acquire("pier", options("ann", 2_000, 0));
        AtomicInteger told = new AtomicInteger();
        lock.onLost(told::incrementAndGet);
        server.close();
        long since = System.nanoTime();
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> told.get() > 0);
        assertTrue(System.nanoTime() - since < Duration.ofSeconds(2).toNanos());
        assertFalse(lock.isHeld());
    }

    @Test
    void isHeld_processWasSuspended_saysNoAtOnce() {
        try (HeldLock lock = locks.acquire("pier", options("ann", 60_000, 0))) {
            ahead.set(Duration.ofSeconds(54).toNanos());
            assertFalse(lock.isHeld());
            ahead.set(0);
            assertFalse(lock.isHeld(), "what was lost once stays so");
        }
    }

    @Test
    void follow_otherHolders_showsEach() {
        try (LockFeed feed = locks.follow("pier")) {
            assertFalse(feed.next().isHeld());
            try (HeldLock lock = locks.acquire("pier", options("ann", 10_000, 0))) {
                assertEquals(lock.token(), feed.next().token());
            }
            assertFalse(feed.next().isHeld());
        }
    }

    @Test
    void stand_severalCandidates_leadOneAfterAnother() {
        List<String> events = new CopyOnWriteArrayList<>();
        Election ann = locks.stand("captain", options("ann", 800, 1_000), candidate(events, "ann"));
        Awaitility.await().until(() -> ann.lead().isPresent());
        Election ben = locks().stand("captain", options("ben", 800, 1_000), candidate(events, "ben"));
        assertEquals("ann", ben.leader());
        ann.close();
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> ben.lead().isPresent());
        ben.close();
        assertEquals(List.of("ann leads", "ann is deposed", "ben leads", "ben is deposed"), events);
    }

    @Test
    void stand_withoutWaiting_asksNowAndThenOnly() {
        assumeTrue(NODE == null);
        HeldLock lock = locks.acquire("captain", options("ann", 10_000, 0));
        try (Election ben = locks().stand("captain", options("ben", 10_000, 0), candidate(new ArrayList<>(), "ben"))) {
            Awaitility.await().until(() -> server.acquisitions() > 1);
            Awaitility.await().pollDelay(Duration.ofMillis(1_500)).until(() -> true);
            assertTrue(server.acquisitions() < 10, () -> "asked " + server.acquisitions() + " times");
            lock.close();
            Awaitility.await().until(() -> ben.lead().isPresent());
        }
    }

    private static Candidate candidate(List<String> events, String name) {
        return new Candidate() {
            @Override
            public void elected(HeldLock lock) {
                events.add(name + " leads");
            }

            @Override
            public void deposed() {
                events.add(name + " is deposed");
            }
        };
    }
}
