package archipel.witness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.cluster.ServerOptions;
import archipel.cluster.ServerProcess;
import archipel.crash.LoopDisk;
import archipel.crash.SyncFaults;
import archipel.testimony.Analyser;
import archipel.testimony.Recording;
import archipel.testimony.Report;
import archipel.testkit.Directories;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that write, poll and page, while their node is killed and started again. */
final class HistoryCheckTest {
    /** A node that is alone on a machine of two cores answers some 500 a second. */
    private static final int REQUESTS = Integer.getInteger("history.requests", 6_000);

    private static final int SOAK_REQUESTS = Integer.getInteger("history.soak.requests", 300_000);
    /** Between two kills. */
    private static final int FEWEST_REQUESTS = 400;

    private static final int MOST_REQUESTS = 1_800;
    private static final Duration MOST = Duration.ofMinutes(4);
    private static final Duration SOAK_MOST = Duration.ofHours(2);
    private static final long SEED = Long.getLong("seed", 1);

    @TempDir
    private Path directory;

    @Test
    void check_nodeKilledAgainAndAgain_provesThatTimeNeverWentBack()
            throws IOException, InterruptedException, ExecutionException {
        Report report = killed(MOST, REQUESTS);
        assertTrue(report.isClean(), () -> report + "\nwith -Dseed=" + SEED);
        assertEquals(List.of(), report.unproved());
    }

    @Test
    @Tag("soak")
    void check_nodeKilledForLong_provesThatTimeNeverWentBack()
            throws IOException, InterruptedException, ExecutionException {
        Report report = killed(SOAK_MOST, SOAK_REQUESTS);
        assertTrue(report.isClean(), () -> report + "\nwith -Dseed=" + SEED);
        assertEquals(List.of(), report.unproved());
    }

    /** What no fsync has covered is gone with the power, and what one failed to cover must not have been shown. */
    @Test
    @Tag("soak")
    void check_powerCutAfterFsyncsThatFailed_provesThatTimeNeverWentBack()
            throws IOException, InterruptedException, ExecutionException {
        Path record = directory.resolve("record.jsonl");
        SyncFaults faults = SyncFaults.in(Files.createDirectory(directory.resolve("faults")));
        try (LoopDisk disk = LoopDisk.make(Files.createDirectory(directory.resolve("disk")));
                ServerProcess server = ServerProcess.start(ServerOptions.in(directory.resolve("node"))
                        .withData(disk.path().resolve("data"))
                        .withVariables(faults.environment()));
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Run run = new Run(Plan.of(URI.create(server.adminUrl()), record).lasting(MOST, 4_000));
            Future<Long> running = clients.submit(run::run);
            for (int requests = 700; requests < 3_500; requests += 1_000) {
                await(run, running, requests);
                faults.begin(server.pid(), 0.02);
                await(run, running, requests + 300);
                disk.cutPower();
                server.kill();
                disk.restart();
                server.restart();
            }
            running.get();
        }
        Report report = Analyser.analyse(Recording.of(record), true);
        System.out.println("power cuts: " + report.figures());
        // Writes are refused while the disk fails.
        Set<String> found = new TreeSet<>(report.counts().keySet());
        found.remove("error");
        assertEquals(Set.of(), found, report::toString);
    }

    /** The horizon follows the head closely: most of what was read is gone soon, and what is left reads the same. */
    @Test
    void check_blocksPrunedWhileTheyAreRead_provesIt() throws IOException, InterruptedException, ExecutionException {
        Path record = directory.resolve("record.jsonl");
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory.resolve("node")));
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Run run = new Run(Plan.of(URI.create(server.adminUrl()), record)
                    .lasting(MOST, 4_000)
                    .keeping(40));
            Future<Long> running = clients.submit(run::run);
            for (int requests = 1_200; requests < 3_000; requests += 700) {
                await(run, running, requests);
                server.kill();
                server.restart();
            }
            running.get();
        }
        Report report = Analyser.analyse(Recording.of(record), true);
        System.out.println("pruned: " + report.figures());
        assertTrue(report.isClean(), report::toString);
        assertTrue(report.figures().getOrDefault("refusals of blocks below the horizon", 0L) > 0, report::toString);
    }

    /** A node that comes back with older data has forgotten what it acknowledged. */
    @Test
    void check_dataPutBackToAnEarlierState_isFound() throws IOException, InterruptedException, ExecutionException {
        Path record = directory.resolve("record.jsonl");
        ServerOptions options = ServerOptions.in(directory.resolve("node"));
        Path copy = directory.resolve("copy");
        try (ServerProcess server = ServerProcess.start(options);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Run run = new Run(Plan.of(URI.create(server.adminUrl()), record).lasting(MOST, 2_000));
            Future<Long> running = clients.submit(run::run);
            await(run, running, 600);
            server.kill();
            Directories.copy(options.data(), copy);
            server.restart();
            await(run, running, 1_400);
            server.kill();
            Directories.delete(options.data());
            Directories.copy(copy, options.data());
            server.restart();
            running.get();
        }
        Report report = Analyser.analyse(Recording.of(record), true);
        System.out.println("older data: " + report.counts());
        assertTrue(report.counts().keySet().containsAll(List.of("went back", "block lost")), report::toString);
    }

    private static void await(Run run, Future<Long> running, long requests) throws InterruptedException {
        while (run.requests() < requests && !running.isDone()) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private Report killed(Duration atMost, long requests) throws IOException, InterruptedException, ExecutionException {
        // Kept after the test, to be looked at when it fails.
        Path record = Files.createDirectories(Path.of("target", "history")).resolve("killed-" + SEED + ".jsonl");
        SplittableRandom random = new SplittableRandom(SEED);
        int kills = 0;
        try (ServerProcess server = ServerProcess.start(ServerOptions.in(directory.resolve("node")));
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            Run run = new Run(Plan.of(URI.create(server.adminUrl()), record)
                    .lasting(atMost, requests)
                    .seeded(SEED));
            Future<Long> running = clients.submit(run::run);
            // So many requests after the last kill that the clients see what it left.
            long next = random.nextInt(FEWEST_REQUESTS, MOST_REQUESTS);
            while (next < requests - FEWEST_REQUESTS) {
                await(run, running, next);
                if (running.isDone()) {
                    break;
                }
                server.kill();
                kills++;
                server.restart();
                next = run.requests() + random.nextInt(FEWEST_REQUESTS, MOST_REQUESTS);
            }
            System.out.println(running.get() + " requests and " + kills + " kills on record");
        }
        assertTrue(kills > 0, "the node was never killed");
        Report report = Analyser.analyse(Recording.of(record), true);
        System.out.println(report);
        return report;
    }
}
