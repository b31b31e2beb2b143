package archipel.engine;

import archipel.storage.FormatVersion;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A data directory: a {@code FORMAT} file that says whose it is and of which version, a {@code LOCK} file that one
 * process holds, and the store. Refuses what it does not know rather than guess.
 */
final class DataDirectory implements AutoCloseable {
    private static final Pattern FORMAT = Pattern.compile("archipel data, format (\\d+)\\s*");

    private final Path path;
    private final FileChannel channel;

    private DataDirectory(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** Whether a node has ever been opened there. */
    static boolean exists(Path path) {
        return Files.exists(path.resolve("FORMAT"));
    }

    static DataDirectory open(Path path) {
        try {
            boolean fresh = prepare(path);
            DataDirectory directory = acquire(path);
            if (fresh) {
                directory.writeFormat();
            }
            return directory;
        } catch (IOException e) {
            throw new NodeOpenException("cannot use the data directory " + path + ": " + e, e);
        }
    }

    // Looks before it touches anything; true when there was nothing yet.
    private static boolean prepare(Path path) throws IOException {
        Path format = path.resolve("FORMAT");
        if (Files.exists(format)) {
            checkFormat(path, Files.readString(format));
            return false;
        }
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new NodeOpenException(path + " is a file; name a directory for the data");
        }
        Files.createDirectories(path);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
            for (Path entry : entries) {
                // A first start that was cut off leaves its lock file alone.
                if (!entry.getFileName().toString().equals("LOCK")) {
                    throw new NodeOpenException(path + " holds something else (" + entry.getFileName()
                            + ") and no Archipel data; name an empty or a new directory");
                }
            }
        }
        return true;
    }

    /** Makes a data directory of one that has a store and nothing else yet. */
    static void adopt(Path path) throws IOException {
        try (DataDirectory directory = acquire(path)) {
            directory.writeFormat();
        }
    }

    private static void checkFormat(Path path, String text) {
        Matcher matcher = FORMAT.matcher(text);
        if (!matcher.matches()) {
            throw new NodeOpenException(
                    path + " has a FORMAT file that Archipel did not write; name another directory");
        }
        int version = Integer.parseInt(matcher.group(1));
        if (version > FormatVersion.NEWEST.number()) {
            throw new NodeOpenException(path + " was written by a newer Archipel (format " + version
                    + ", this one knows " + FormatVersion.NEWEST.number() + "); use that version or newer");
        }
        if (version < FormatVersion.OLDEST.number()) {
            throw new NodeOpenException(path + " was written by an older Archipel (format " + version
                    + ", this one reads " + FormatVersion.OLDEST.number()
                    + " and newer); replicate its databases from a node of that version");
        }
    }

    private static DataDirectory acquire(Path path) throws IOException {
        Path file = path.resolve("LOCK");
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                channel.truncate(0);
                channel.write(ByteBuffer.wrap(
                        Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
                return new DataDirectory(path, channel);
            }
        } catch (OverlappingFileLockException e) {
            // Held by this very process: the same answer as for another one.
        }
        String holder = Files.readString(file).strip();
        channel.close();
        throw new NodeOpenException("the data directory " + path + " is in use"
                + (holder.isEmpty() ? "" : " by process " + holder) + "; stop that one or name another directory");
    }

    private void writeFormat() throws IOException {
        Path format = path.resolve("FORMAT");
        Path draft = path.resolve("FORMAT.new");
        try (FileChannel out = FileChannel.open(
                draft, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            out.write(ByteBuffer.wrap(("archipel data, format " + FormatVersion.NEWEST.number() + "\n")
                    .getBytes(StandardCharsets.US_ASCII)));
            out.force(true);
        }
        Files.move(draft, format, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel folder = FileChannel.open(path)) {
            folder.force(true);
        }
    }

    Store openStore(long blockCacheBytes, long writeBufferBytes) {
        return Store.open(store(), blockCacheBytes, writeBufferBytes);
    }

    Store openStoreReadOnly(long blockCacheBytes) {
        return Store.openReadOnly(store(), blockCacheBytes);
    }

    private Path store() {
        return path.resolve("store");
    }

    /** What to tell of a failure to open the store. */
    RuntimeException explain(RuntimeException e) {
        if (!(e instanceof StorageException failure)) {
            return e;
        }
        String remedy = switch (failure.kind()) {
            case CORRUPT -> "its files are damaged; restore a copy, or run 'archipel check' on it to see what is";
            case FULL -> "the disk is full; make room and start again";
            case LOCKED -> "another process has it open; stop that one";
            case IO -> "it cannot be read or written; see the cause";
        };
        return new NodeOpenException(
                "cannot open the data directory " + path + ": " + remedy + " (" + failure.details() + ")", e);
    }

    @Override
    public void close() {
        try {
            // Which gives up the lock, and does no harm when done twice.
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot let " + path + " go", e);
        }
    }
}
