package archipel.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Env;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * A store on a disk that fails when it is told to, and that knows what a power cut would leave of its write-ahead log:
 * what was there at the last fsync.
 */
public final class FaultyStore extends Store {
    private final Path directory;
    private final AtomicInteger rewrites = new AtomicInteger();
    private volatile StorageException.@Nullable Kind syncFault;
    private volatile int syncsBeforeFault;
    private volatile Runnable beforeSync = () -> {};
    private volatile @Nullable Error syncError;
    private volatile StorageException.@Nullable Kind commitFault;
    private volatile StorageException.@Nullable Kind rewriteFault;
    private volatile int commitsBeforeFault;
    private volatile int refusedRows;
    private volatile int refusedCommits;
    private volatile @Nullable Error batchError;
    private volatile int batchesBeforeFault;
    private volatile @Nullable CountDownLatch hang;
    private volatile StorageException.@Nullable Kind cursorFault;
    private volatile int cursorsBeforeFault;
    // Since that was last asked for; null where nobody asks.
    private volatile @Nullable Queue<RocksIterator> cursors;
    private volatile Runnable beforeClose = () -> {};
    private volatile Map<String, Long> durable = Map.of();

    private FaultyStore(Opened opened, @Nullable Store main) {
        super(opened, main);
        this.directory = opened.directory();
    }

    public static FaultyStore open(Path directory, long blockCacheBytes, long writeBufferBytes) {
        return new FaultyStore(open(directory, blockCacheBytes, writeBufferBytes, Env.getDefault()), null);
    }

    /** One whose disk fails when that one is told to. */
    @Override
    FaultyStore beside(Opened indexes) {
        return new FaultyStore(indexes, this);
    }

    /** Runs that before the store is closed, while it can be read. */
    public void beforeClose(Runnable last) {
        beforeClose = last;
    }

    @Override
    public void close() {
        Runnable last = beforeClose;
        beforeClose = () -> {};
        last.run();
        super.close();
    }

    /** What each fsync fails with from now on; null for nothing. */
    public void failSync(StorageException.@Nullable Kind kind) {
        failSync(kind, 0);
    }

    /** What each fsync throws from now on; null for nothing. */
    public void failSyncWith(@Nullable Error error) {
        syncError = error;
    }

    /** What each commit fails with from now on, after some that succeed; null for nothing. */
    public void failCommit(StorageException.@Nullable Kind kind, int after) {
        commitsBeforeFault = after;
        refusedRows = 0;
        refusedCommits = 0;
        commitFault = kind;
    }

    /** How many commits have failed since {@link #failCommit} was last called. */
    public int refusedCommits() {
        return refusedCommits;
    }

    /** What each new batch throws, after some that are made; null for nothing. */
    public void failBatch(@Nullable Error error, int after) {
        batchesBeforeFault = after;
        batchError = error;
    }

    @Override
    public synchronized Batch batch() {
        Error error = batchError;
        if (error != null && batchesBeforeFault-- <= 0) {
            throw error;
        }
        return super.batch();
    }

    /** What each new cursor fails with from now on, after some that are opened; null for nothing. */
    public void failCursor(StorageException.@Nullable Kind kind, int after) {
        cursors = new ConcurrentLinkedQueue<>();
        cursorsBeforeFault = after;
        cursorFault = kind;
    }

    /** How many cursors are open of those that were opened since {@link #failCursor} was last called. */
    public long openCursors() {
        return Objects.requireNonNull(cursors).stream()
                .filter(RocksIterator::isOwningHandle)
                .count();
    }

    @Override
    synchronized RocksIterator iterator(Family family, ReadOptions options) {
        if (cursorFault != null && cursorsBeforeFault-- <= 0) {
            fail(cursorFault);
        }
        RocksIterator rows = super.iterator(family, options);
        Queue<RocksIterator> counted = cursors;
        if (counted != null) {
            counted.add(rows);
        }
        return rows;
    }

    public void failRewrite(StorageException.@Nullable Kind kind) {
        rewriteFault = kind;
    }

