package archipel.engine;

import archipel.document.RequestException;
import archipel.log.CommandLog;
import archipel.read.BlockException;
import archipel.read.BlockSelector;
import archipel.read.Reader;
import archipel.read.Visibility;
import archipel.read.Wanted;
import archipel.storage.Backups;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.Opening;
import archipel.storage.StorageException;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Backups of a node in a directory that holds nothing else: each run adds a copy, and shares with the earlier ones the
 * files that are the same.
 */
public final class Backup {
    private static final System.Logger LOG = System.getLogger(Backup.class.getName());
    private static final long LOOK_MS = 500;

    private Backup() {}

    /**
     * Copies a data directory that no process has open; see {@link Node#backup}.
     *
     * @throws NodeOpenException where one of the directories cannot be used
     */
    public static Taken take(Path data, Path backups, Progress progress) {
        if (!DataDirectory.exists(data)) {
            throw new NodeOpenException(data + " holds no Archipel data; name the directory that a node was given");
        }
        try (Node node = Node.openStill(data, NodeOptions.DEFAULT, Environment.of(InstantSource.system()))) {
            return node.backup(backups, progress);
        } catch (StorageException e) {
            throw new NodeOpenException(e.details(), e);
        }
    }

    /** As {@link Node#backup(Path, long, Progress)}. */
    static Taken take(Store store, Path path, long bytesPerSecond, Progress progress) {
        try {
            Copying copying = Copying.start(store, path, bytesPerSecond);
            Backups.Copy done = watch(copying, progress);
            long newBytes = copying.newBytes();
            progress.at(newBytes, newBytes);
            return new Taken(done.number(), done.timeMs(), done.bytes(), newBytes);
        } catch (StorageException e) {
            if (e.kind() == StorageException.Kind.FULL) {
                // Not as for a write: the disk of the backups can be another one than that of the data.
                throw new UncheckedIOException(
                        "no backup", new IOException("there is no space left (" + e.details() + ")", e));
            }
            throw e;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to " + path, e);
        }
    }

