package archipel.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import archipel.command.DocumentEdit;
import archipel.document.CanonicalJson;
import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.engine.Checker;
import archipel.engine.Database;
import archipel.engine.Node;
import archipel.engine.NodeOptions;
import archipel.health.Health;
import archipel.health.Problem;
import archipel.index.IndexReader;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.view.IndexKeeper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that fills up, on a small file system in memory; needs the right to mount one. */
class DiskFullTest {
    private static final int DISK_MEBIBYTES = 48;
    private static final int RESERVE_BYTES = 12 << 20;
    private static final Duration MOST = Duration.ofSeconds(60);
    private static final int BALLAST_BYTES = 16 << 20;
    /** Small write buffers: writes go on once there is room for one, half of what is given here. */
    private static final NodeOptions OPTIONS =
            new NodeOptions(NodeOptions.Durability.FSYNC, 8 << 20, 8 << 20, 8 << 20, 256 << 10);

    private static final NodeOptions RESERVING =
            OPTIONS.withLimits(NodeOptions.Limits.DEFAULT.withReserve(RESERVE_BYTES));

    @TempDir
    private Path disk;

    private boolean mounted;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        mounted = run("mount", "-t", "tmpfs", "-o", "size=" + DISK_MEBIBYTES + "m", "tmpfs", disk.toString());
        assumeTrue(mounted, "this process may not mount a file system");
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        if (mounted) {
            assertTrue(run("umount", disk.toString()));
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    }

