package archipel.storage;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.rocksdb.BackupEngine;
import org.rocksdb.BackupEngineOptions;
import org.rocksdb.BackupInfo;
import org.rocksdb.Env;
import org.rocksdb.RestoreOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * Copies of a store in a directory of their own. A file that an earlier copy has already, by name, size and checksum,
 * is shared with it, so that a copy costs what changed. What is copied is fsynced.
 */
public final class Backups {
    /** With less than a few blocks to be had a disk is full. */
    private static final long USED_UP_BYTES = 64 << 10;

    static {
        RocksDB.loadLibrary();
    }

    private Backups() {}

    /**
     * Adds a copy of what is stored now; others go on writing. The caller keeps the store open by a snapshot.
     *
     * @param note kept with the copy
     * @param bytesPerSecond how much is written at the most; 0 for as much as can be
     */
    public static Copy take(Store store, Path directory, String note, long bytesPerSecond) {
        try (BackupEngineOptions options = options(directory).setBackupRateLimit(bytesPerSecond);
                BackupEngine engine = BackupEngine.open(Env.getDefault(), options)) {
            engine.createNewBackupWithMetadata(store.db(), note, true);
            return newest(engine);
        } catch (RocksDBException | IOException e) {
            throw failure("cannot copy the store to " + directory, directory, e);
        }
    }

    /**
     * How many bytes {@link #take} would write now, roughly: what is still only in memory is written to files first,
     * which the store would do sooner or later, and what others write meanwhile comes on top. Takes away what a copy
     * that was cut off has left.
     */
    public static long missingBytes(Store store, Path directory) {
        try (BackupEngineOptions options = options(directory);
                BackupEngine engine = BackupEngine.open(Env.getDefault(), options)) {
            if (engine.getCorruptedBackups().length == 0) {
                // The files of a copy whose list is damaged would be taken for remains.
                engine.garbageCollect();
            }
            Set<String> known = sharedFiles(directory.resolve("shared_checksum"));
            Path files = Path.of(store.db().getName());
            long bytes = 0;
            for (String name : store.db().getLiveFiles(true).files) {
                Path file = files.resolve(name.substring(1));
                // Between the two calls a compaction may have replaced the file.
                long size = Files.exists(file) ? Files.size(file) : 0;
                bytes += known.contains(nameAndSize(file, size)) ? 0 : size;
            }
            return bytes;
        } catch (RocksDBException | IOException e) {
            throw failure("cannot look through " + directory, directory, e);
        }
    }

    /** Of {@code 000012_sX1Y2_345.sst}, which is file 12 of 345 bytes, the number, the size and the kind. */
    private static Set<String> sharedFiles(Path directory) throws IOException {
        Set<String> known = new HashSet<>();
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
                for (Path file : files) {
                    String name = file.getFileName().toString();
                    known.add(name.replaceFirst("_.*_", "_"));
                }
            }
        }
        return known;
    }

    private static String nameAndSize(Path file, long size) {
        return file.getFileName().toString().replaceFirst("\\.", "_" + size + ".");
    }

    /** Those that are whole, the oldest first. */
    public static List<Copy> list(Path directory) {
        try (BackupEngineOptions options = options(directory);
                BackupEngine engine = BackupEngine.open(Env.getDefault(), options)) {
            return engine.getBackupInfo().stream().map(Backups::copy).toList();
        } catch (RocksDBException | IOException e) {
            throw failure("cannot look through " + directory, directory, e);
        }
    }

    /** Deletes copies, and the files that none of the others has. */
    public static void delete(Path directory, List<Copy> copies) {
        try (BackupEngineOptions options = options(directory);
                BackupEngine engine = BackupEngine.open(Env.getDefault(), options)) {
            for (Copy copy : copies) {
                engine.deleteBackup(copy.number());
            }
        } catch (RocksDBException | IOException e) {
            throw failure("cannot delete from " + directory, directory, e);
        }
    }

    /**
     * Puts a copy's files into a directory that has none.
     *
     * @throws StorageException also when a file is not what was copied
     */
    public static void restore(Path directory, Copy copy, Path store) {
        try (BackupEngineOptions options = options(directory);
                BackupEngine engine = BackupEngine.open(Env.getDefault(), options);
                RestoreOptions restore = new RestoreOptions(false)) {
            Files.createDirectories(store);
            engine.restoreDbFromBackup(copy.number(), store.toString(), store.toString(), restore);
        } catch (RocksDBException | IOException e) {
            throw failure("cannot restore from " + directory, store, e);
        }
    }

    private static BackupEngineOptions options(Path directory) throws IOException {
        Files.createDirectories(directory);
        return new BackupEngineOptions(directory.toString())
                .setSync(true)
                .setShareTableFiles(true)
                .setShareFilesWithChecksum(true);
    }

    private static Copy newest(BackupEngine engine) {
        List<BackupInfo> copies = engine.getBackupInfo();
        if (copies.isEmpty()) {
            throw new StorageException(StorageException.Kind.IO, "there is no whole copy");
        }
        return copy(copies.getLast());
    }

    private static Copy copy(BackupInfo copy) {
        return new Copy(copy.backupId(), 1000 * copy.timestamp(), copy.size(), copy.numberFiles(), copy.appMetadata());
    }

    /** @param target where something was to be written */
    public static StorageException failure(String doing, Path target, Exception e) {
        if (e instanceof RocksDBException failure) {
            // It tells a full disk by the error's number.
            return Store.failure(doing, failure);
        }
        // Which the Java library does not: there is its text, in the language of the system, and what the disk says.
        boolean full =
                String.valueOf(e.getMessage()).contains("No space left on device") || isOfNoKind(e) && isUsedUp(target);
        return new StorageException(
                full ? StorageException.Kind.FULL : StorageException.Kind.IO, doing + ": " + e.getMessage(), e);
    }

    /** Other kinds, such as of files that are not there, have exceptions of their own. */
    private static boolean isOfNoKind(Exception e) {
        return e.getClass() == FileSystemException.class || e.getClass() == IOException.class;
    }

    private static boolean isUsedUp(Path path) {
        Path there = path.toAbsolutePath();
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        try {
            FileStore disk = Files.getFileStore(there);
            return disk.getTotalSpace() > 0 && disk.getUsableSpace() < USED_UP_BYTES;
        } catch (IOException unknown) {
            return false;
        }
    }

    /**
     * One copy.
     *
     * @param number from 1, one more each
     * @param timeMs since the epoch
     * @param bytes of all its files, those that it shares with earlier ones too
     * @param note that it was taken with; empty where there was none
     */
    public record Copy(int number, long timeMs, long bytes, int files, String note) {}
}