    private static Backups.Copy watch(Copying copying, Progress progress) throws IOException {
        while (true) {
            try {
                return copying.result.get(LOOK_MS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                copying.tell(progress);
            } catch (InterruptedException e) {
                // A copy cannot be cut off; it is waited for, and the interrupt is the caller's to see.
                Backups.Copy done = CommandLog.await(copying.result);
                Thread.currentThread().interrupt();
                return done;
            } catch (ExecutionException e) {
                switch (e.getCause()) {
                    case RequestException cause -> throw cause;
                    case IOException cause -> throw cause;
                    case null, default -> throw new IllegalStateException(e);
                }
            }
        }
    }

    /**
     * The backups that a directory holds, the oldest first.
     *
     * @throws NodeOpenException where it holds none
     */
    public static List<Taken> list(Path backups) {
        return copies(backups).stream().map(Backup::taken).toList();
    }

    /**
     * Deletes the backups that are neither among the newest nor young, and what only they hold.
     *
     * @param keep how many of the newest stay, at least 1
     * @param within those that are no older stay, too
     * @return what was deleted, the oldest first
     * @throws NodeOpenException where the directory holds none, or one is being added
     */
    public static List<Taken> prune(Path backups, int keep, Duration within) {
        return prune(backups, keep, within, InstantSource.system());
    }

    static List<Taken> prune(Path backups, int keep, Duration within, InstantSource clock) {
        copies(backups);
        try (Directory directory = Directory.open(backups)) {
            List<Backups.Copy> all = Backups.list(directory.store());
            long oldestMs = clock.millis() - within.toMillis();
            List<Backups.Copy> gone = all.subList(0, Math.max(0, all.size() - Math.max(1, keep))).stream()
                    .filter(copy -> copy.timeMs() < oldestMs)
                    .toList();
            Backups.delete(directory.store(), gone);
            return gone.stream().map(Backup::taken).toList();
        } catch (StorageException e) {
            throw new NodeOpenException(e.details(), e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to " + backups, e);
        }
    }

    /** Never empty. */
    static List<Backups.Copy> copies(Path backups) {
        if (!Directory.exists(backups)) {
            throw new NodeOpenException(backups + " holds no backups; name the directory that they were written to");
        }
        List<Backups.Copy> copies;
        try {
            copies = Backups.list(Directory.store(backups));
        } catch (StorageException e) {
            throw new NodeOpenException(e.details(), e);
        }
        if (copies.isEmpty()) {
            throw new NodeOpenException(backups + " holds no backup that is whole");
        }
        return copies;
    }

    // Copies that were made before they said it have the current format, or lack what it brought.
    private static String format(Backups.Copy copy, Path store) {
        if (!copy.note().isEmpty()) {
            return copy.note();
        }
        boolean current = Store.families(store).contains(Family.HISTORY);
        return "archipel data, format " + (current ? FormatVersion.V2 : FormatVersion.V1).number() + "\n";
    }

    static Taken taken(Backups.Copy copy) {
        return new Taken(copy.number(), copy.timeMs(), copy.bytes(), 0);
    }

    /**
     * The copy under way. It cannot be cut off, so its own thread lets the directory and the store go, whatever becomes
     * of those who wait for it.
     */
    private static final class Copying implements Runnable {
        private final Store store;
        private final StoreSnapshot hold;
        private final Directory directory;
        private final long bytesPerSecond;
        private final CompletableFuture<Backups.Copy> result = new CompletableFuture<>();
        private volatile long bytesBefore;
        private volatile long bytesExpected;

        private Copying(Store store, StoreSnapshot hold, Directory directory, long bytesPerSecond) {
            this.store = store;
            this.hold = hold;
            this.directory = directory;
            this.bytesPerSecond = bytesPerSecond;
        }

        static Copying start(Store store, Path path, long bytesPerSecond) throws IOException {
            // Not for what it shows, which the copy does not heed: whoever closes the store waits for its release.
            StoreSnapshot hold = store.snapshot();
            try (Opening opening = new Opening()) {
                opening.add(hold::release);
                Copying copying = new Copying(store, hold, opening.add(Directory.open(path)), bytesPerSecond);
                Thread.ofPlatform().name("archipel-backup").start(copying);
                opening.keep();
                return copying;
            }
        }

        @Override
        public void run() {
            try {
                result.complete(copy());
            } catch (Throwable e) {
                // Whoever waits must hear of it.
                result.completeExceptionally(e);
            }
        }

        private Backups.Copy copy() throws IOException {
            try (directory) {
                long expected = Backups.missingBytes(store, directory.store());
                bytesBefore = directory.bytes();
                bytesExpected = expected;
                return Backups.take(store, directory.store(), DataDirectory.format(), bytesPerSecond);
            } finally {
                hold.release();
            }
        }

        long newBytes() throws IOException {
            return Math.max(0, directory.bytes() - bytesBefore);
        }

        void tell(Progress progress) throws IOException {
            long expected = bytesExpected;
            if (expected > 0) {
                long written = newBytes();
                progress.at(written, Math.max(written, expected));
            }
        }
    }

    /**
     * A directory of backups that a copy is being added to: a {@code BACKUPS} file that says what it is, and that the
     * one who writes holds a lock on, and the copies in {@code store}. A second writer would take the first one's
     * unfinished copy for remains.
     */
    static final class Directory implements AutoCloseable {
        private static final String MARK = "BACKUPS";
        private static final String CONTENT = "archipel backups\n";
        // A process loses its locks on a file as soon as it closes that file anywhere: it must not even try twice.
        private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

        private final Path path;
        private final FileChannel channel;
        private final FileLock lock;

        private Directory(Path path, FileChannel channel, FileLock lock) {
            this.path = path;
            this.channel = channel;
            this.lock = lock;
        }

        /** Whether backups were ever written there. */
        static boolean exists(Path path) {
            return DataDirectory.isThere(path.resolve(MARK));
        }

        /**
         * Makes it if there is none.
         *
         * @throws NodeOpenException where it holds something else, or somebody else adds a copy
         */
        static Directory open(Path directory) throws IOException {
            Files.createDirectories(directory);
            Path path = directory.toRealPath();
            if (!HELD_HERE.add(path)) {
                throw inUse(directory);
            }
            try (Opening opening = new Opening()) {
                opening.add(() -> HELD_HERE.remove(path));
                prepare(directory);
                FileChannel channel = opening.add(FileChannel.open(path.resolve(MARK), StandardOpenOption.WRITE));
                FileLock lock = channel.tryLock();
                if (lock == null) {
                    throw inUse(directory);
                }
                opening.keep();
                return new Directory(path, channel, lock);
            }
        }

        private static NodeOpenException inUse(Path directory) {
            return new NodeOpenException(
                    "another backup to " + directory + " is under way; wait for its end or name another directory");
        }

        private static void prepare(Path directory) throws IOException {
            if (exists(directory)) {
                return;
            }
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
                for (Path entry : entries) {
                    if (entry.endsWith(DataDirectory.OF_EXT4)) {
                        continue;
                    }
                    throw new NodeOpenException(directory + " holds something else (" + entry.getFileName()
                            + ") and no backups; name an empty or a new directory");
                }
            }
            Files.writeString(directory.resolve(MARK), CONTENT, StandardCharsets.US_ASCII);
        }

        /** The copies. */
        static Path store(Path directory) {
            return directory.resolve("store");
        }

        Path store() {
            return store(path);
        }

        /** Of the copies' files, without their lists. Those that come and go meanwhile may count or not. */
        long bytes() throws IOException {
            long[] bytes = {0};
            Files.walkFileTree(store(), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    return directory.endsWith("meta") ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    bytes[0] += attributes.isRegularFile() ? attributes.size() : 0;
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException gone) {
                    return FileVisitResult.CONTINUE;
                }
            });
            return bytes[0];
        }