    @Test
    void write_fullDisk_isRefusedWholeAndGoesOnOnceThereIsRoom() throws IOException {
        Path ballast = Files.write(disk.resolve("ballast"), new byte[BALLAST_BYTES]);
        Path data = disk.resolve("data");
        int stored = 0;
        try (Node node = Node.open(data, OPTIONS)) {
            Database database = node.create("db");
            RequestException full = null;
            while (full == null) {
                try {
                    write(database, "d" + stored);
                    stored++;
                } catch (RequestException e) {
                    full = e;
                }
            }
            assertEquals(ErrorCode.STORAGE_FULL, full.code());
            assertThrows(RequestException.class, () -> write(database, "again"));
            assertTrue(diskFull(node).contains("no reserve is left"), () -> diskFull(node));
            try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
                assertEquals(stored, reader.documents().count());
                assertNotNull(reader.documents().find("d" + (stored - 1)));
            }
            Files.delete(ballast);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> writable(database));
            assertEquals(stored + 1, database.state().documents());
        }
        assertEquals(List.of(), Checker.check(data));
        try (Node node = Node.open(data, OPTIONS)) {
            assertEquals(stored + 1, node.database("db").state().documents());
        }
    }

    @Test
    void delete_fullDisk_isDoneFromTheReserve() throws IOException {
        Path ballast = Files.write(disk.resolve("ballast"), new byte[BALLAST_BYTES]);
        Path data = disk.resolve("data");
        Path reserve = data.resolve("RESERVE");
        try (Node node = Node.open(data, RESERVING)) {
            Awaitility.await().atMost(MOST).until(() -> Files.exists(reserve));
            node.create("other");
            Database database = node.create("db");
            write(database, "first");
            fill(database);
            fill(disk.resolve("filling"));
            assertTrue(diskFull(node).contains("while the reserve lasts"), () -> diskFull(node));
            assertTrue(Files.exists(reserve), "nothing has asked for it");
            node.delete("other");
            delete(database, "first");
            assertEquals(1, database.state().deletedDocuments());
            Files.delete(disk.resolve("filling"));
            Files.delete(ballast);
            Awaitility.await().atMost(MOST).pollInterval(Duration.ofSeconds(1)).until(() -> writable(database));
            assertTrue(Files.exists(reserve), "it is there for the next time");
            assertEquals(List.of(), node.health().problems());
        }
        assertEquals(List.of(), Checker.check(data));
    }

    @Test
    void open_fullDisk_isDoneFromTheReserve() throws IOException {
        Files.write(disk.resolve("ballast"), new byte[BALLAST_BYTES]);
        Path data = disk.resolve("data");
        Path reserve = data.resolve("RESERVE");
        long documents;
        try (Node node = Node.open(data, RESERVING)) {
            Awaitility.await().atMost(MOST).until(() -> Files.exists(reserve));
            fill(node.create("db"));
            documents = node.database("db").state().documents();
            fill(disk.resolve("filling"));
        }
        fill(disk.resolve("more"));
        assertTrue(Files.exists(reserve));
        try (Node node = Node.open(data, RESERVING)) {
            assertEquals(documents, node.database("db").state().documents());
            delete(node.database("db"), "d0");
        }
        assertEquals(List.of(), Checker.check(data));
    }

    @Test
    void delete_anotherProgramTakesWhatWasGivenUp_isDoneAgainAndAfterARestart() throws IOException {
        NodeOptions options = OPTIONS.withLimits(NodeOptions.Limits.DEFAULT.withReserve(20 << 20));
        Path data = disk.resolve("data");
        Path reserve = data.resolve("RESERVE");
        int deleted;
        try (Node node = Node.open(data, options)) {
            Awaitility.await().atMost(MOST).until(() -> Files.exists(reserve));
            node.create("other");
            Database database = node.create("db");
            fill(database);
            deleted = deleteUntilShorter(database, reserve);
            assertTrue(Files.size(reserve) < 20 << 20);
            fill(disk.resolve("more"));
            delete(database, "d" + deleted++);
            assertTrue(Files.exists(reserve), "some is left for a start");
            // The deletions may have given back enough for the problem to be over.
            fill(disk.resolve("yet-more"));
            fill(database, "more");
            assertTrue(diskFull(node).contains("while the reserve lasts"), () -> diskFull(node));
        }
        fill(disk.resolve("all"));
        try (Node node = Node.open(data, options)) {
            node.delete("other");
            assertEquals(deleted, node.database("db").state().deletedDocuments());
            try (DirectoryStream<Path> others = Files.newDirectoryStream(disk, Files::isRegularFile)) {
                for (Path other : others) {
                    Files.delete(other);
                }
            }
            Awaitility.await()
                    .atMost(MOST)
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> writable(node.database("db")));
            assertEquals(20 << 20, Files.size(reserve));
        }
        assertEquals(List.of(), Checker.check(data));
    }

    /**
     * Deletes documents, beside a program that takes all room, until one deletion needed the reserve: before that, the
     * store may give back what a write that failed had taken.
     *
     * @return how many were deleted, from {@code d0} on
     */
    private int deleteUntilShorter(Database database, Path reserve) throws IOException {
        long whole = Files.size(reserve);
        int deleted = 0;
        while (Files.size(reserve) == whole) {
            fill(disk.resolve("another-" + deleted));
            delete(database, "d" + deleted++);
        }
        return deleted;
    }

    private static void delete(Database database, String id) {
        byte[] nothing = "{}".getBytes(StandardCharsets.US_ASCII);
        DocumentBody body = new DocumentBody(nothing, List.of());
        byte[] digest = CanonicalJson.digest(nothing, 0, nothing.length);
        database.write(List.of(new DocumentEdit.Update(id, revision(database, id), true, body, digest)), false);
    }

    /** What the node says of its full disk. */
    private static String diskFull(Node node) {
        return node.health().problems().stream()
                .filter(report -> report.problem() == Problem.DISK_FULL)
                .map(Health.Report::detail)
                .findFirst()
                .orElse("nothing");
    }

    @Test
    void buildIndex_fullDisk_failsAndGoesOnOnceThereIsRoom() throws IOException {
        int documents = 120;
        Path ballast = disk.resolve("ballast");
        Path data = disk.resolve("data");
        try (Node node = Node.open(data, OPTIONS);
                IndexKeeper keeper = new IndexKeeper(InstantSource.system())) {
            Database database = node.create("db");
            for (int i = 0; i < documents; i++) {
                write(database, "d" + i);
            }
            fill(ballast);
            // First where its store cannot be made, then where that has no room for more.
            assertEquals(ErrorCode.STORAGE_FULL, refusal(keeper, database).code());
            Files.delete(ballast);
            assertEquals(documents, rows(keeper, database, NumberIndex.FIRST));
            fill(ballast);
            assertEquals(ErrorCode.STORAGE_FULL, refusal(keeper, database).code());
            assertEquals(documents, rows(keeper, database, NumberIndex.FIRST));
            Files.delete(ballast);
            Awaitility.await()
                    .atMost(MOST)
                    .pollInterval(Duration.ofSeconds(1))
                    .ignoreExceptionsInstanceOf(RequestException.class)
                    .until(() -> rows(keeper, database, NumberIndex.WHOLE) == documents);
        }
        assertEquals(List.of(), Checker.check(data));
    }

    private static RequestException refusal(IndexKeeper keeper, Database database) {
        return assertThrows(RequestException.class, () -> rows(keeper, database, NumberIndex.WHOLE));
    }

    private static long rows(IndexKeeper keeper, Database database, NumberIndex index) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING);
                IndexReader rows = keeper.open(database, reader, index)) {
            return rows.count(0, null, null);
        }
    }

    private static void fill(Database database) {
        fill(database, "d");
    }

    private static void fill(Database database, String prefix) {
        for (int i = 0; ; i++) {
            try {
                write(database, prefix + i);
            } catch (RequestException e) {
                return;
            }
        }
    }

    /** To the last byte. */
    private static void fill(Path file) throws IOException {
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int size = 1 << 20; size > 0; size /= 2) {
                fill(out, size);
            }
        }
    }

    private static void fill(FileChannel out, int size) {
        try {
            while (true) {
                out.write(ByteBuffer.allocate(size));
            }
        } catch (IOException full) {
            // That much is no more to be had.
        }
    }

    private static Revision revision(Database database, String id) {
        try (Reader reader = database.door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find(id);
            assertNotNull(record);
            return record.winner().revision();
        }
    }

    private static boolean writable(Database database) {
        try {
            write(database, "later");
            return true;
        } catch (RequestException e) {
            return false;
        }
    }

    private static void write(Database database, String id) {
        // Noise: what compresses well would take long to fill the disk.
        byte[] noise = new byte[75_000];
        new SplittableRandom(id.hashCode()).nextBytes(noise);
        byte[] json =
                ("{\"pad\":\"" + Base64.getEncoder().encodeToString(noise) + "\"}").getBytes(StandardCharsets.US_ASCII);
        DocumentBody body = new DocumentBody(json, List.of());
        database.write(
                List.of(new DocumentEdit.Update(id, null, false, body, CanonicalJson.digest(json, 0, json.length))),
                false);
    }
}
