package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.storage.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which directories a node begins in, and which it refuses. */
class DataDirectoryTest {
    @TempDir
    private Path directory;

    private Path data() {
        return directory.resolve("data");
    }

    private Node open(NodeOptions options) {
        return Node.open(data(), options);
    }

    @Test
    void open_storeIsGone_isRefusedAndLeavesTheDirectoryAlone() throws IOException {
        open(NodeOptions.DEFAULT).close();
        Path elsewhere = directory.resolve("elsewhere");
        Files.move(data().resolve("store"), elsewhere);
        String said = assertThrows(NodeOpenException.class, () -> open(NodeOptions.DEFAULT))
                .getMessage();
        assertTrue(said.contains("is gone"), said);
        assertFalse(Files.exists(data().resolve("store")));
        // A file system that is not mounted leaves the directory that it is mounted on.
        Files.createDirectory(data().resolve("store"));
        assertThrows(NodeOpenException.class, () -> open(NodeOptions.DEFAULT));
        assertThrows(NodeOpenException.class, () -> Checker.check(data()));
        assertThrows(
                NodeOpenException.class, () -> Backup.take(data(), directory.resolve("backups"), (bytes, of) -> {}));
        Files.delete(data().resolve("store"));
        Files.move(elsewhere, data().resolve("store"));
        open(NodeOptions.DEFAULT).close();
    }

    @Test
    void open_firstStartCutOff_goesOn() throws IOException {
        NodeOptions options = NodeOptions.DEFAULT;
        assertThrows(
                NodeOpenException.class,
                () -> Node.open(
                        data(), options, Environment.of(InstantSource.system()).withStore((path, cache, buffer) -> {
                            throw new StorageException(StorageException.Kind.IO, "cut off");
                        })));
        assertTrue(Files.exists(data().resolve("FORMAT.new")));
        assertFalse(Files.exists(data().resolve("FORMAT")));
        open(options).close();
        assertTrue(Files.exists(data().resolve("FORMAT")));
        assertEquals(List.of(), Checker.check(data()));
    }

    @Test
    void open_newFileSystem_itsOwnDirectoryIsNoReasonToRefuse() throws IOException {
        Files.createDirectories(data().resolve("lost+found"));
        open(NodeOptions.DEFAULT).close();
        open(NodeOptions.DEFAULT).close();
        assertEquals(List.of(), Checker.check(data()));
        Path backups = directory.resolve("backups");
        Files.createDirectories(backups.resolve("lost+found"));
        assertEquals(1, Backup.take(data(), backups, (bytes, of) -> {}).number());
    }

    @Test
    void open_directoryThatMustExist_isNotMade() {
        NodeOptions options = NodeOptions.DEFAULT.withMustExist(true);
        assertThrows(NodeOpenException.class, () -> open(options));
        open(NodeOptions.DEFAULT).close();
        open(options).close();
    }

    @Test
    void open_fullDisk_isDoneFromTheReserve() throws IOException {
        NodeOptions options = NodeOptions.DEFAULT.withLimits(NodeOptions.Limits.DEFAULT.withReserve(1 << 20));
        Path reserve = data().resolve("RESERVE");
        try (Node node = open(options)) {
            Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> Files.exists(reserve));
            assertEquals(1 << 20, Files.size(reserve));
            node.create("a");
        }
        try (Node node = Node.open(
                data(), options, Environment.of(InstantSource.system()).withStore((path, cache, buffer) -> {
                    if (Files.exists(reserve)) {
                        throw new StorageException(StorageException.Kind.FULL, "no space");
                    }
                    return archipel.storage.Store.open(path, cache, buffer);
                }))) {
            assertEquals(List.of("a"), node.databaseNames());
            node.delete("a");
        }
    }
}