        @Override
        public void close() {
            try {
                lock.release();
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot let " + path + " go", e);
            } finally {
                HELD_HERE.remove(path);
            }
        }
    }

    /** Told how far a run has come. */
    @FunctionalInterface
    public interface Progress {
        /**
         * Now and then, and at the end.
         *
         * @param bytes written so far
         * @param of how many will have been written at the end: an estimate, exact in the last call
         */
        void at(long bytes, long of);
    }

    /**
     * One backup.
     *
     * @param number from 1, one more each
     * @param timeMs when it was taken, since the epoch
     * @param bytes of all its files
     * @param newBytes of those that no earlier one has; 0 where it was not just taken
     */
    public record Taken(int number, long timeMs, long bytes, long newBytes) {}

    /**
     * Makes a data directory of a backup. It is there once it is whole; a run that is cut off leaves a directory whose
     * name ends in {@code .restoring}, which the next run takes away.
     */
    public static final class Restore {
        private final Path backups;
        private final Path data;
        private final Wish wish;

        private Restore(Path backups, Path data, Wish wish) {
            this.backups = backups;
            this.data = data;
            this.wish = wish;
        }

        /**
         * Restores what is wished for, from the backup that is named or else from the one that has it: the newest;
         * for a time the first that was taken after it, since of those it reaches back the farthest; for a block of a
         * database the newest that can read it still.
         *
         * @param data must not exist, or be empty
         * @throws NodeOpenException where a directory cannot be used, or there is no such backup or database
         * @throws BlockException where no backup can read that block
         */
        public static Restored run(Path backups, Path data, Wish wish) throws InterruptedException {
            return new Restore(backups, data, wish).run();
        }

        private Restored run() throws InterruptedException {
            List<Backups.Copy> candidates = candidates(copies(backups));
            try {
                if (Files.exists(data)) {
                    if (!isEmpty(data)) {
                        throw new NodeOpenException(data + " is not empty; name an empty or a new directory");
                    }
                    Files.delete(data);
                }
                for (int i = 0; ; i++) {
                    try {
                        return restore(candidates.get(i));
                    } catch (BlockException e) {
                        if (i == candidates.size() - 1 || e.kind() != BlockException.Kind.BELOW_HORIZON) {
                            throw e;
                        }
                    } catch (UnknownDatabase e) {
                        if (i == candidates.size() - 1) {
                            throw e;
                        }
                    }
                }
            } catch (StorageException e) {
                throw new NodeOpenException(e.details(), e);
            } catch (IOException e) {
                throw new UncheckedIOException("cannot restore to " + data, e);
            }
        }

        /** In the order in which they are tried. */
        private List<Backups.Copy> candidates(List<Backups.Copy> copies) {
            Integer number = wish.backup();
            if (number != null) {
                return copies.stream()
                        .filter(copy -> copy.number() == number)
                        .findFirst()
                        .map(List::of)
                        .orElseThrow(() -> new NodeOpenException(backups + " has no backup " + number + "; it has "
                                + copies.stream()
                                        .map(copy -> Integer.toString(copy.number()))
                                        .collect(Collectors.joining(", "))));
            }
            return switch (wish.at()) {
                case null -> List.of(copies.getLast());
                case BlockSelector.At time ->
                    // The times of backups are whole seconds, rounded down.
                    copies.stream()
                            .filter(copy -> copy.timeMs() + 999 >= time.timeMs())
                            .findFirst()
                            .map(List::of)
                            .orElseThrow(() -> new NodeOpenException("the newest backup in " + backups + " is of "
                                    + Instant.ofEpochMilli(copies.getLast().timeMs()) + ", before "
                                    + Instant.ofEpochMilli(time.timeMs())));
                default -> copies.reversed();
            };
        }

        private Restored restore(Backups.Copy copy) throws IOException, InterruptedException {
            Path draft = data.toAbsolutePath().resolveSibling(data.getFileName() + ".restoring");
            if (!copy.note().isEmpty()) {
                DataDirectory.checkFormat(backups, copy.note());
            }
            deleteTree(draft);
            boolean done = false;
            try {
                Backups.restore(Directory.store(backups), copy, draft.resolve("store"));
                DataDirectory.adopt(draft, format(copy, draft.resolve("store")));
                BlockSelector at = wish.at();
                List<String> leftOut = at == null ? List.of() : rewind(draft, copy, at);
                Files.move(draft, data, StandardCopyOption.ATOMIC_MOVE);
                done = true;
                return new Restored(taken(copy), leftOut);
            } finally {
                if (!done) {
                    discard(draft);
                }
            }
        }

        /** Answers which databases are left out. */
        private List<String> rewind(Path draft, Backups.Copy copy, BlockSelector at) throws InterruptedException {
            String wanted = wish.database();
            List<String> leftOut = new ArrayList<>();
            try (Node node = Node.openStill(draft, NodeOptions.DEFAULT, Environment.of(InstantSource.system()))) {
                List<String> names = wanted == null ? node.databaseNames() : List.of(wanted);
                for (String name : names) {
                    Database database = node.find(name);
                    if (database == null) {
                        throw new UnknownDatabase("backup " + copy.number() + " has no database " + name + "; it has "
                                + String.join(", ", node.databaseNames()));
                    }
                    try (Reader source = database.door().open(Wanted.of(at, Duration.ZERO), Visibility.EVERYTHING)) {
                        new DatabaseFork(node, database, source).rewind();
                    } catch (BlockException e) {
                        if (wanted != null) {
                            throw e;
                        }
                        if (e.kind() != BlockException.Kind.UNKNOWN) {
                            throw new NodeOpenException(
                                    "backup " + copy.number() + ", database " + name + ": " + e.reason(), e);
                        }
                        node.delete(name);
                        leftOut.add(name);
                    }
                }
            }
            return leftOut;
        }

        private static boolean isEmpty(Path directory) throws IOException {
            if (!Files.isDirectory(directory)) {
                return false;
            }
            try (Stream<Path> entries = Files.list(directory)) {
                return entries.findAny().isEmpty();
            }
        }

        // Why the run fails is what the user has to know; what cannot be deleted goes with the next run.
        private static void discard(Path draft) {
            try {
                deleteTree(draft);
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "the remains of a restore stay", e);
            }
        }

        private static void deleteTree(Path directory) throws IOException {
            if (Files.exists(directory)) {
                List<Path> all;
                try (Stream<Path> files = Files.walk(directory)) {
                    all = files.toList();
                }
                for (Path path : all.reversed()) {
                    Files.delete(path);
                }
            }
        }

        /**
         * What is to be restored.
         *
         * @param backup the number of the backup; null for the one that has it
         * @param at the block to go back to: {@link BlockSelector.At} in all databases, of which those that were not
         *     there then are left out; null for the newest
         * @param database to go back in that one alone; null for all
         */
        public record Wish(
                @Nullable Integer backup,
                @Nullable BlockSelector at,
                @Nullable String database) {
            /** All of the newest backup. */
            public static final Wish NEWEST = new Wish(null, null, null);
        }

        /**
         * What was restored.
         *
         * @param backup from which
         * @param leftOut databases of it that were not there at the time that was asked for
         */
        public record Restored(Taken backup, List<String> leftOut) {}

        private static final class UnknownDatabase extends NodeOpenException {
            UnknownDatabase(String message) {
                super(message);
            }
        }
    }
}
