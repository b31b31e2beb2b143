package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.testkit.Directories;
import archipel.testkit.Seeded;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flips bytes in what was stored: the answer is the right one or an error, never another document. */
class DamageTest {
    private static final int DOCUMENTS = 200;

    @TempDir
    private Path directory;

    @Test
    void sortedFile_oneByteFlipped_isFoundAndNeverReadAsData() throws IOException {
        Path sound = directory.resolve("sound");
        try (Node node = Node.open(sound, NodeOptions.DEFAULT)) {
            fill(node.create("db"));
        }
        Seeded.check(12, random -> {
            Path damaged = copy(sound);
            flip(damaged, ".sst", random);
            List<String> findings = findings(damaged);
            assertFalse(findings.isEmpty(), "the checker found nothing");
            assertFalse(isProved(damaged), "the verifier found nothing");
            try (Node node = Node.open(damaged, NodeOptions.DEFAULT)) {
                read(node.database("db"));
            } catch (NodeOpenException e) {
                assertTrue(e.getMessage().contains("damaged"), e.getMessage());
            }
        });
    }

    private static List<String> findings(Path data) {
        try {
            return Checker.check(data);
        } catch (NodeOpenException e) {
            return List.of(String.valueOf(e.getMessage()));
        }
    }

    private static boolean isProved(Path data) {
        try {
            return Verifier.verify(data, (database, block, head) -> true).stream()
                    .allMatch(report -> report.fault() == null);
        } catch (NodeOpenException e) {
            assertTrue(e.getMessage().contains("damaged"), e.getMessage());
            return false;
        }
    }

    @Test
    void writeAheadLog_oneByteFlippedInTheMiddle_isRefusedRatherThanCut() throws IOException {
        Path crashed = directory.resolve("crashed");
        Path live = directory.resolve("live");
        try (Node node = Node.open(live, NodeOptions.DEFAULT)) {
            fill(node.create("db"));
            // What a kill leaves: everything is in the log, nothing is flushed.
            Directories.copy(live, crashed);
        }
        Seeded.check(8, random -> {
            Path damaged = copy(crashed);
            flip(damaged, ".log", random);
            try (Node node = Node.open(damaged, NodeOptions.DEFAULT)) {
                assertEquals(DOCUMENTS, node.database("db").state().documents(), "acknowledged writes are gone");
            } catch (NodeOpenException e) {
                assertTrue(e.getMessage().contains("damaged"), e.getMessage());
            }
        });
    }

    private static void fill(Database database) {
        for (int i = 0; i < DOCUMENTS; i++) {
            Edits.put(database, "d" + i, null, json(i));
        }
    }

    private static String json(int i) {
        return "{\"n\":" + i + ",\"pad\":\"" + Integer.toString(i * 7919, 36).repeat(40) + "\"}";
    }

    private static void read(Database database) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            for (int i = 0; i < DOCUMENTS; i++) {
                try {
                    DocumentRecord record = reader.documents().find("d" + i);
                    assertEquals(
                            json(i), Edits.json(reader, "d" + i, record.winner().revision()));
                } catch (RequestException e) {
                    assertEquals(ErrorCode.STORAGE_CORRUPT, e.code());
                }
            }
        }
    }

    // In the middle half of the largest file of its kind, where there is data rather than padding.
    private static void flip(Path data, String suffix, SplittableRandom random) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(data)) {
            all.filter(file -> file.toString().endsWith(suffix)).sorted().forEach(files::add);
        }
        Path file = files.getFirst();
        for (Path other : files) {
            file = Files.size(other) > Files.size(file) ? other : file;
        }
        byte[] bytes = Files.readAllBytes(file);
        int at = random.nextInt(bytes.length / 4, bytes.length / 4 * 3);
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, bytes);
    }

    private Path copy(Path from) throws IOException {
        Path to = Files.createTempDirectory(directory, "copies").resolve("copy");
        Directories.copy(from, to);
        return to;
    }
}
