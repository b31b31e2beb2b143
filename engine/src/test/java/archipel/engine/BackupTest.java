package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.command.DataCommand;
import archipel.command.HorizonPolicy;
import archipel.document.Attachment;
import archipel.document.Revision;
import archipel.engine.Backup.Restore;
import archipel.read.BlockException;
import archipel.read.BlockSelector;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.storage.Backups;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of a node, and what is made of them. */
class BackupTest {
    @TempDir
    private Path directory;

    private final AtomicLong clock = new AtomicLong(1_000_000);

    private Node open() {
        return Node.open(
                directory.resolve("data"),
                NodeOptions.DEFAULT,
                Environment.of(() -> Instant.ofEpochMilli(clock.get())));
    }

    private Path backups() {
        return directory.resolve("backups");
    }

    private Path restored() {
        return directory.resolve("restored");
    }

    private static String show(Path data, String name, String id) {
        try (Node node = Node.open(data, NodeOptions.DEFAULT);
                Reader reader = node.database(name).door().newest(Visibility.EVERYTHING)) {
            DocumentRecord record = reader.documents().find(id);
            return record == null
                    ? "none"
                    : Edits.json(reader, id, record.winner().revision());
        } finally {
            assertEquals(List.of(), Checker.check(data));
        }
    }

    @Test
    void backup_ofAnOpenNode_isRestoredWithItsHistory() throws InterruptedException {
        try (Node node = open()) {
            Database database = node.create("a");
            Revision first = Edits.put(database, "x", null, "{\"v\":1}");
            List<Long> told = new ArrayList<>();
            Backup.Taken one = node.backup(backups(), (bytes, of) -> {
                assertTrue(bytes <= of, bytes + " of " + of);
                told.add(bytes);
            });
            assertEquals(1, one.number());
            assertEquals(one.newBytes(), told.getLast());
            assertEquals(one.newBytes(), one.bytes());
            for (int i = 0; i < 2000; i++) {
                String noise = Long.toString(i * 0x9E3779B97F4A7C15L, 36);
                Edits.put(database, "filler" + i, null, "{\"pad\":\"" + noise + "\"}");
            }
            Backup.Taken two = node.backup(backups(), (bytes, of) -> {});
            Edits.put(database, "x", first, "{\"v\":2}");
            Backup.Taken three = node.backup(backups(), (bytes, of) -> {});
            assertTrue(three.newBytes() < three.bytes() / 2, two + " then " + three + ": files are shared");
            Edits.put(database, "late", null, "{}");
        }
        Restore.run(backups(), restored(), Restore.Wish.NEWEST);
        assertEquals("{\"v\":2}", show(restored(), "a", "x"));
        assertEquals("none", show(restored(), "a", "late"));
        assertFalse(Verifier.verify(restored(), (database, block, head) -> true).stream()
                .anyMatch(report -> report.fault() != null));
    }

    @Test
    void missingBytes_beforeEachCopy_isWhatItWillWrite() throws IOException {
        try (Node node = open()) {
            Database database = node.create("a");
            attach(database, "large", 24 << 20);
            for (String id : List.of("small", "tiny")) {
                long expected = missingBytes(node);
                Backup.Taken taken = node.backup(backups(), (bytes, of) -> {});
                // Not foreseen is what the node itself writes meanwhile.
                assertEquals(expected, taken.newBytes(), 4 << 10, taken.toString());
                attach(database, id, id.length() << 20);
            }
            assertTrue(missingBytes(node) < 5 << 20, "what the copies have is not missing");
        }
    }

    private long missingBytes(Node node) throws IOException {
        try (Backup.Directory directory = Backup.Directory.open(backups())) {
            return Backups.missingBytes(node.store(), directory.store());
        }
    }

    private static void attach(Database database, String id, int bytes) throws IOException {
        try (AttachmentUpload upload = database.upload()) {
            InputStream content = new ByteArrayInputStream(Edits.noise(bytes));
            Attachment attachment = upload.receive("f", "a/b", null, content, Long.MAX_VALUE);
            Edits.accepted(database.write(List.of(Edits.update(id, null, false, "{}", List.of(attachment))), false));
        }
    }

