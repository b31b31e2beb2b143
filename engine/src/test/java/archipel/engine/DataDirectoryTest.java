package archipel.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.changes.Threads;
import archipel.storage.FaultyStore;
import archipel.storage.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
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

    /** A first start on a disk that fails: its store would wait for the node's threads and snapshots as it closes. */
    @Test
    void node_nameCannotBeStored_leavesNothingBehind() {
        List<Thread> threads = new CopyOnWriteArrayList<>();
        Threads recorded = (name, work) -> {
            Thread thread = Threads.PLATFORM.unstarted(name, work);
            threads.add(thread);
            return thread;
        };
        AtomicReference<FaultyStore> opened = new AtomicReference<>();
        Environment environment = Environment.of(InstantSource.system())
                .withThreads(recorded)
                .withStore((path, cache, buffer) -> {
                    FaultyStore store = FaultyStore.open(path, cache, buffer);
                    store.failCommit(StorageException.Kind.IO, 0);
                    opened.set(store);
                    return store;
                });
        assertThrows(NodeOpenException.class, () -> Node.openStill(data(), NodeOptions.DEFAULT, environment));
        assertTrue(threads.stream().map(Thread::getName).toList().contains("archipel-writer"), "it failed too early");
        assertEquals(
                List.of(),
                threads.stream().filter(Thread::isAlive).map(Thread::getName).toList());
        assertEquals(0, opened.get().openSnapshots());
        open(NodeOptions.DEFAULT).close();
    }

    @Test
    void directory_formatCannotBeWritten_isLetGo() throws IOException {
        Files.createDirectories(data().resolve("FORMAT.new"));
        String said = assertThrows(NodeOpenException.class, () -> open(NodeOptions.DEFAULT))
                .getMessage();
        assertTrue(said.contains("FORMAT.new"), said);
        Files.delete(data().resolve("FORMAT.new"));
        open(NodeOptions.DEFAULT).close();
    }

    @Test
    void backup_directoryIsRefused_isLetGo() throws IOException {
        Path backups = Files.createDirectories(directory.resolve("backups"));
        Path stray = Files.writeString(backups.resolve("stray"), "");
        try (Node node = Node.openStill(data(), NodeOptions.DEFAULT, Environment.of(InstantSource.system()))) {
            assertThrows(NodeOpenException.class, () -> node.backup(backups, (bytes, of) -> {}));
            Files.delete(stray);
            assertEquals(1, node.backup(backups, (bytes, of) -> {}).number());
        }
    }
}
