package archipel.changes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.health.Health;
import archipel.health.Problem;
import archipel.storage.StorageException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LoopTest {
    private static final Logger LOG = Logger.getLogger(Loop.class.getName());

    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final Health health = new Health();
    private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final Loops loops = new Loops(this::unstarted, () -> now, health);
    // What each round is to throw; one that finds nothing here succeeds.
    private final ConcurrentLinkedQueue<Throwable> faults = new ConcurrentLinkedQueue<>();
    private final BlockingQueue<Integer> rounds = new LinkedBlockingQueue<>();
    private final Lines lines = new Lines();
    private @Nullable Loop running;

    @BeforeEach
    void listen() {
        LOG.addHandler(lines);
    }

    @AfterEach
    void close() {
        LOG.removeHandler(lines);
        if (running != null) {
            running.close();
        }
        assertTrue(threads.stream().noneMatch(Thread::isAlive), "a thread is left");
    }

    private Thread unstarted(String name, Runnable work) {
        Thread thread = Threads.PLATFORM.unstarted(name, work);
        threads.add(thread);
        return thread;
    }

    private Loop start(String name, Loop.Round round) {
        Loop loop = loops.loop(name, round);
        running = loop;
        loop.start(Duration.ZERO);
        return loop;
    }

    private Duration round() {
        // First, or what is added for the next round once this one is seen would be thrown by this one.
        Throwable fault = faults.poll();
        rounds.add(1);
        switch (fault) {
            case null -> {}
            case Error error -> throw error;
            case RuntimeException exception -> throw exception;
            default -> throw new AssertionError(fault);
        }
        return Loop.UNTIL_WOKEN;
    }

    private void awaitRound() throws InterruptedException {
        assertEquals(1, rounds.poll(30, TimeUnit.SECONDS), "no round came");
    }

    /** Also where a later round has succeeded meanwhile. */
    private void awaitReports(int reports) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> health.count(Problem.BACKGROUND_FAULTS) == reports);
    }

    private void awaitReported(boolean reported) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> health.has(Problem.BACKGROUND_FAULTS) == reported);
    }

    @Test
    void round_throwsAnything_isReportedUntilOneSucceeds() throws InterruptedException {
        Loop loop = start("tester", this::round);
        awaitRound();
        int reports = 0;
        for (Throwable fault : List.of(
                new OutOfMemoryError("asked for"),
                new NoClassDefFoundError("asked for"),
                new IllegalStateException("asked for"))) {
            faults.add(fault);
            loop.wake();
            awaitRound();
            awaitReports(++reports);
            // Without being woken: nobody knows that a round is due.
            awaitRound();
            awaitReported(false);
        }
    }

    @Test
    void attempt_throws_doesNotKeepTheRestFromBeingDone() throws InterruptedException {
        Loop[] loop = new Loop[1];
        loop[0] = loops.loop("tester", () -> {
            loop[0].attempt("the first part", () -> {
                Throwable fault = faults.poll();
                if (fault instanceof Error error) {
                    throw error;
                }
            });
            rounds.add(1);
            return Loop.UNTIL_WOKEN;
        });
        running = loop[0];
        faults.add(new StackOverflowError("asked for"));
        loop[0].start(Duration.ZERO);
        awaitRound();
        awaitReported(true);
        loop[0].wake();
        awaitRound();
        awaitReported(false);
    }

    @Test
    void round_refusedForAWhile_isNotReported() throws InterruptedException {
        faults.addAll(List.of(
                new StorageException(StorageException.Kind.FULL, "asked for"),
                new RequestException(ErrorCode.WRITES_BUSY),
                new RequestException(ErrorCode.NO_DATABASE)));
        Loop loop = start("tester", this::round);
        for (int i = 0; i < 4; i++) {
            awaitRound();
            loop.wake();
        }
        assertEquals(0, health.count(Problem.BACKGROUND_FAULTS));
        assertEquals(0, lines.warnings());
        faults.add(new StorageException(StorageException.Kind.CORRUPT, "asked for"));
        loop.wake();
        awaitReports(1);
    }

    @Test
    void round_failsAgainAndAgain_isLoggedOnceAMinute() throws InterruptedException {
        for (int i = 0; i < 5; i++) {
            faults.add(new IllegalStateException("asked for"));
        }
        Loop loop = start("tester", this::round);
        for (int i = 0; i < 5; i++) {
            awaitRound();
            loop.wake();
        }
        awaitReported(false);
        assertEquals(1, lines.warnings());
        now = now.plusSeconds(60);
        faults.add(new IllegalStateException("asked for"));
        loop.wake();
        awaitReports(2);
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> lines.warnings() == 2);
    }

    @Test
    void twoLoops_oneRecovers_theOtherIsStillReported() {
        loops.faulty("a");
        loops.faulty("b");
        assertTrue(health.problems().getFirst().detail().contains("(a, b)"));
        loops.sound("a");
        assertTrue(health.problems().getFirst().detail().contains("(b)"));
        loops.sound("b");
        assertFalse(health.has(Problem.BACKGROUND_FAULTS));
    }

    @Test
    void close_whileItRests_endsAtOnce() throws InterruptedException {
        Loop loop = start("tester", this::round);
        awaitRound();
        loop.close();
        assertFalse(threads.getFirst().isAlive());
        loop.attempt("anything", () -> rounds.add(1));
        assertTrue(rounds.isEmpty());
    }

    @Test
    void interrupt_endsIt() throws InterruptedException {
        start("tester", this::round);
        awaitRound();
        threads.getFirst().interrupt();
        threads.getFirst().join(30_000);
        assertFalse(threads.getFirst().isAlive());
    }

    @Test
    void start_later_restsFirst() throws InterruptedException {
        Loop loop = loops.loop("tester", this::round);
        running = loop;
        loop.start(Duration.ofHours(1));
        assertEquals(null, rounds.poll(100, TimeUnit.MILLISECONDS));
        loop.wake();
        awaitRound();
    }

    @Test
    void task_throwsError_isLogged() throws InterruptedException {
        Logger log = Logger.getLogger(Loops.class.getName());
        log.addHandler(lines);
        try {
            Thread task = loops.task("tester", () -> {
                throw new OutOfMemoryError("asked for");
            });
            task.start();
            task.join();
            assertEquals(1, lines.warnings());
        } finally {
            log.removeHandler(lines);
        }
    }

    private static final class Lines extends Handler {
        private final List<LogRecord> records = new CopyOnWriteArrayList<>();

        @Override
        public void publish(LogRecord line) {
            records.add(line);
        }

        long warnings() {
            return records.stream()
                    .filter(line -> line.getLevel().intValue() >= Level.WARNING.intValue())
                    .count();
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