    /** What each fsync fails with from now on, after some that succeed; null for nothing. */
    public void failSync(StorageException.@Nullable Kind kind, int after) {
        syncsBeforeFault = after;
        syncFault = kind;
    }

    /** Done by each thread that is about to wait for an fsync: what makes it slow. */
    public void beforeSync(Runnable slow) {
        beforeSync = slow;
    }

    /** Lets each fsync wait until that is counted down. */
    public void hang(@Nullable CountDownLatch until) {
        hang = until;
    }

    /** Rows of the largest batch whose commit failed since {@link #failCommit} was last called. */
    public int refusedRows() {
        return refusedRows;
    }

    public int rewrites() {
        return rewrites.get();
    }

    /** By name, how much of each log file a power cut would leave; files that are not named it would empty. */
    public Map<String, Long> durable() {
        return durable;
    }

    @Override
    public void sync() {
        CountDownLatch wait = hang;
        if (wait != null) {
            try {
                wait.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        beforeSync.run();
        if (syncsBeforeFault-- <= 0) {
            fail(syncFault);
        }
        Error error = syncError;
        if (error != null) {
            throw error;
        }
        // Before: what is written meanwhile may be on the disk or not.
        Map<String, Long> before = lengths(directory);
        super.sync();
        durable = before;
    }

    @Override
    public synchronized void commit(Batch batch) {
        if (commitFault != null && commitsBeforeFault-- <= 0) {
            refusedCommits++;
            refusedRows = Math.max(refusedRows, batch.writes().count());
            fail(commitFault);
        }
        super.commit(batch);
    }

    @Override
    public void rewrite() {
        fail(rewriteFault);
        super.rewrite();
        rewrites.incrementAndGet();
    }

    private static void fail(StorageException.@Nullable Kind kind) {
        if (kind != null) {
            throw new StorageException(kind, "a fault that was asked for");
        }
    }

    private static Map<String, Long> lengths(Path directory) {
        Map<String, Long> lengths = new TreeMap<>();
        try (DirectoryStream<Path> logs = Files.newDirectoryStream(directory, "*.log")) {
            for (Path log : logs) {
                lengths.put(log.getFileName().toString(), Files.size(log));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return lengths;
    }

    /**
     * Copies what a crash at this moment would leave. Sorted files and what names them are on the disk before anything
     * depends on them; the logs are as the crash says.
     *
     * @param random how much of what was written and not fsynced is left, where that is up to chance
     */
    public void copyAsAfter(Crash crash, SplittableRandom random, Path target) throws IOException {
        Map<String, Long> synced = durable;
        try {
            db().pauseBackgroundWork();
            db().disableFileDeletions();
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
                for (Path file : files) {
                    Files.copy(file, target.resolve(file.getFileName()));
                }
            } finally {
                db().enableFileDeletions();
                db().continueBackgroundWork();
            }
        } catch (RocksDBException e) {
            throw failure("cannot copy", e);
        }
        if (crash != Crash.OF_THE_PROCESS) {
            Map<String, Long> left = new TreeMap<>();
            lengths(target).forEach((file, length) -> {
                long least = Math.min(length, synced.getOrDefault(file, 0L));
                left.put(file, crash == Crash.LOSING_ALL ? least : random.nextLong(least, length + 1));
            });
            cutPower(target, left);
        }
    }

    /** How a machine comes to its end. */
    public enum Crash {
        /** What was written is there. */
        OF_THE_PROCESS,
        /** Of what was written and not fsynced nothing is there. */
        LOSING_ALL,
        /** Of what was written and not fsynced the beginning is there, which may end within a write. */
        TORN
    }

    /** Takes from the logs of a store that nobody has open what was not fsynced. */
    public static void cutPower(Path directory, Map<String, Long> durable) throws IOException {
        for (Map.Entry<String, Long> log : lengths(directory).entrySet()) {
            long left = durable.getOrDefault(log.getKey(), 0L);
            if (left < log.getValue()) {
                try (var file = java.nio.channels.FileChannel.open(
                        directory.resolve(log.getKey()), java.nio.file.StandardOpenOption.WRITE)) {
                    file.truncate(left);
                }
            }
        }
    }
}
