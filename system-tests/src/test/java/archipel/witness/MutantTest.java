package archipel.witness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import archipel.testimony.Analyser;
import archipel.testimony.Recording;
import archipel.testimony.Report;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checker finds it when a promise is broken: a proxy before a real node sees to that. */
final class MutantTest {
    private static final int REQUESTS = 1_500;
    private static final Duration MOST = Duration.ofMinutes(1);

    @TempDir
    private static Path shared;

    private static ServerProcess server;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() throws IOException {
        server = ServerProcess.start(ServerOptions.in(shared.resolve("node")));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private Report through(Mutation mutation) throws IOException, InterruptedException {
        return Analyser.analyse(Recording.of(record(mutation)), true);
    }

    private Path record(Mutation mutation) throws IOException, InterruptedException {
        Path record = directory.resolve("record.jsonl");
        try (MutantProxy proxy = new MutantProxy(URI.create(server.adminUrl()), mutation)) {
            new Run(Plan.of(proxy.url(), record).lasting(MOST, REQUESTS)).run();
        }
        return record;
    }

    private void assertFound(Mutation mutation, String... rules) throws IOException, InterruptedException {
        Report report = through(mutation);
        assertFalse(report.isClean(), () -> "nothing was found\n" + report);
        for (String rule : rules) {
            assertTrue(report.counts().containsKey(rule), () -> "no \"" + rule + "\"\n" + report);
        }
        System.out.println(List.of(rules) + " of " + report.counts());
    }

    @Test
    void proxy_thatChangesNothing_isClean() throws IOException, InterruptedException {
        Report report = through(Mutants.unchanged());
        assertTrue(report.isClean(), report::toString);
        assertEquals(List.of(), report.unproved());
    }

    @Test
    void block_dropped_isFound() throws IOException, InterruptedException {
        assertFound(Mutants.unpinned(), "other block");
    }

    @Test
    void block_droppedAndDenied_isFoundInWhatTheAnswersSay() throws IOException, InterruptedException {
        assertFound(Mutants.unpinnedAndLying(), "before its block", "write lost", "other bytes");
    }

    @Test
    void leastBlock_droppedBeforeALaggingCache_isFound() throws IOException, InterruptedException {
        assertFound(Mutants.laggingCache(), "older than asked", "reader went back", "went back");
    }

    /** As replicas are: what names a least block gets it, and the rest may lag. */
    @Test
    void leastBlock_heededByALaggingCache_isCleanAmongReplicas() throws IOException, InterruptedException {
        Path record = record(Mutants.heedfulCache());
        Report amongReplicas = Analyser.analyse(Recording.of(record), false);
        assertTrue(amongReplicas.isClean(), amongReplicas::toString);
        assertEquals(List.of(), amongReplicas.unproved());
        Report ofOneNode = Analyser.analyse(Recording.of(record), true);
        assertEquals(Set.of("went back"), ofOneNode.counts().keySet(), ofOneNode::toString);
    }

    @Test
    void leastBlock_droppedAndDenied_isFoundInTheCounters() throws IOException, InterruptedException {
        assertFound(Mutants.laggingAndLyingCache(), "write lost");
    }

    @Test
    void atomicWrite_halved_isFound() throws IOException, InterruptedException {
        assertFound(Mutants.halvedAtomics(), "atomic");
    }

    @Test
    void feed_withAHole_isFound() throws IOException, InterruptedException {
        assertFound(Mutants.skippingFeed(), "feed skipped");
    }

    @Test
    void bytes_thatChange_areFound() throws IOException, InterruptedException {
        assertFound(Mutants.unsteadyBytes(), "other bytes");
    }

    @Test
    void write_acknowledgedAndNotDone_isFound() throws IOException, InterruptedException {
        assertFound(Mutants.lostWrites(), "went back", "write lost");
    }
}
