package archipel.engine;

import archipel.storage.Backups;
import archipel.storage.DiskReserve;
import archipel.storage.FormatVersion;
import archipel.storage.Opening;
import archipel.storage.StorageException;
import archipel.storage.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A data directory: a {@code FORMAT} file that says whose it is and of which version, a {@code LOCK} file that one
 * process holds, the store, that of indexes once there are any, and mostly a {@link DiskReserve reserve}. Refuses what
 * it does not know rather than guess.
 *
 * <p>Invariant: where {@code FORMAT} is, there was a whole store. It is called {@code FORMAT.new} until then, so that a
 * store that has gone (it lies on a file system that is not mounted, say) is told from one that was never made.
 */
final class DataDirectory implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DataDirectory.class.getName());
    private static final Pattern FORMAT = Pattern.compile("archipel data, format (\\d{1,9})\\s*");

    /** What a new file system of its own has at its root. */
    static final String OF_EXT4 = "lost+found";

    private static final Set<String> OF_A_FIRST_START =
            Set.of("LOCK", "FORMAT.new", "store", "RESERVE.new", "identity", "ensemble", "ensemble.new", "log");

    /** What a node has that was made the member of an ensemble and was not started yet. */
    private static final Set<String> OF_A_MEMBER = Set.of("LOCK", "identity", "ensemble");

    private final Path path;
    private final FileChannel channel;
    private boolean fresh;

    private DataDirectory(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /** Whether a node has ever been opened there. */
    static boolean exists(Path path) {
        return isThere(path.resolve("FORMAT"));
    }

    /**
     * Whether there is a file of that name.
     *
     * @throws NodeOpenException where this process may not find out
     */
    static boolean isThere(Path file) {
        try {
            Files.readAttributes(file, BasicFileAttributes.class);
            return true;
        } catch (AccessDeniedException e) {
            throw new NodeOpenException(NodeOpenException.explain(e), e);
        } catch (IOException e) {
            return false;
        }
    }

    /** @param mustExist whether a directory without data is refused */
    static DataDirectory open(Path path, boolean mustExist) {
        try (Opening opening = new Opening()) {
            boolean fresh = prepare(path, mustExist);
            DataDirectory directory = opening.add(acquire(path));
            directory.fresh = fresh;
            if (fresh) {
                directory.draftFormat(format());
            }
            opening.keep();
            return directory;
        } catch (IOException e) {
            throw new NodeOpenException(
                    "the data directory " + path + " cannot be used: " + NodeOpenException.explain(e), e);
        }
    }

    // Looks before it touches anything; true when there was nothing yet.
    private static boolean prepare(Path path, boolean mustExist) throws IOException {
        if (path.toString().isEmpty()) {
            throw new NodeOpenException("the data directory has no name; give --data a directory");
        }
        Path format = path.resolve("FORMAT");
        if (Files.exists(format)) {
            checkFormat(path, Files.readString(format));
            requireReadable(path.resolve("store"));
            if (!Store.exists(path.resolve("store"))) {
                throw new NodeOpenException(path + " held data, and its directory \"store\" is gone or empty;"
                        + " mount the file system it lies on, or restore a backup to another directory");
            }
            return false;
        }
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new NodeOpenException(path + " is a file; name a directory for the data");
        }
        if (mustExist) {
            throw new NodeOpenException(
                    path + " holds no Archipel data, and data_must_exist does not allow initializing"
                            + " it; mount the file system it lies on, or name another directory");
        }
        Files.createDirectories(path);
        boolean begun = Files.exists(path.resolve("FORMAT.new"));
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                // What a first start that was cut off leaves.
                if (!(begun ? OF_A_FIRST_START : OF_A_MEMBER).contains(name) && !name.equals(OF_EXT4)) {
                    throw new NodeOpenException(path + " holds something else (" + name
                            + ") and no Archipel data; name an empty or a new directory");
                }
            }
        }
        return true;
    }

    // Told apart from a store that is gone: mounting something would not help.
    private static void requireReadable(Path store) throws IOException {
        for (Path needed : List.of(store, store.resolve("CURRENT"))) {
            if (isThere(needed) && !Files.isReadable(needed)) {
                throw new AccessDeniedException(needed.toString());
            }
        }
    }

    /** Bytes that are left on its disk for this process; NaN when the system does not say. */
    double freeBytes() {
        try {
            return Files.getFileStore(path).getUsableSpace();
        } catch (IOException e) {
            return Double.NaN;
        }
    }

    /** The size of its disk; NaN when the system does not say. */
    double diskBytes() {
        try {
            return Files.getFileStore(path).getTotalSpace();
        } catch (IOException e) {
            return Double.NaN;
        }
    }

    /** What data directories say of themselves that this version has made or raised. */
    static String format() {
        return format(FormatVersion.NEWEST);
    }

    private static String format(FormatVersion version) {
        return "archipel data, format " + version.number() + "\n";
    }

    /**
     * Makes a data directory of one that has a store and nothing else yet.
     *
     * @param format what the directory said that the store was copied from
     * @throws NodeOpenException where this version does not read that format
     */
    static void adopt(Path path, String format) throws IOException {
        checkFormat(path, format);
        try (DataDirectory directory = acquire(path)) {
            directory.draftFormat(format);
            directory.finishFormat();
        }
    }

    /** @throws NodeOpenException where this version does not read that format */
    static void checkFormat(Path path, String text) {
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
        try (Opening opening = new Opening()) {
            FileChannel channel = opening.add(FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
            FileLock lock = channel.tryLock();
            if (lock != null) {
                sign(channel);
                opening.keep();
                return new DataDirectory(path, channel);
            }
        } catch (OverlappingFileLockException e) {
            // Held by this very process: the same answer as for another one.
        }
        String holder = Files.readString(file).strip();
        throw new NodeOpenException("the data directory " + path + " is in use"
                + (holder.isEmpty() ? "" : " by process " + holder) + "; stop that one or name another directory");
    }

    // For whoever is refused; on a full disk he is not told.
    private static void sign(FileChannel channel) {
        try {
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "the lock file cannot be written", e);
        }
    }

    private void draftFormat(String text) throws IOException {
        try (FileChannel out = FileChannel.open(
                path.resolve("FORMAT.new"),
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            out.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
            out.force(true);
        }
        syncEntries();
    }

    private void finishFormat() throws IOException {
        Files.move(path.resolve("FORMAT.new"), path.resolve("FORMAT"), StandardCopyOption.ATOMIC_MOVE);
        syncEntries();
    }

    private void syncEntries() throws IOException {
        try (FileChannel folder = FileChannel.open(path)) {
            folder.force(true);
        }
    }

    /**
     * A store that was opened.
     *
     * @param full whether that took space from the reserve
     */
    record OpenedStore(Store store, boolean full) {}

    /** As {@link #openStore(StoreOpener, NodeOptions)}; on a full disk with space from the reserve. */
    OpenedStore openStore(StoreOpener opener, NodeOptions options, DiskReserve reserve) {
        boolean full = false;
        while (true) {
            try {
                return new OpenedStore(openStore(opener, options), full);
            } catch (StorageException e) {
                if (e.kind() != StorageException.Kind.FULL || !reserve.releasePart()) {
                    throw e;
                }
                full = true;
            }
        }
    }

    /** Opens the store; the first time, which makes it, the directory counts as one with data from then on. */
    Store openStore(StoreOpener opener, NodeOptions options) {
        Store store = opener.open(store(), options.blockCacheBytes(), options.writeBufferBytes());
        if (fresh) {
            try {
                finishFormat();
                fresh = false;
            } catch (IOException e) {
                store.close();
                throw new NodeOpenException("cannot use the data directory " + path + ": " + e, e);
            }
        }
        try {
            // What is written in any case, also before the groups are raised further.
            raiseFormat(FormatVersion.BEFORE_RAISING);
        } catch (StorageException e) {
            store.close();
            throw e;
        }
        return store;
    }

    /**
     * Has programs that do not know a format refuse the directory: to be done before anything is written that they
     * cannot read.
     *
     * @throws StorageException of kind full where only space is missing
     */
    synchronized void raiseFormat(FormatVersion version) {
        Path file = path.resolve("FORMAT");
        try {
            Matcher now = FORMAT.matcher(Files.readString(file));
            if (!now.matches() || Integer.parseInt(now.group(1)) < version.number()) {
                draftFormat(format(version));
                finishFormat();
            }
        } catch (IOException e) {
            throw Backups.failure("cannot raise the format of " + path, path, e);
        }
    }

    DiskReserve reserve(NodeOptions options) {
        // What the store wants to have free before it takes writes again, after it found no space.
        return new DiskReserve(path, options.limits().reserveBytes(), options.writeBufferBytes() / 2);
    }

    Store openStoreReadOnly(long blockCacheBytes) {
        return Store.openReadOnly(store(), blockCacheBytes);
    }

    /** Free bytes on its disk for this process; 0 where that cannot be told. */
    long usableBytes() {
        try {
            return Files.getFileStore(path).getUsableSpace();
        } catch (IOException e) {
            return 0;
        }
    }

    private Path store() {
        return path.resolve("store");
    }

    /** For files of a log that has the commands itself. */
    Path log() {
        return path.resolve("log");
    }

    /** Where the store of indexes is, if there are any. */
    Path indexes() {
        return path.resolve("index");
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
            case IO, UNKNOWN, RECOVERING -> "it cannot be read or written; see the cause";
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

    /** How a store is opened; tests open one that fails. */
    @FunctionalInterface
    interface StoreOpener {
        Store open(Path directory, long blockCacheBytes, long writeBufferBytes);
    }
}
