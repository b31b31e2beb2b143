package archipel.raft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import archipel.raft.EntryStore.Entry;
import archipel.storage.Store;
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

/** What a crash leaves of a log whose files are used again. */
class EntryStoreTest {
    private static final int ENTRY_BYTES = 16 << 10;
    private static final long BUFFER_BYTES = 1 << 20;
    // As many as fill several files of the log, so that the newest one was another before.
    private static final int ENTRIES = 400;

    @TempDir
    private Path directory;

    private Path log;
    private Path crashed;

    @BeforeEach
    void crashAfterFilesWereReused() throws IOException {
        log = directory.resolve("log");
        crashed = directory.resolve("crashed");
        Set<Object> seen = new HashSet<>();
        boolean reused = false;
        try (Store main = Store.open(directory.resolve("main"), 1 << 20, BUFFER_BYTES);
                EntryStore entries = new EntryStore(main.openLog(log, BUFFER_BYTES), true)) {
            String name = "";
            for (int index = 1; index <= ENTRIES; index++) {
                entries.append(3, List.of(new Entry(index, bytes(index), false)));
                Path newest = newestJournal(log);
                Object file =
                        Files.readAttributes(newest, BasicFileAttributes.class).fileKey();
                if (!newest.getFileName().toString().equals(name)) {
                    name = newest.getFileName().toString();
                    reused |= !seen.add(file);
                }
            }
            copy(log, crashed);
        }
        assertTrue(reused, "no file of the log was used again");
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
        long end = lastByte(newest, bytes(ENTRIES));
        try (RandomAccessFile file = new RandomAccessFile(newest.toFile(), "rw")) {
            file.seek(end);
            int there = file.read();
            file.seek(end);
            file.write(there ^ 1);
        }
        read(entries -> {
            assertEquals(ENTRIES - 1, entries.last(3));
            assertArrayEquals(bytes(ENTRIES - 1), entries.get(3, ENTRIES - 1));
        });
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

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
