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
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a writing process at random instants, again and again on the same data. */
class CrashTest {
    private static final int KILLS = Integer.getInteger("crash.kills", 25);
    private static final long SEED = Long.getLong("seed", 1);

    @TempDir
    private Path directory;

    private final AcknowledgedWrites writes = new AcknowledgedWrites();

    @Test
    void killedAtAnyInstant_everyAcknowledgedWriteIsThere() throws IOException, InterruptedException {
        SplittableRandom random = new SplittableRandom(SEED);
        Path data = directory.resolve("data");
        int total = 0;
        for (int round = 1; round <= KILLS; round++) {
            // One in five is killed while it starts, creates, or replays what the last kill left.
            boolean early = random.nextInt(5) == 0;
            long delayMs = early ? random.nextInt(200, 700) : random.nextInt(400);
            List<String> lines = killed(data, round, early, delayMs);
            total += lines.size();
            if (Files.exists(data.resolve("FORMAT"))) {
                assertEquals(List.of(), Checker.check(data), "after kill " + round + " with -Dseed=" + SEED);
            }
            writes.verify(data, lines);
        }
        System.out.println(KILLS + " kills, " + total + " acknowledged writes, none lost");
        assertTrue(total > KILLS * 10, "only " + total + " writes were acknowledged");
    }

    private List<String> killed(Path data, int round, boolean early, long delayMs)
            throws IOException, InterruptedException {
        Process process = CrashWriter.start(data, round);
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            Thread killer = Thread.ofVirtual().unstarted(() -> kill(process, delayMs));
            if (early) {
                killer.start();
            }
            String ready = out.readLine();
            if (!early) {
                assertEquals("ready", ready, "the writer did not start");
                killer.start();
            }
            List<String> lines = new ArrayList<>();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                lines.add(line);
            }
            killer.join();
            assertEquals(128 + 9, process.waitFor(), "killed by signal 9");
            return lines;
        }
    }

    private static void kill(Process process, long delayMs) {
        try {
            TimeUnit.MILLISECONDS.sleep(delayMs);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // Not process.destroyForcibly(): that closes the pipe, with lines in it that have not been read.
        process.toHandle().destroyForcibly();
    }
}