    @Test
    void close_duringACopy_waitsForItsEnd() throws IOException, InterruptedException {
        CompletableFuture<Backup.Taken> taken = new CompletableFuture<>();
        try (Node node = open()) {
            attach(node.create("a"), "large", 64 << 20);
            Thread.ofPlatform().start(() -> taken.complete(node.backup(backups(), (bytes, of) -> {})));
            while (!Files.exists(backups().resolve("store"))) {
                LockSupport.parkNanos(1_000_000);
            }
        }
        try (Stream<Path> lists = Files.list(backups().resolve("store/meta"))) {
            assertEquals(
                    List.of("1"),
                    lists.map(Path::getFileName).map(Path::toString).toList());
        }
        assertEquals(1, taken.join().number());
        Restore.run(backups(), restored(), Restore.Wish.NEWEST);
        assertEquals("{}", show(restored(), "a", "large"));
    }

    @Test
    void backup_toADirectoryBeingWrittenTo_isRefused() throws IOException {
        try (Node node = open();
                Backup.Directory held = Backup.Directory.open(backups())) {
            NodeOpenException refused =
                    assertThrows(NodeOpenException.class, () -> node.backup(backups(), (bytes, of) -> {}));
            assertTrue(String.valueOf(refused.getMessage()).contains("under way"), refused.getMessage());
            assertEquals(0, held.bytes(), "nothing was begun");
        }
        try (Node node = open()) {
            assertEquals(1, node.backup(backups(), (bytes, of) -> {}).number());
        }
    }

    @Test
    void restore_atABlock_goesBackInThatDatabaseAlone() throws InterruptedException {
        try (Node node = open()) {
            for (String name : List.of("a", "b")) {
                Database database = node.create(name);
                database.setSecurity(Edits.bytes("{\"admins\":{\"names\":[\"ada\"]}}"));
                Revision first = Edits.put(database, "x", null, "{\"v\":1}");
                Edits.put(database, "x", first, "{\"v\":2}");
                node.pruner().close();
                database.setHorizon(new HorizonPolicy.Newest(1, Duration.ZERO));
            }
            node.backup(backups(), (bytes, of) -> {});
        }
        Restore.run(backups(), restored(), new Restore.Wish(null, new BlockSelector.Number(1), "a"));
        assertEquals("{\"v\":1}", show(restored(), "a", "x"));
        assertEquals("{\"v\":2}", show(restored(), "b", "x"));
        try (Node node = Node.open(restored(), NodeOptions.DEFAULT)) {
            assertEquals(
                    "{\"admins\":{\"names\":[\"ada\"]}}",
                    new String(node.database("a").security()));
            assertEquals(List.of("a", "b"), node.databaseNames());
        }
    }

    @Test
    void restore_atATime_leavesOutWhatWasMadeLater() throws InterruptedException {
        try (Node node = open()) {
            Database database = node.create("a");
            Revision first = Edits.put(database, "x", null, "{\"v\":1}");
            clock.addAndGet(1000);
            Edits.put(database, "x", first, "{\"v\":2}");
            node.create("later");
            node.backup(backups(), (bytes, of) -> {});
        }
        Restore.run(backups(), restored(), new Restore.Wish(null, new BlockSelector.At(1_000_500), null));
        assertEquals("{\"v\":1}", show(restored(), "a", "x"));
        try (Node node = Node.open(restored(), NodeOptions.DEFAULT)) {
            assertEquals(List.of("a"), node.databaseNames());
        }
    }

    @Test
    void restore_whatCannotBe_isRefusedAndLeavesNothing() throws IOException {
        assertThrows(NodeOpenException.class, () -> Restore.run(backups(), restored(), Restore.Wish.NEWEST));
        try (Node node = open()) {
            node.create("a");
            node.backup(backups(), (bytes, of) -> {});
            Files.createDirectories(directory.resolve("other"));
            Files.writeString(directory.resolve("other/photo.txt"), "x");
            assertThrows(NodeOpenException.class, () -> node.backup(directory.resolve("other"), (bytes, of) -> {}));
        }
        assertThrows(
                BlockException.class,
                () -> Restore.run(backups(), restored(), new Restore.Wish(null, new BlockSelector.Number(7), "a")));
        assertFalse(Files.exists(restored()));
        assertThrows(
                NodeOpenException.class, () -> Restore.run(backups(), directory.resolve("other"), Restore.Wish.NEWEST));
        assertEquals(1, directory.resolve("other").toFile().list().length);
    }

