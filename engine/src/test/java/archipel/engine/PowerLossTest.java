package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.HorizonPolicy;
import archipel.document.Revision;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.storage.FaultyStore;
import archipel.testkit.JavaProcess;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
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
        Process process = JavaProcess.start(Writer.class, data, round);
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

    /**
     * A process that writes until it is killed. On its standard output, a line each: after each acknowledgement {@code
     * ID REVISION} and, before the next fsync is waited for, how much of the logs a power cut would leave, as {@code
     * =FILE BYTES}; then {@code horizon N} once the horizon was seen at that block.
     */
    static final class Writer {
        private static final int THREADS = 4;

        private Writer() {}

        /** @param arguments data directory, round */
        public static void main(String[] arguments) {
            PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true);
            AtomicReference<FaultyStore> store = new AtomicReference<>();
            NodeOptions options = NodeOptions.DEFAULT.withHistory(new HorizonPolicy.Newest(5, Duration.ZERO));
            Node node = Node.open(
                    Path.of(arguments[0]),
                    options,
                    Environment.of(InstantSource.system()).withStore((path, cache, buffer) -> {
                        FaultyStore opened = FaultyStore.open(path, cache, buffer);
                        store.set(opened);
                        return opened;
                    }));
            Database database = node.find("a") == null ? node.create("a") : node.database("a");
            for (int thread = 0; thread < THREADS; thread++) {
                String name = arguments[1] + "-" + thread + "-";
                Thread.ofPlatform().start(() -> {
                    for (int i = 0; ; i++) {
                        Revision revision = Edits.put(database, name + i, null, "{\"i\":" + i + "}");
                        // The logs are as durable as this or more by now.
                        say(
                                out,
                                store.get(),
                                name + i + " " + revision + " "
                                        + database.horizon().block());
                    }
                });
            }
        }

        private static void say(PrintStream out, FaultyStore store, String line) {
            StringBuilder text = new StringBuilder(line);
            store.durable()
                    .forEach((file, bytes) ->
                            text.append(" =").append(file).append(' ').append(bytes));
            byte[] bytes = text.append('\n').toString().getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            synchronized (out) {
                out.write(bytes, 0, bytes.length);
                out.flush();
            }
        }
    }
}
