package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.health.Problem;
import archipel.read.BlockSelector;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A database that was written to while the clock was ahead, and its way back. */
class TimeRestartTest {
    private static final long NOW = 1_700_000_000_000L;
    private static final long TEN_YEARS_MS = Duration.ofDays(3650).toMillis();

    @RegisterExtension
    private final Twins twins = new Twins();

    @TempDir
    private Path directory;

    private final AtomicLong clock = new AtomicLong(NOW);
    private Node node;
    private Database database;

    @BeforeEach
    void open() {
        node = twins.open(directory, NodeOptions.DEFAULT, () -> Instant.ofEpochMilli(clock.get()));
        database = node.find("a") == null ? node.create("a") : node.database("a");
    }

    @AfterEach
    void close() {
        List<String> findings = Checker.check(node);
        node.close();
        assertEquals(List.of(), findings);
    }

    private long at(long timeMs) throws InterruptedException {
        try (Reader reader =
                database.door().open(Wanted.of(new BlockSelector.At(timeMs), Duration.ZERO), Visibility.EVERYTHING)) {
            return reader.block().number();
        }
    }

    private void put(String id, long timeMs) {
        clock.set(timeMs);
        Edits.put(database, id, null, "{}");
    }

    @Test
    void restartTime_afterAJump_blocksAndReadsByTimeFollowTheClockAgain() throws InterruptedException {
        put("one", NOW + 1_000);
        put("two", NOW + TEN_YEARS_MS);
        put("three", NOW + 2_000);
        assertEquals(NOW + TEN_YEARS_MS, database.state().head().timeMs(), "time does not go back by itself");
        clock.set(NOW + 3_000);
        assertEquals(1, at(NOW + 2_500));
        database.restartTime();
        assertEquals(1, at(NOW + 2_600), "nothing was written since");
        put("four", NOW + 4_000);
        put("five", NOW + 5_000);
        assertEquals(NOW + 5_000, database.state().head().timeMs());
        clock.set(NOW + 6_000);
        assertEquals(1, at(NOW + 2_500), "as it was answered before");
        assertEquals(4, at(NOW + 4_500));
        assertEquals(5, at(NOW + 5_500));
        assertNull(database.verify((name, block, head) -> true).fault());
        node.close();
        open();
        assertEquals(4, at(NOW + 4_500));
        assertNull(database.verify((name, block, head) -> true).fault());
    }

    @Test
    void restartTime_clockIsNotBehind_changesNothing() throws InterruptedException {
        put("one", NOW + 1_000);
        database.restartTime();
        put("two", NOW + 500);
        assertEquals(NOW + 1_000, database.state().head().timeMs());
    }

    @Test
    void write_afterAJump_isWarnedOf() {
        put("one", NOW + TEN_YEARS_MS);
        clock.set(NOW);
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> node.health().has(Problem.CLOCK_DRIFT));
        database.restartTime();
        put("two", NOW + 10);
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> !node.health().has(Problem.CLOCK_DRIFT));
        assertTrue(database.state().head().timeMs() < NOW + TEN_YEARS_MS);
    }

    @Test
    void delete_databaseThatIsAhead_theProblemEnds() {
        put("one", NOW + TEN_YEARS_MS);
        clock.set(NOW);
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> node.health().has(Problem.CLOCK_DRIFT));
        node.delete("a");
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> !node.health().has(Problem.CLOCK_DRIFT));
    }
}
