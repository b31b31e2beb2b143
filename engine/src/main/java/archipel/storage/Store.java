package archipel.storage;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.Options;
import org.rocksdb.Range;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Status;
import org.rocksdb.WriteOptions;

/**
 * One RocksDB, opened. Reads and writes here block the calling thread's carrier, briefly; long scans are the caller's
 * to cut up. What fails is a {@link StorageException}.
 *
 * <p>Invariants: a batch is written whole or not at all; what was committed before a {@link #sync} survives a power
 * cut; {@link #close} waits for open snapshots, so that no reader reaches freed memory. Whoever reads or writes without
 * a snapshot sees to it that it has stopped before {@link #close}.
 */
public class Store implements AutoCloseable {
    static {
        RocksDB.loadLibrary();
    }

    private static final System.Logger LOG = System.getLogger(Store.class.getName());
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);
    // Of the process, since what fails to open has no store.
    private static final LongAdder FAILURES = new LongAdder();

    private final StoreTuning tuning;
    private final RocksDB db;
    private final Map<Family, ColumnFamilyHandle> handles;
    private final ReadOptions latest = new ReadOptions();
    // The rows of a batch are near each other in most families: each is looked for from where the last one went.
    private final WriteOptions write = new WriteOptions().setMemtableInsertHintPerBatch(true);
    private final boolean readOnly;
    private final ReentrantLock life = new ReentrantLock();
    private final Condition released = life.newCondition();
    // Under way; whoever cancels them and whoever ends one hold the lock.
    private final Set<CompactRangeOptions> reclaims = new HashSet<>();
    private volatile boolean reclaimsCancelled;
    private volatile @Nullable StorageException hold;
    private int openSnapshots;
    private boolean closed;

    Store(Opened opened) {
        this.tuning = opened.tuning();
        this.db = opened.db();
        this.handles = opened.handles();
        this.readOnly = opened.readOnly();
    }

    /**
     * Opens or makes a store.
     *
     * @param blockCacheBytes cache of blocks read
     * @param writeBufferBytes what may be held unflushed, all families together
     */
    public static Store open(Path directory, long blockCacheBytes, long writeBufferBytes) {
        return new Store(open(directory, blockCacheBytes, writeBufferBytes, false));
    }

    /** Opens a store that nobody else has open, and changes nothing in it. */
    public static Store openReadOnly(Path directory, long blockCacheBytes) {
        return new Store(open(directory, blockCacheBytes, 8 << 20, true));
    }

    /** The families that a store has, which is that of an earlier format where some are missing. */
    public static Set<Family> families(Path directory) {
        return EnumSet.copyOf(existing(directory));
    }

    /** Whether there is a store in a directory, whole or not. */
    public static boolean exists(Path directory) {
        return Files.exists(directory.resolve("CURRENT"));
    }

    static Opened open(Path directory, long blockCacheBytes, long writeBufferBytes, boolean readOnly) {
        StoreTuning tuning = new StoreTuning(blockCacheBytes, writeBufferBytes);
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        descriptors.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, tuning.family(Family.CATALOG)));
        List<Family> families = readOnly ? existing(directory) : List.of(Family.values());
        for (Family family : families) {
            descriptors.add(new ColumnFamilyDescriptor(family.columnName(), tuning.family(family)));
        }
        List<ColumnFamilyHandle> opened = new ArrayList<>();
        DBOptions options = tuning.database();
        try {
            RocksDB db = readOnly
                    ? RocksDB.openReadOnly(options, directory.toString(), descriptors, opened)
                    : RocksDB.open(options, directory.toString(), descriptors, opened);
            Map<Family, ColumnFamilyHandle> handles = new EnumMap<>(Family.class);
            for (Family family : Family.values()) {
                // One that is not there yet is read as the default one, which is empty.
                handles.put(family, opened.get(families.indexOf(family) + 1));
            }
            if (families.size() == Family.values().length) {
                opened.getFirst().close();
            }
            return new Opened(tuning, db, handles, readOnly);
        } catch (RocksDBException e) {
            tuning.close();
            throw failure("cannot open " + directory, e);
        }
    }

    // A store that was made before some family was thought of does not have it until it is opened for writing.
    private static List<Family> existing(Path directory) {
        try (Options options = new Options()) {
            List<byte[]> names = RocksDB.listColumnFamilies(options, directory.toString());
            return Arrays.stream(Family.values())
                    .filter(family -> names.stream().anyMatch(name -> Arrays.equals(name, family.columnName())))
                    .toList();
        } catch (RocksDBException e) {
            throw failure("cannot open " + directory, e);
        }
    }

    /** The newest value, null when there is none. */
    public byte @Nullable [] get(Family family, byte[] key) {
        return get(family, key, latest);
    }

    byte @Nullable [] get(Family family, byte[] key, ReadOptions options) {
        try {
            return db.get(handle(family), options, key);
        } catch (RocksDBException e) {
            throw failure("cannot read from " + family, e);
        }
    }

    /** A walk over the newest rows, from {@code lower} on and before {@code upper}. */
    public Cursor cursor(Family family, byte[] lower, byte[] upper) {
        return new Cursor(this, family, lower, upper, null);
    }

    /** What is stored now, held until it is released. */
    public StoreSnapshot snapshot() {
        life.lock();
        try {
            if (closed) {
                throw new StorageException(StorageException.Kind.IO, "the store is closed");
            }
            openSnapshots++;
            return new StoreSnapshot(this, db.getSnapshot());
        } finally {
            life.unlock();
        }
    }

    public Batch batch() {
        return new Batch(this);
    }

    /** Writes the batch whole or not at all; durable after the next {@link #sync}. */
    public void commit(Batch batch) {
        try {
            db.write(write, batch.writes());
        } catch (RocksDBException e) {
            throw failure("cannot write", e);
        }
    }

    /**
     * As {@link #commit}, for rows that can be made again: refused while what is stored has to be left alone or the
     * space is short.
     */
    public void commitDerived(Batch batch) {
        StorageException reason = hold;
        if (reason != null) {
            throw reason;
        }
        commit(batch);
    }

    /** Refuses {@link #commitDerived} for that reason from now on; null allows it again. */
    public void hold(@Nullable StorageException reason) {
        hold = reason;
    }

    /**
     * Makes durable what was committed before. Others may commit meanwhile.
     *
     * @throws StorageException when it failed: what was committed since the last success may be on the disk or not, and
     *     another success says nothing about it. {@link #rewrite} does.
     */
    public void sync() {
        try {
            db.syncWal();
        } catch (RocksDBException e) {
            throw failure("cannot make durable", e);
        }
    }

    /** Bytes that the rows from {@code lower} to {@code upper} take on disk and in memory, roughly. */
    public long approximateBytes(Family family, byte[] lower, byte[] upper) {
        return approximateBytes(
                family, lower, upper, SizeApproximationFlag.INCLUDE_FILES, SizeApproximationFlag.INCLUDE_MEMTABLES);
    }

    /** Bytes that the rows from {@code lower} to {@code upper} take in files, roughly: deleted ones, too. */
    public long approximateFileBytes(Family family, byte[] lower, byte[] upper) {
        return approximateBytes(family, lower, upper, SizeApproximationFlag.INCLUDE_FILES);
    }

    private long approximateBytes(Family family, byte[] lower, byte[] upper, SizeApproximationFlag... where) {
        try (org.rocksdb.Slice from = new org.rocksdb.Slice(lower);
                org.rocksdb.Slice to = new org.rocksdb.Slice(upper)) {
            return db.getApproximateSizes(handle(family), List.of(new Range(from, to)), where)[0];
        }
    }

    /**
     * Writes what is only in memory and in the write-ahead log to new files, durably, whatever became of the log: Linux
     * forgets data that it failed to write, and the next fsync of the same file succeeds.
     *
     * @throws StorageException when the disk fails still, or the store has to be opened anew
     */
    public void rewrite() {
        try (FlushOptions options = new FlushOptions().setWaitForFlush(true).setAllowWriteStall(true)) {
            db.flush(options, List.copyOf(handles.values()));
        } catch (RocksDBException e) {
            throw failure("cannot write to new files", e);
        }
    }

    /**
     * Rewrites the files that hold these rows, so that the space of deleted ones is given back. Takes long.
     *
     * @return false when it was cut off by {@link #cancelReclaims}
     */
    public boolean reclaim(Family family, byte[] lower, byte[] upper) {
        return compact(family, lower, upper, BottommostLevelCompaction.kIfHaveCompactionFilter);
    }

    /**
     * As {@link #reclaim}, for rows of which most are deleted: also files of the last level, where rows stay that some
     * reader still saw when an earlier rewrite passed.
     */
    public boolean reclaimDeleted(Family family, byte[] lower, byte[] upper) {
        return compact(family, lower, upper, BottommostLevelCompaction.kForceOptimized);
    }

    /** As {@link #reclaimDeleted}, for all rows of a family. */
    public boolean reclaimDeleted(Family family) {
        return compact(family, null, null, BottommostLevelCompaction.kForceOptimized);
    }

    /**
     * Whether files of the family have range deletions, whose space a rewrite gives back. Costs a look into each file,
     * so it is for families of few files.
     */
    public boolean hasRangeDeletions(Family family) {
        try {
            return db.getPropertiesOfAllTables(handle(family)).values().stream()
                    .anyMatch(table -> table.getNumRangeDeletions() > 0);
        } catch (RocksDBException e) {
            throw failure("cannot look through the files of " + family, e);
        }
    }

    /** The files that hold a family's large values. */
    public Blobs blobs(Family family) {
        try {
            return new Blobs(
                    db.getLongProperty(handle(family), "rocksdb.live-blob-file-size"),
                    db.getLongProperty(handle(family), "rocksdb.live-blob-file-garbage-size"));
        } catch (RocksDBException e) {
            throw failure("cannot look through the files of " + family, e);
        }
    }

    /**
     * Copies the live values out of the oldest files that hold large values, which then go. Takes as much room as it
     * copies before it gives any back. For one thread at a time.
     *
     * @param share which part of the files, from the oldest on; more than 0, at most 1
     */
    public void relocateOldest(Family family, double share) {
        collect(family, true, share);
        try {
            reclaimDeleted(family);
        } finally {
            collect(family, false, share);
        }
    }

    private void collect(Family family, boolean enabled, double share) {
        try {
            db.setOptions(
                    handle(family),
                    MutableColumnFamilyOptions.builder()
                            .setEnableBlobGarbageCollection(enabled)
                            .setBlobGarbageCollectionAgeCutoff(share)
                            .build());
        } catch (RocksDBException e) {
            throw failure("cannot set options of " + family, e);
        }
    }

    private boolean compact(
            Family family, byte @Nullable [] lower, byte @Nullable [] upper, BottommostLevelCompaction last) {
        // The flag has to be there from the beginning for a later change to be seen.
        try (CompactRangeOptions options = new CompactRangeOptions()
                .setExclusiveManualCompaction(false)
                .setBottommostLevelCompaction(last)
                .setCanceled(false)) {
            life.lock();
            try {
                if (reclaimsCancelled) {
                    return false;
                }
                reclaims.add(options);
            } finally {
                life.unlock();
            }
            try {
                db.compactRange(handle(family), lower, upper, options);
                return true;
            } finally {
                life.lock();
                try {
                    reclaims.remove(options);
                } finally {
                    life.unlock();
                }
            }
        } catch (RocksDBException e) {
            if (reclaimsCancelled) {
                return false;
            }
            throw failure("cannot compact " + family, e);
        }
    }

    /** Writes to files what is only in memory, so that the log of it can go. */
    public void flush() {
        try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
            db.flush(options, List.copyOf(handles.values()));
        } catch (RocksDBException e) {
            throw failure("cannot flush", e);
        }
    }

    /** Cuts off what {@link #reclaim} does, and lets it do nothing from now on; the store is about to close. */
    public void cancelReclaims() {
        life.lock();
        try {
            reclaimsCancelled = true;
            reclaims.forEach(options -> options.setCanceled(true));
        } finally {
            life.unlock();
        }
    }

    /** Reads every file and compares checksums; throws a {@link StorageException} that names the first bad file. */
    public void verifyChecksums() {
        try {
            db.verifyChecksum();
        } catch (RocksDBException e) {
            throw failure("a file does not match its checksum", e);
        }
    }

    /** How often RocksDB failed in this process. */
    public static long failures() {
        return FAILURES.sum();
    }

    /** Bytes of all files with rows, also those that nothing but an open reader needs any more; 0 once closed. */
    public long fileBytes() {
        life.lock();
        try {
            return closed ? 0 : db.getAggregatedLongProperty("rocksdb.total-sst-files-size");
        } catch (RocksDBException e) {
            throw failure("cannot measure the files", e);
        } finally {
            life.unlock();
        }
    }

    /** How many snapshots are held. */
    public int openSnapshots() {
        life.lock();
        try {
            return openSnapshots;
        } finally {
            life.unlock();
        }
    }

    /** Waits some seconds for open snapshots; if they stay, the files are left to the end of the process. */
    @Override
    public void close() {
        life.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            cancelReclaims();
            flushAtClose();
            if (!snapshotsReleased()) {
                LOG.log(System.Logger.Level.WARNING, "{0} readers are still at work; files stay open", openSnapshots);
                return;
            }
        } finally {
            life.unlock();
        }
        handles.values().forEach(ColumnFamilyHandle::close);
        db.close();
        latest.close();
        write.close();
        tuning.close();
    }

    private boolean snapshotsReleased() {
        long patience = CLOSE_PATIENCE.toNanos();
        try {
            while (openSnapshots > 0 && patience > 0) {
                patience = released.awaitNanos(patience);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return openSnapshots == 0;
    }

    void release(org.rocksdb.Snapshot snapshot) {
        db.releaseSnapshot(snapshot);
        life.lock();
        try {
            openSnapshots--;
            released.signalAll();
        } finally {
            life.unlock();
        }
    }

    // Flushed files need no replay, so the next start does not wait for one.
    private void flushAtClose() {
        if (readOnly) {
            return;
        }
        try {
            flush();
        } catch (StorageException e) {
            // The write-ahead log has it all; the next start replays it.
            LOG.log(System.Logger.Level.WARNING, "not flushed at close", e);
        }
    }

    RocksDB db() {
        return db;
    }

    ColumnFamilyHandle handle(Family family) {
        return handles.get(family);
    }

    static StorageException failure(String doing, RocksDBException e) {
        FAILURES.increment();
        Status status = e.getStatus();
        String message = doing + ": " + e.getMessage();
        StorageException.Kind kind = StorageException.Kind.IO;
        if (status != null && status.getCode() == Status.Code.Corruption) {
            kind = StorageException.Kind.CORRUPT;
        } else if (status != null && status.getSubCode() == Status.SubCode.NoSpace
                || message.contains("No space left on device")) {
            kind = StorageException.Kind.FULL;
        } else if (message.contains("lock hold by current process") || message.contains("/LOCK:")) {
            kind = StorageException.Kind.LOCKED;
        }
        return new StorageException(kind, message, e);
    }

    /** What RocksDB gave. */
    record Opened(StoreTuning tuning, RocksDB db, Map<Family, ColumnFamilyHandle> handles, boolean readOnly) {}

    /**
     * Files that hold large values.
     *
     * @param bytes of all of them
     * @param garbageBytes of values in them that no row names any more, as far as rewrites have noticed
     */
    public record Blobs(long bytes, long garbageBytes) {
        /** Which part is garbage, 0 to 1. */
        public double garbageShare() {
            return bytes == 0 ? 0 : (double) garbageBytes / bytes;
        }
    }
}
