package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.document.Revision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of a node, and what is made of them. */
class BackupTest {
    @TempDir
    private Path directory;

    private final AtomicLong clock = new AtomicLong(1_000_000);

    private Node open() {
        return Node.open(directory.resolve("data"), NodeOptions.DEFAULT, () -> Instant.ofEpochMilli(clock.get()));
    }

    private Path backups() {
        return directory.resolve("backups");
    }

    private Path restored() {
        return directory.resolve("restored");
    }

    private static String show(Path data, String name, String id) {
        try (Node node = Node.open(data, NodeOptions.DEFAULT);
                Snapshot snapshot = node.database(name).snapshot()) {
            DocumentRecord record = snapshot.document(id);
            return record == null
                    ? "none"
                    : Edits.json(snapshot, id, record.winner().revision());
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
            Backup.Taken one = node.backup(backups(), told::add);
            assertEquals(1, one.number());
            assertEquals(one.newBytes(), told.getLast());
            for (int i = 0; i < 2000; i++) {
                String noise = Long.toString(i * 0x9E3779B97F4A7C15L, 36);
                Edits.put(database, "filler" + i, null, "{\"pad\":\"" + noise + "\"}");
            }
            Backup.Taken two = node.backup(backups(), bytes -> {});
            Edits.put(database, "x", first, "{\"v\":2}");
            Backup.Taken three = node.backup(backups(), bytes -> {});
            assertTrue(three.newBytes() < three.bytes() / 2, two + " then " + three + ": files are shared");
            Edits.put(database, "late", null, "{}");
        }
        Backup.restore(backups(), restored(), null, null);
        assertEquals("{\"v\":2}", show(restored(), "a", "x"));
        assertEquals("none", show(restored(), "a", "late"));
        assertFalse(Verifier.verify(restored(), (database, block, head) -> true).stream()
                .anyMatch(report -> report.fault() != null));
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
                database.setHorizon(new HorizonPolicy.Newest(1, java.time.Duration.ZERO));
            }
            node.backup(backups(), bytes -> {});
        }
        Backup.restore(backups(), restored(), new BlockSelector.Number(1), "a");
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
            node.backup(backups(), bytes -> {});
        }
        Backup.restore(backups(), restored(), new BlockSelector.At(1_000_500), null);
        assertEquals("{\"v\":1}", show(restored(), "a", "x"));
        try (Node node = Node.open(restored(), NodeOptions.DEFAULT)) {
            assertEquals(List.of("a"), node.databaseNames());
        }
    }

    @Test
    void restore_whatCannotBe_isRefusedAndLeavesNothing() throws IOException {
        assertThrows(NodeOpenException.class, () -> Backup.restore(backups(), restored(), null, null));
        try (Node node = open()) {
            node.create("a");
            node.backup(backups(), bytes -> {});
            Files.createDirectories(directory.resolve("other"));
            Files.writeString(directory.resolve("other/photo.txt"), "x");
            assertThrows(NodeOpenException.class, () -> node.backup(directory.resolve("other"), bytes -> {}));
        }
        assertThrows(
                BlockException.class, () -> Backup.restore(backups(), restored(), new BlockSelector.Number(7), "a"));
        assertFalse(Files.exists(restored()));
        assertThrows(NodeOpenException.class, () -> Backup.restore(backups(), directory.resolve("other"), null, null));
        assertEquals(1, directory.resolve("other").toFile().list().length);
    }
}
