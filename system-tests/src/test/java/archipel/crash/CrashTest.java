package archipel.crash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.DocumentBody;
import archipel.document.Revision;
import archipel.engine.Checker;
import archipel.engine.DocumentRecord;
import archipel.engine.LocalDocument;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.engine.Snapshot;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a writing process at random instants, again and again on the same data. */
class CrashTest {
    private static final int KILLS = Integer.getInteger("crash.kills", 55);
    private static final long SEED = Long.getLong("seed", 1);

    @TempDir
    private Path directory;

    private final List<String> acknowledged = new ArrayList<>();
    private final Map<String, Integer> locals = new HashMap<>();

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
            acknowledged.addAll(lines);
            if (Files.exists(data.resolve("store"))) {
                assertEquals(List.of(), Checker.check(data), "after kill " + round + " with -Dseed=" + SEED);
            }
            verify(data);
            acknowledged.clear();
        }
        System.out.println(KILLS + " kills, " + total + " acknowledged writes, none lost");
        assertTrue(total > KILLS * 10, "only " + total + " writes were acknowledged");
    }

    private List<String> killed(Path data, int round, boolean early, long delayMs)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Djava.library.path=" + System.getProperty("java.library.path"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashWriter.class.getName(),
                        data.toString(),
                        Integer.toString(round))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
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

    private void verify(Path data) throws IOException {
        try (Node node = Node.open(data, NodeOptions.DEFAULT)) {
            if (node.find("crash") != null) {
                verify(node);
            }
        }
    }

    private void verify(Node node) throws IOException {
        try (Snapshot snapshot = node.database("crash").snapshot()) {
            for (String line : acknowledged) {
                String[] words = line.split(" ", 4);
                switch (words[0]) {
                    case "doc" -> document(snapshot, words[1], Revision.parse(words[2]), words[3]);
                    case "file" -> file(snapshot, words[1], Revision.parse(words[2]), Integer.parseInt(words[3]));
                    case "local" -> local(snapshot, words[1], Revision.parse(words[2]));
                    default -> throw new AssertionError(line);
                }
            }
        }
    }

    private static void document(Snapshot snapshot, String id, Revision revision, String json) {
        DocumentRecord record = snapshot.document(id);
        assertNotNull(record, id);
        assertTrue(record.tree().contains(revision), () -> id + " " + revision);
        DocumentBody body = snapshot.body(id, revision);
        if (record.tree().isLeaf(revision)) {
            assertNotNull(body, id);
        }
        if (body != null) {
            assertEquals(json, new String(body.json(), StandardCharsets.UTF_8));
        }
    }

    private static void file(Snapshot snapshot, String id, Revision revision, int length) throws IOException {
        byte[] content = new byte[length];
        new SplittableRandom(length).nextBytes(content);
        DocumentBody body = snapshot.body(id, revision);
        assertNotNull(body, id);
        try (InputStream in = snapshot.attachment(body.attachments().getFirst(), 0)) {
            assertArrayEquals(content, in.readAllBytes(), id);
        }
    }

    private void local(Snapshot snapshot, String id, Revision revision) {
        LocalDocument document = snapshot.local(id);
        assertNotNull(document, id);
        int atLeast = locals.merge(id, Integer.parseInt(revision.hash()), Math::max);
        assertTrue(Integer.parseInt(document.revision().hash()) >= atLeast, id);
    }
}