    @Test
    void restore_aNumber_takesThatBackup() throws InterruptedException {
        Revision revision = null;
        for (int i = 1; i <= 3; i++) {
            try (Node node = open()) {
                Database database = i == 1 ? node.create("a") : node.database("a");
                revision = Edits.put(database, "x", revision, "{\"v\":" + i + "}");
                node.backup(backups(), (bytes, of) -> {});
            }
        }
        assertEquals(
                List.of(1, 2, 3),
                Backup.list(backups()).stream().map(Backup.Taken::number).toList());

        assertEquals(
                2,
                Restore.run(backups(), restored(), new Restore.Wish(2, null, null))
                        .backup()
                        .number());
        assertEquals("{\"v\":2}", show(restored(), "a", "x"));
        assertEquals(
                backups() + " has no backup 7; it has 1, 2, 3",
                assertThrows(
                                NodeOpenException.class,
                                () -> Restore.run(backups(), directory.resolve("no"), new Restore.Wish(7, null, null)))
                        .getMessage());
    }

    @Test
    void restore_aBlockThatTheNewestCannotReadAnyMore_takesAnEarlierOne() throws InterruptedException {
        try (Node node = open()) {
            Database database = node.create("a");
            node.pruner().close();
            Revision first = Edits.put(database, "x", null, "{\"v\":1}");
            Edits.put(database, "x", first, "{\"v\":2}");
            node.backup(backups(), (bytes, of) -> {});
            node.submit(database.group(), new DataCommand.RaiseHorizon(database.number(), 2));
            node.backup(backups(), (bytes, of) -> {});
        }
        Restore.Wish wish = new Restore.Wish(null, new BlockSelector.Number(1), "a");

        assertEquals(1, Restore.run(backups(), restored(), wish).backup().number());
        assertEquals("{\"v\":1}", show(restored(), "a", "x"));
        Restore.Wish newest = new Restore.Wish(2, new BlockSelector.Number(1), "a");
        assertThrows(BlockException.class, () -> Restore.run(backups(), directory.resolve("no"), newest));
    }

    @Test
    void restore_aTime_takesTheFirstBackupAfterItAndNamesWhatItLeavesOut() throws InterruptedException {
        long begun = System.currentTimeMillis() - 10_000; // Backups are dated by the machine, blocks by this clock.
        clock.set(begun);
        try (Node node = open()) {
            Edits.put(node.create("a"), "x", null, "{}");
            clock.set(begun + 1000);
            node.create("later");
            node.backup(backups(), (bytes, of) -> {});
            node.backup(backups(), (bytes, of) -> {});
        }

        Restore.Restored restored =
                Restore.run(backups(), restored(), new Restore.Wish(null, new BlockSelector.At(begun + 500), null));

        assertEquals(1, restored.backup().number());
        assertEquals(List.of("later"), restored.leftOut());
        BlockSelector tomorrow = new BlockSelector.At(begun + 86_400_000);
        Restore.Wish late = new Restore.Wish(null, tomorrow, null);
        assertTrue(assertThrows(NodeOpenException.class, () -> Restore.run(backups(), directory.resolve("no"), late))
                .getMessage()
                .startsWith("the newest backup in " + backups() + " is of "));
    }

    @Test
    void restore_anUnknownDatabase_isNamed() {
        try (Node node = open()) {
            node.create("islands");
            node.backup(backups(), (bytes, of) -> {});
        }
        Restore.Wish wish = new Restore.Wish(null, new BlockSelector.Number(0), "ilands");
        assertEquals(
                "backup 1 has no database ilands; it has islands",
                assertThrows(NodeOpenException.class, () -> Restore.run(backups(), restored(), wish))
                        .getMessage());
    }

    @Test
    void prune_byCountAndAge_keepsWhatEitherKeeps() {
        try (Node node = open()) {
            node.create("a");
            for (int i = 0; i < 4; i++) {
                node.backup(backups(), (bytes, of) -> {});
            }
        }
        Instant inThreeDays = Instant.now().plus(Duration.ofDays(3));
        assertEquals(List.of(), Backup.prune(backups(), 1, Duration.ofDays(4), () -> inThreeDays));
        List<Backup.Taken> gone = Backup.prune(backups(), 2, Duration.ofDays(2), () -> inThreeDays);
        assertEquals(List.of(1, 2), gone.stream().map(Backup.Taken::number).toList());
        assertEquals(
                List.of(3, 4),
                Backup.list(backups()).stream().map(Backup.Taken::number).toList());
        try (Node node = open()) {
            assertEquals(5, node.backup(backups(), (bytes, of) -> {}).number());
        }
    }
}
