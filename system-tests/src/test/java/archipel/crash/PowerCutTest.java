package archipel.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.engine.Checker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Cuts the power of a real file system under a writing process, again and again on the same data. Unlike a kill this
 * loses all that no fsync has covered. {@code PowerLossTest} of the engine imitates it where root is not to be had.
 */
class PowerCutTest {
    private static final int CUTS = Integer.getInteger("power.cuts", 5);
    private static final double FAILING_PART = 0.02;
    private static final long SEED = Long.getLong("seed", 1);

    @TempDir
    private Path directory;

    private final AcknowledgedWrites writes = new AcknowledgedWrites();

    @Test
    void powerCutAtAnyInstant_everyAcknowledgedWriteIsThere() throws IOException, InterruptedException {
        int total = cutAgainAndAgain(null);
        assertTrue(total > CUTS, "only " + total + " writes were acknowledged");
    }

    /** An fsync that failed has written nothing, and must not be taken for done because a later one succeeds. */
    @Test
    void powerCutAfterFsyncsThatFailed_everyAcknowledgedWriteIsThere() throws IOException, InterruptedException {
        int total = cutAgainAndAgain(SyncFaults.in(Files.createDirectory(directory.resolve("faults"))));
        assertTrue(total > CUTS, "only " + total + " writes were acknowledged");
    }

    private int cutAgainAndAgain(@Nullable SyncFaults faults) throws IOException, InterruptedException {
        SplittableRandom random = new SplittableRandom(SEED);
        int total = 0;
        try (LoopDisk disk = LoopDisk.make(directory)) {
            Path data = disk.path().resolve("data");
            for (int round = 1; round <= CUTS; round++) {
                List<String> lines = cut(disk, data, round, random.nextInt(1, 600), faults);
                total += lines.size();
                disk.restart();
                assertEquals(List.of(), Checker.check(data), "after cut " + round + " with -Dseed=" + SEED);
                writes.verify(data, lines);
            }
        }
        System.out.println(CUTS + " power cuts, " + total + " acknowledged writes, none lost");
        return total;
    }

    /**
     * What was acknowledged before the cut. The writer lives on for a moment without a disk, whose last fsyncs can end
     * well though their data is lost: the file system's shutdown races with them.
     */
    private static List<String> cut(LoopDisk disk, Path data, int round, int afterLines, @Nullable SyncFaults faults)
            throws IOException, InterruptedException {
        Process process = CrashWriter.start(data, round, faults == null ? Map.of() : faults.environment());
        List<String> lines = new ArrayList<>();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            assertEquals("ready", out.readLine(), "the writer did not start");
            if (faults != null) {
                faults.begin(process.pid(), FAILING_PART);
            }
            for (String line = out.readLine();
                    line != null && !line.equals("over") && lines.size() < afterLines;
                    line = out.readLine()) {
                lines.add(line);
            }
            disk.cutPower();
            process.toHandle().destroyForcibly();
        } finally {
            process.destroyForcibly().waitFor();
        }
        return lines;
    }
}
