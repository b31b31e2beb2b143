package archipel.raft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.raft.EntryStore.Entry;
import archipel.storage.StorageException;
import archipel.storage.Store;
import archipel.testkit.Directories;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a crash leaves of a log, and what damage does. */
class EntryStoreTest {
    private static final int ENTRY_BYTES = 16 << 10;
    private static final long BUFFER_BYTES = 1 << 20;
    // As many as fill several files.
    private static final int ENTRIES = 400;

    @TempDir
    private Path directory;

    private Path crashed;
    private byte[] syncedBeforeTheNewest = {};

    @BeforeEach
    void crash() throws IOException {
        Path log = directory.resolve("log");
        crashed = directory.resolve("crashed");
        try (Store main = Store.open(directory.resolve("main"), 1 << 20, BUFFER_BYTES);
                EntryStore entries = new EntryStore(main.openLog(log, BUFFER_BYTES), true)) {
            for (int index = 1; index <= ENTRIES; index++) {
                syncedBeforeTheNewest = index == 1 ? new byte[0] : Files.readAllBytes(log.resolve("SYNCED"));
                entries.append(3, List.of(new Entry(index, bytes(index), false)));
            }
            Directories.copy(log, crashed);
        }
    }

    @Test
    void last_afterACrash_isTheNewestEntryThatWasSynced() {
        read(entries -> {
            assertEquals(ENTRIES, entries.last(3));
            for (int index = 1; index <= ENTRIES; index++) {
                assertArrayEquals(bytes(index), entries.get(3, index));
            }
            assertNull(entries.get(3, ENTRIES + 1));
        });
    }

    @Test
    void last_whereTheNewestWriteIsTorn_isTheOneBefore() throws IOException {
        Path newest = newestJournal(crashed);
        // As a power cut leaves both: what was being written then was not synced.
        Files.write(crashed.resolve("SYNCED"), syncedBeforeTheNewest);
        try (RandomAccessFile file = new RandomAccessFile(newest.toFile(), "rw")) {
            file.setLength(lastByte(newest, bytes(ENTRIES)) - 10);
        }
        read(entries -> {
            assertEquals(ENTRIES - 1, entries.last(3));
            assertArrayEquals(bytes(ENTRIES - 1), entries.get(3, ENTRIES - 1));
        });
    }

    /** By the mark beside it, which a power cut may set back. */
    @Test
    void open_endsBeforeWhatWasSynced_isRefused() throws IOException {
        Path newest = newestJournal(crashed);
        try (RandomAccessFile file = new RandomAccessFile(newest.toFile(), "rw")) {
            file.setLength(lastByte(newest, bytes(ENTRIES)) - 10);
        }
        assertEquals(
                StorageException.Kind.CORRUPT,
                assertThrows(StorageException.class, () -> read(entries -> {})).kind());
    }

    @Test
    void open_newestFileIsGone_isRefused() throws IOException {
        Files.delete(newestJournal(crashed));
        assertEquals(
                StorageException.Kind.CORRUPT,
                assertThrows(StorageException.class, () -> read(entries -> {})).kind());
    }

    @Test
    void append_afterARestart_usesFilesAgain() throws IOException {
        Set<Object> files = new HashSet<>();
        int made = 0;
        try (Store main = Store.open(directory.resolve("main"), 1 << 20, BUFFER_BYTES);
                EntryStore entries = new EntryStore(main.openLog(crashed, BUFFER_BYTES), true)) {
            String before = "";
            for (int index = ENTRIES + 1; index <= 2 * ENTRIES; index++) {
                entries.append(3, List.of(new Entry(index, bytes(index), false)));
                Path newest = newestJournal(crashed);
                if (!newest.getFileName().toString().equals(before)) {
                    before = newest.getFileName().toString();
                    made++;
                    files.add(Files.readAttributes(newest, BasicFileAttributes.class)
                            .fileKey());
                }
            }
        }
        assertTrue(files.size() < made, made + " files, none of them used again");
    }

    /** What comes after may have been acknowledged. */
    @Test
    void open_damagedBeforeTheEnd_isRefused() throws IOException {
        Path newest = newestJournal(crashed);
        long at = lastByte(newest, bytes(ENTRIES - 1));
        try (RandomAccessFile file = new RandomAccessFile(newest.toFile(), "rw")) {
            file.seek(at);
            int there = file.read();
            file.seek(at);
            file.write(there ^ 1);
        }
        StorageException damaged = assertThrows(StorageException.class, () -> read(entries -> {}));
        assertEquals(StorageException.Kind.CORRUPT, damaged.kind());
    }

    private interface Reading {
        void of(EntryStore entries);
    }

    private void read(Reading reading) {
        try (Store main = Store.open(directory.resolve("main"), 1 << 20, BUFFER_BYTES);
                EntryStore entries = new EntryStore(main.openLog(crashed, BUFFER_BYTES), true)) {
            reading.of(entries);
        }
    }

    private static byte[] bytes(int index) {
        byte[] bytes = new byte[ENTRY_BYTES];
        new Random(index).nextBytes(bytes);
        return bytes;
    }

    private static Path newestJournal(Path of) throws IOException {
        try (Stream<Path> files = Files.list(of)) {
            return files.filter(file -> file.toString().endsWith(".log"))
                    .max(Comparator.comparing(Path::getFileName))
                    .orElseThrow();
        }
    }

    /** Where the last byte of an entry stands, whose last eight bytes stand together. */
    private static long lastByte(Path file, byte[] entry) throws IOException {
        byte[] all = Files.readAllBytes(file);
        for (int at = all.length - 1; at >= 8; at--) {
            int same = 0;
            while (same < 8 && all[at - same] == entry[entry.length - 1 - same]) {
                same++;
            }
            if (same == 8) {
                return at;
            }
        }
        throw new AssertionError("the entry is not in the file");
    }
}
