package archipel.suites;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.suites.KnownDifferences.Where;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A part of the tests that {@code ./dev suites} runs: of each kind of request, and recipes that stand on them. */
@Timeout(600)
final class SuitesTest {
    private static final List<String> SLICE = List.of(
            "GetEphemeralsTest",
            "AuthTest",
            "PersistentWatcherTest",
            "SessionInvalidationTest",
            "TestDistributedDoubleBarrier",
            "TestTransactionsNew",
            "TestWrappedNodeCache");

    @TempDir
    private Path directory;

    @Test
    void run_sliceOfTheSuites_hasWhatIsKnown() throws IOException, InterruptedException {
        Map<Suite, Tally> tallies = new Suites(directory, Where.ARCHIPEL, false).run(List.of(Suite.values()), SLICE);
        tallies.forEach((suite, tally) -> {
            assertEquals(List.of(), tally.unexpected(), suite.word());
            assertTrue(tally.passed() > 0, suite.word());
        });
    }

    @Test
    void find_listedTest_isFoundWhereItFails() {
        KnownDifferences known = new KnownDifferences(List.of(
                new KnownDifferences.Line("ATest.one", Where.ARCHIPEL, "this"),
                new KnownDifferences.Line("BTest.two*", Where.BOTH, "that")));
        assertEquals("this", known.find("ATest.one", Where.ARCHIPEL).why());
        assertEquals(null, known.find("ATest.one", Where.ZOOKEEPER));
        assertEquals(null, known.find("ATest.oneMore", Where.ARCHIPEL));
        assertEquals("that", known.find("BTest.two[3]", Where.ZOOKEEPER).why());
    }

    @Test
    void add_listedTestThatPasses_isReported() {
        Tally tally = new Tally(
                new KnownDifferences(List.of(new KnownDifferences.Line("ATest.one", Where.BOTH, "this"))),
                Where.ARCHIPEL);
        tally.add(new Outcome("ATest.one", Outcome.Result.PASSED, ""));
        tally.add(new Outcome("ATest.two", Outcome.Result.FAILED, "broken"));
        assertEquals(List.of("ATest.one passes, and is listed: this", "ATest.two fails: broken"), tally.unexpected());
    }

    /** A line that names no class which is run would never be noticed. */
    @Test
    void differences_all_areOfClassesThatAreRun() {
        List<String> classes = List.of(Suite.values()).stream()
                .flatMap(suite -> suite.classes().stream())
                .map(Suite.TestClass::simpleName)
                .toList();
        List<String> lost = KnownDifferences.read().lines().stream()
                .map(KnownDifferences.Line::test)
                .filter(test -> !classes.contains(test.substring(0, test.indexOf('.'))))
                .toList();
        assertEquals(List.of(), lost);
    }
}
