package archipel.engine;

import archipel.document.RequestException;
import archipel.storage.Backups;
import archipel.storage.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Backups of a node in a directory that holds nothing else: each run adds a copy, and shares with the earlier ones the
 * files that are the same.
 */
public final class Backup {
    private static final String MARK = "archipel backups\n";
    private static final long LOOK_MS = 500;

    private Backup() {}

    /**
     * Copies a data directory that no process has open; see {@link Node#backup}.
     *
     * @throws NodeOpenException where one of the directories cannot be used
     */
    public static Taken take(Path data, Path backups, LongConsumer progress) {
        if (!DataDirectory.exists(data)) {
            throw new NodeOpenException(data + " holds no Archipel data; name the directory that a node was given");
        }
        try (Node node = Node.openStill(data, NodeOptions.DEFAULT, InstantSource.system())) {
            return node.backup(backups, progress);
        }
    }

    /** As {@link Node#backup}. */
    static Taken take(Store store, Path directory, LongConsumer progress) {
        try {
            prepare(directory);
            long before = bytes(directory);
            CompletableFuture<Backups.Copy> copy = new CompletableFuture<>();
            Thread.ofPlatform().name("archipel-backup").start(() -> {
                try {
                    copy.complete(Backups.take(store, directory.resolve("store")));
                } catch (RuntimeException e) {
                    copy.completeExceptionally(e);
                }
            });
            Backups.Copy done = watch(copy, () -> progress.accept(Math.max(0, size(directory) - before)));
            long after = bytes(directory);
            progress.accept(Math.max(0, after - before));
            return new Taken(done.number(), done.timeMs(), done.bytes(), Math.max(0, after - before));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to " + directory, e);
        }
    }

    private static Backups.Copy watch(CompletableFuture<Backups.Copy> copy, Runnable look) {
        while (true) {
            try {
                return copy.get(LOOK_MS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                look.run();
            } catch (InterruptedException e) {
                // A copy cannot be cut off; it is waited for, and the interrupt is the caller's to see.
                Backups.Copy done = Node.await(copy);
                Thread.currentThread().interrupt();
                return done;
            } catch (ExecutionException e) {
                throw e.getCause() instanceof RequestException cause ? cause : new IllegalStateException(e.getCause());
            }
        }
    }

    private static void prepare(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path mark = directory.resolve("BACKUPS");
        if (Files.exists(mark)) {
            return;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                throw new NodeOpenException(directory + " holds something else (" + entry.getFileName()
                        + ") and no backups; name an empty or a new directory");
            }
        }
        Files.writeString(mark, MARK, StandardCharsets.US_ASCII);
    }

    private static long size(Path directory) {
        try {
            return bytes(directory);
        } catch (IOException | UncheckedIOException e) {
            // Files come and go while they are counted; the next look counts them again.
            return 0;
        }
    }

    private static long bytes(Path directory) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                bytes += Files.isRegularFile(file) ? Files.size(file) : 0;
            }
        }
        return bytes;
    }

    /**
     * Makes a data directory of the newest backup. It is there once it is whole; a run that is cut off leaves a
     * directory whose name ends in {@code .restoring}, which the next run takes away.
     *
     * @param data must not exist, or be empty
     * @param at the block to go back to: {@link BlockSelector.At} in all databases, of which those that were not there
     *     then are dropped; null for the newest
     * @param database to go back in that one alone; null for all
     * @throws NodeOpenException where a directory cannot be used
     * @throws BlockException where a database cannot be read as of that block
     */
    public static Taken restore(Path backups, Path data, @Nullable BlockSelector at, @Nullable String database)
            throws InterruptedException {
        if (!Files.exists(backups.resolve("BACKUPS"))) {
            throw new NodeOpenException(backups + " holds no backups; name the directory that they were written to");
        }
        try {
            if (Files.exists(data)) {
                if (!isEmpty(data)) {
                    throw new NodeOpenException(data + " is not empty; name an empty or a new directory");
                }
                Files.delete(data);
            }
            Path draft = data.toAbsolutePath().resolveSibling(data.getFileName() + ".restoring");
            deleteTree(draft);
            Backups.Copy copy = Backups.restoreNewest(backups.resolve("store"), draft.resolve("store"));
            DataDirectory.adopt(draft);
            if (at != null) {
                rewind(draft, at, database);
            }
            Files.move(draft, data, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
            return new Taken(copy.number(), copy.timeMs(), copy.bytes(), 0);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot restore to " + data, e);
        }
    }

    private static void rewind(Path data, BlockSelector at, @Nullable String wanted) throws InterruptedException {
        try (Node node = Node.openStill(data, NodeOptions.DEFAULT, InstantSource.system())) {
            List<String> names = wanted == null ? node.databaseNames() : List.of(wanted);
            for (String name : names) {
                Database database = node.database(name);
                try (Snapshot source = database.snapshot(at, Duration.ZERO)) {
                    new DatabaseFork(node, source).rewind(database);
                } catch (BlockException e) {
                    if (wanted != null || e.kind() != BlockException.Kind.UNKNOWN) {
                        throw e;
                    }
                    node.delete(name);
                }
            }
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return false;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.findAny().isEmpty();
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
     * One backup.
     *
     * @param number from 1, one more each
     * @param timeMs when it was taken, since the epoch
     * @param bytes of all its files
     * @param newBytes by how much the directory grew
     */
    public record Taken(int number, long timeMs, long bytes, long newBytes) {}
}
