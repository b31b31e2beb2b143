package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.storage.FaultyStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a writing process and takes from the write-ahead log whatever no fsync has covered, as a power cut may. {@link
 * NodeSim} does the same with threads whose order follows from a seed, {@code PowerCutTest} of the system tests with a
 * real file system, where root allows it.
 */
class PowerLossTest {
    private static final int CUTS = Integer.getInteger("power.cuts", 3);
    private static final long SEED = Long.getLong("seed", 1);

    @TempDir
    private Path directory;

    private long horizon;

    @Test
    void powerCutAtAnyInstant_everyAcknowledgedWriteIsThere() throws IOException, InterruptedException {
        SplittableRandom random = new SplittableRandom(SEED);
        Path data = directory.resolve("data");
        for (int round = 1; round <= CUTS; round++) {
            List<String[]> acknowledged = cut(data, round, random.nextInt(20, 400));
            assertEquals(List.of(), Checker.check(data), "after cut " + round + " with -Dseed=" + SEED);
            try (Node node = Node.open(data, NodeOptions.DEFAULT);
                    Reader reader = node.database("a").door().newest(Visibility.EVERYTHING)) {
                for (String[] words : acknowledged) {
                    DocumentRecord record = reader.documents().find(words[0]);
                    assertNotNull(record, () -> words[0] + " is lost with -Dseed=" + SEED);
                    assertEquals(words[1], record.winner().revision().toString());
                    horizon = Math.max(horizon, Long.parseLong(words[2]));
                }
                assertTrue(
                        node.database("a").horizon().block() >= horizon,
                        "a block that was gone is back with -Dseed=" + SEED);
            }
        }
        assertTrue(horizon > 0, "no horizon was raised");
    }

    /** What it acknowledged. */
    private static List<String[]> cut(Path data, int round, int lines) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PowerLossWriter.class.getName(),
                        data.toString(),
                        Integer.toString(round))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String[]> acknowledged = new ArrayList<>();
        Map<String, Long> durable = new HashMap<>();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                String[] words = line.split(" ");
                acknowledged.add(words);
                for (int i = 3; i + 1 < words.length; i += 2) {
                    durable.merge(words[i].substring(1), Long.parseLong(words[i + 1]), Math::max);
                }
                if (acknowledged.size() == lines) {
                    process.toHandle().destroyForcibly();
                }
            }
        }
        assertEquals(128 + 9, process.waitFor(), "killed by signal 9");
        FaultyStore.cutPower(data.resolve("store"), durable);
        return acknowledged;
    }
}
