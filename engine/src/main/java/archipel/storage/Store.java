package archipel.storage;

import archipel.document.RequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.CompactRangeOptions;
import org.rocksdb.CompactRangeOptions.BottommostLevelCompaction;
import org.rocksdb.DBOptions;
import org.rocksdb.Env;
import org.rocksdb.FlushOptions;
import org.rocksdb.IngestExternalFileOptions;
import org.rocksdb.MutableColumnFamilyOptions;
import org.rocksdb.Range;
import org.rocksdb.ReadOptions;
import org.rocksdb.ReadTier;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Status;
import org.rocksdb.WriteOptions;

/**
 * An open RocksDB. Reads and writes briefly block the carrier of the calling thread; callers must split long scans.
 * Failures are {@link StorageException}s.
 *
 * <p>Invariants: a batch is written whole or not at all; what was committed before a {@link #sync} survives a power
 * cut; {@link #close} waits for open snapshots, cursors and batches and for calls under way, so that none of them
 * reaches freed memory. Calls that come later are refused with {@link archipel.document.ErrorCode#STOPPING}.
 */
public class Store implements AutoCloseable {
    static {
        RocksDB.loadLibrary();
    }

    private static final System.Logger LOG = System.getLogger(Store.class.getName());
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(10);
    // Who reads indexes reads documents as well, which are waited for then.
    private static final Duration DERIVED_CLOSE_PATIENCE = Duration.ofSeconds(2);
    // Of the process, since what fails to open has no store.
    private static final LongAdder FAILURES = new LongAdder();

    private final StoreTuning tuning;
    private final RocksDB db;
    private final Map<Family, ColumnFamilyHandle> handles;
    private final ReadOptions latest = new ReadOptions();
    // The rows of a batch are near each other in most families: each is looked for from where the last one went.
    private final WriteOptions write = new WriteOptions().setMemtableInsertHintPerBatch(true);
    private final WriteOptions writeJournaled = new WriteOptions().setMemtableInsertHintPerBatch(true);
    private final ReadOptions persisted = new ReadOptions().setReadTier(ReadTier.PERSISTED_TIER);
    private final Path directory;
    // With which this one shares its memory; null for a node's main store.
    private final @Nullable Store main;
    private final boolean readOnly;
    private final Journal journal;
    // Of a log alone.
    private final @Nullable SyncMark mark;
    private final ReentrantLock reclaiming = new ReentrantLock();
    // Under way; guarded by the lock.
    private final Set<CompactRangeOptions> reclaims = new HashSet<>();
    private volatile boolean reclaimsCancelled;
    private volatile @Nullable StorageException hold;
    private volatile Consumer<StorageException> observer = failure -> {};
    private final CloseGuard guard = new CloseGuard();
    private final AtomicInteger openSnapshots = new AtomicInteger();

    Store(Opened opened) {
        this(opened, null);
    }

    Store(Opened opened, @Nullable Store main) {
        this.main = main;
        this.directory = opened.directory();
        this.tuning = opened.tuning();
        this.db = opened.db();
        this.handles = opened.handles();
        this.readOnly = opened.readOnly();
        this.journal = opened.journal();
        this.mark = opened.mark();
        this.write.setDisableWAL(journal == Journal.NONE);
    }

    /**
     * Opens or makes a store.
     *
     * @param blockCacheBytes cache of blocks read
     * @param writeBufferBytes what may be held unflushed, all families together
     */
    public static Store open(Path directory, long blockCacheBytes, long writeBufferBytes) {
        return open(directory, blockCacheBytes, writeBufferBytes, Journal.WRITE_AHEAD);
    }

    /**
     * Opens or makes a store, as above.
     *
     * @param journal what {@link #commit} writes to beside memory
     */
    public static Store open(Path directory, long blockCacheBytes, long writeBufferBytes, Journal journal) {
        return new Store(open(directory, blockCacheBytes, writeBufferBytes, Env.getDefault(), journal));
    }

    /** Opens a store that nobody else has open, and changes nothing in it. */
    public static Store openReadOnly(Path directory, long blockCacheBytes) {
        StoreTuning tuning = new StoreTuning(blockCacheBytes, 8 << 20, Env.getDefault());
        return new Store(open(directory, tuning, true, Journal.WRITE_AHEAD));
    }

    /**
     * Opens or makes the store of indexes beside this one, which has to be closed later. It has no journal: what a
     * crash leaves is what was flushed, which is as of one moment. Both share one cache and one bound of write buffers.
     */
    public Store openIndexes(Path directory) {
        return beside(open(directory, new StoreTuning(tuning), false, Journal.NONE));
    }

    /**
     * Opens or makes the store of a log beside this one, which has to be closed later. What is committed there is
     * durable after the next {@link #sync}. Both share one cache.
     *
     * @param writeBufferBytes what it may hold unflushed
     */
    public Store openLog(Path directory, long writeBufferBytes) {
        return log(open(directory, new StoreTuning(tuning, writeBufferBytes), false, Journal.WRITE_AHEAD));
    }

    Store log(Opened opened) {
        return new Store(opened);
    }

    Store beside(Opened indexes) {
        return new Store(indexes, this);
    }

    /** As {@link #openIndexes}, of a store that nobody else has open and that is there; changes nothing in it. */
    public Store openIndexesReadOnly(Path directory) {
        return new Store(open(directory, new StoreTuning(tuning), true, Journal.NONE), this);
    }

    /** The families that a store has, which is that of an earlier format where some are missing. */
    public static Set<Family> families(Path directory) {
        return EnumSet.copyOf(StoredFamilies.of(directory, Family.MAIN));
    }

    /** Whether there is a place for rows of that family; not in a store of an earlier format that is only read. */
    public boolean has(Family family) {
        return handles.containsKey(family);
    }

    /** Whether there is a store in a directory, whole or not. */
    public static boolean exists(Path directory) {
        return Files.exists(directory.resolve("CURRENT"));
    }

    /** @param env where the files lie; closed by the caller, after the store */
    static Opened open(Path directory, long blockCacheBytes, long writeBufferBytes, Env env) {
        return open(directory, blockCacheBytes, writeBufferBytes, env, Journal.WRITE_AHEAD);
    }

    static Opened open(Path directory, long blockCacheBytes, long writeBufferBytes, Env env, Journal journal) {
        return open(directory, new StoreTuning(blockCacheBytes, writeBufferBytes, env), false, journal);
    }

    private static Opened open(Path directory, StoreTuning tuning, boolean readOnly, Journal journal) {
        List<Family> all = Family.of(tuning.place());
        try {
            List<Family> families = readOnly ? StoredFamilies.of(directory, all) : all;
            try {
                return open(directory, tuning, families, readOnly, journal);
            } catch (RocksDBException e) {
                if (tuning.place() != Family.Place.MAIN || !StoredFamilies.includesFormer(e)) {
                    throw failure("cannot open " + directory, e);
                }
                StoredFamilies.dropFormer(directory, tuning);
                return open(directory, tuning, families, readOnly, journal);
            }
        } catch (RocksDBException e) {
            tuning.close();
            throw failure("cannot open " + directory, e);
        } catch (RuntimeException e) {
            tuning.close();
            throw e;
        }
    }

    private static Opened open(
            Path directory, StoreTuning tuning, List<Family> families, boolean readOnly, Journal journal)
            throws RocksDBException {
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        descriptors.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, tuning.family(Family.CATALOG)));
        for (Family family : families) {
            descriptors.add(new ColumnFamilyDescriptor(family.columnName(), tuning.family(family)));
        }
        List<ColumnFamilyHandle> opened = new ArrayList<>();
        DBOptions options = tuning.database(journal);
        RocksDB db = readOnly
                ? RocksDB.openReadOnly(options, directory.toString(), descriptors, opened)
                : RocksDB.open(options, directory.toString(), descriptors, opened);
        List<Family> all = Family.of(tuning.place());
        Map<Family, ColumnFamilyHandle> handles = new EnumMap<>(Family.class);
        for (Family family : all) {
            // One that is not there yet is read as the default one, which is empty.
            handles.put(family, opened.get(families.indexOf(family) + 1));
        }
        if (families.size() == all.size()) {
            opened.getFirst().close();
        }
        if (tuning.place() != Family.Place.LOG || readOnly) {
            return new Opened(directory, tuning, db, handles, readOnly, journal, null);
        }
        try (Opening opening = new Opening()) {
            opening.add(db);
            opened.forEach(opening::add);
            SyncMark mark = SyncMark.open(directory, db.getLatestSequenceNumber());
            opening.keep();
            return new Opened(directory, tuning, db, handles, readOnly, journal, mark);
        }
    }

    /** Where it is. */
    public Path directory() {
        return directory;
    }

    /** Tells that of each failure from now on, on the thread that meets it. */
    public void watch(Consumer<StorageException> observer) {
        this.observer = observer;
    }

    /** The newest value, null when there is none. */
    public byte @Nullable [] get(Family family, byte[] key) {
        try (CloseGuard.Use _ = guard.enter()) {
            return read(family, key, latest);
        }
    }

    /**
     * The value that a crash would leave now where there is no journal; perhaps an older one than that. Null when there
     * is none.
     */
    public byte @Nullable [] persisted(Family family, byte[] key) {
        try (CloseGuard.Use _ = guard.enter()) {
            return read(family, key, persisted);
        }
    }

    /**
     * A new file of rows, to be taken in by {@link #ingest} of any store.
     *
     * @param file which is not there yet
     */
    public RowFile rowFile(Path file) {
        return new RowFile(tuning.file(), file);
    }

    /**
     * Takes in files of rows, each with rows that come after those of the one before. Durable when this returns; after
     * a crash all of them are there or none. Snapshots from before do not show them. Rows of these keys that are there
     * are replaced, others between them stay.
     *
     * @param files of one file system with the store; they stay as they are, and share their blocks with the store's
     */
    public void ingest(Family family, List<Path> files) {
        List<String> links = new ArrayList<>();
        try (CloseGuard.Use _ = guard.enter();
                // The store's own links, so that what is handed in can be taken in again.
                IngestExternalFileOptions options = new IngestExternalFileOptions()
                        .setMoveFiles(true)
                        .setSnapshotConsistency(true)
                        .setAllowGlobalSeqNo(true)
                        .setWriteGlobalSeqno(false)
                        .setAllowBlockingFlush(true)) {
            for (Path file : files) {
                Path link = file.resolveSibling(file.getFileName() + ".ingested");
                Files.deleteIfExists(link);
                Files.createLink(link, file);
                links.add(link.toString());
            }
            db.ingestExternalFile(handle(family), links, options);
        } catch (RocksDBException e) {
            throw failure("cannot take in rows of " + family, e);
        } catch (IOException e) {
            throw Backups.failure("cannot take in rows of " + family, files.getFirst(), e);
        }
    }

    /** For a caller that keeps the store open. */
    byte @Nullable [] read(Family family, byte[] key, ReadOptions options) {
        try {
            return db.get(handle(family), options, key);
        } catch (RocksDBException e) {
            throw failed("cannot read from " + family, e);
        }
    }

    /** A walk over the newest rows, from {@code lower} on and before {@code upper}. */
    public Cursor cursor(Family family, byte[] lower, byte[] upper) {
        return new Cursor(this, family, lower, upper, null);
    }

    /** What is stored now, held until it is released. */
    public StoreSnapshot snapshot() {
        try (Opening opening = new Opening()) {
            CloseGuard.Use use = opening.add(guard.enter());
            org.rocksdb.Snapshot taken = db.getSnapshot();
            opening.add(() -> db.releaseSnapshot(taken));
            StoreSnapshot snapshot = new StoreSnapshot(this, taken, use);
            opening.keep();
            openSnapshots.incrementAndGet();
            return snapshot;
        }
    }

    public Batch batch() {
        return new Batch(this);
    }

    /** Writes the batch whole or not at all; durable after the next {@link #sync}, where there is a journal. */
    public void commit(Batch batch) {
        commit(batch, write);
    }

    /** As {@link #commit}, and durable when this returns, also where there is no journal otherwise. */
    public void commitDurably(Batch batch) {
        commitJournaled(batch);
        sync();
    }

    /** As {@link #commit}, and durable after the next {@link #sync}, also where there is no journal otherwise. */
    public void commitJournaled(Batch batch) {
        if (journal == Journal.WRITE_AHEAD) {
            commit(batch);
        } else {
            commit(batch, writeJournaled);
        }
    }

    private void commit(Batch batch, WriteOptions options) {
        try (CloseGuard.Use _ = guard.enter()) {
            db.write(options, batch.writes());
        } catch (RocksDBException e) {
            throw failed("cannot write", e);
        }
        Store other = main;
        if (other != null) {
            boundBuffers(other);
        }
    }

    // RocksDB bounds the write buffers of one store. Where two share a bound, full ones of the other would have this
    // one write a file for each few rows; so, as it does among the families of one store, the fullest is written.
    private void boundBuffers(Store other) {
        long bound = tuning.writeBufferBytes() / 8 * 7;
        try {
            if (activeBufferBytes() + other.activeBufferBytes() > bound) {
                (activeBufferBytes() > other.activeBufferBytes() ? this : other).flushFullest();
            }
        } catch (RequestException e) {
            // What was committed is so nevertheless.
            LOG.log(System.Logger.Level.DEBUG, "write buffers were not written to files", e);
        }
    }

    long activeBufferBytes() {
        try (CloseGuard.Use _ = guard.enter()) {
            return db.getAggregatedLongProperty("rocksdb.cur-size-active-mem-table");
        } catch (RocksDBException e) {
            throw failed("cannot measure the write buffers", e);
        }
    }

    private void flushFullest() {
        try (CloseGuard.Use _ = guard.enter();
                FlushOptions options = new FlushOptions().setWaitForFlush(false)) {
            if (journal == Journal.NONE) {
                // All of them: what a crash leaves has to be of one moment.
                db.flush(options, List.copyOf(handles.values()));
            } else {
                db.flush(options, fullest());
            }
        } catch (RocksDBException e) {
            throw failed("cannot flush", e);
        }
    }

    private ColumnFamilyHandle fullest() throws RocksDBException {
        long most = -1;
        ColumnFamilyHandle fullest = handles.values().iterator().next();
        for (ColumnFamilyHandle handle : handles.values()) {
            long bytes = db.getLongProperty(handle, "rocksdb.cur-size-active-mem-table");
            if (bytes > most) {
                most = bytes;
                fullest = handle;
            }
        }
        return fullest;
    }

    /** How many rows are only in memory, deletions and what was overwritten included. */
    public long unflushedRows() {
        try (CloseGuard.Use _ = guard.enter()) {
            return db.getAggregatedLongProperty("rocksdb.num-entries-active-mem-table")
                    + db.getAggregatedLongProperty("rocksdb.num-entries-imm-mem-tables");
        } catch (RocksDBException e) {
            throw failed("cannot measure the write buffers", e);
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
        commitJournaled(batch);
    }

    /** What {@link #commitDerived} is refused with at the moment; null: it is not. */
    public @Nullable StorageException refusal() {
        return hold;
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
        try (CloseGuard.Use _ = guard.enter()) {
            long sequence = mark == null ? 0 : db.getLatestSequenceNumber();
            db.syncWal();
            if (mark != null) {
                mark.advance(sequence);
            }
        } catch (RocksDBException e) {
            throw failed("cannot make durable", e);
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
        try (CloseGuard.Use _ = guard.enter();
                org.rocksdb.Slice from = new org.rocksdb.Slice(lower);
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
        try (CloseGuard.Use _ = guard.enter();
                FlushOptions options = new FlushOptions().setWaitForFlush(true).setAllowWriteStall(true)) {
            db.flush(options, List.copyOf(handles.values()));
        } catch (RocksDBException e) {
            throw failed("cannot write to new files", e);
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
        try (CloseGuard.Use _ = guard.enter()) {
            return db.getPropertiesOfAllTables(handle(family)).values().stream()
                    .anyMatch(table -> table.getNumRangeDeletions() > 0);
        } catch (RocksDBException e) {
            throw failed("cannot look through the files of " + family, e);
        }
    }

    /** The files that hold a family's large values. */
    public Blobs blobs(Family family) {
        try (CloseGuard.Use _ = guard.enter()) {
            return new Blobs(
                    db.getLongProperty(handle(family), "rocksdb.live-blob-file-size"),
                    db.getLongProperty(handle(family), "rocksdb.live-blob-file-garbage-size"));
        } catch (RocksDBException e) {
            throw failed("cannot look through the files of " + family, e);
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
        try (CloseGuard.Use _ = guard.enter()) {
            db.setOptions(
                    handle(family),
                    MutableColumnFamilyOptions.builder()
                            .setEnableBlobGarbageCollection(enabled)
                            .setBlobGarbageCollectionAgeCutoff(share)
                            .build());
        } catch (RocksDBException e) {
            throw failed("cannot set options of " + family, e);
        }
    }

    private boolean compact(
            Family family, byte @Nullable [] lower, byte @Nullable [] upper, BottommostLevelCompaction last) {
        // The flag has to be there from the beginning for a later change to be seen.
        try (CloseGuard.Use _ = guard.enter();
                CompactRangeOptions options = new CompactRangeOptions()
                        .setExclusiveManualCompaction(false)
                        .setBottommostLevelCompaction(last)
                        .setCanceled(false)) {
            reclaiming.lock();
            try {
                if (reclaimsCancelled) {
                    return false;
                }
                reclaims.add(options);
            } finally {
                reclaiming.unlock();
            }
            try {
                db.compactRange(handle(family), lower, upper, options);
                return true;
            } finally {
                reclaiming.lock();
                try {
                    reclaims.remove(options);
                } finally {
                    reclaiming.unlock();
                }
            }
        } catch (RocksDBException e) {
            if (reclaimsCancelled) {
                return false;
            }
            throw failed("cannot compact " + family, e);
        }
    }

    /** Writes to files what is only in memory, so that the log of it can go. */
    public void flush() {
        try (CloseGuard.Use _ = guard.enter()) {
            flushAll();
        }
    }

    private void flushAll() {
        try (FlushOptions options = new FlushOptions().setWaitForFlush(true)) {
            db.flush(options, List.copyOf(handles.values()));
        } catch (RocksDBException e) {
            throw failed("cannot flush", e);
        }
    }

    /** Cuts off what {@link #reclaim} does, and lets it do nothing from now on; the store is about to close. */
    public void cancelReclaims() {
        reclaiming.lock();
        try {
            reclaimsCancelled = true;
            reclaims.forEach(options -> options.setCanceled(true));
        } finally {
            reclaiming.unlock();
        }
    }

    /** Reads every file and compares checksums; throws a {@link StorageException} that names the first bad file. */
    public void verifyChecksums() {
        try (CloseGuard.Use _ = guard.enter()) {
            db.verifyChecksum();
        } catch (RocksDBException e) {
            throw failed("a file does not match its checksum", e);
        }
    }

    /** How often RocksDB failed in this process. */
    public static long failures() {
        return FAILURES.sum();
    }

    /** Bytes of all files with rows, also those that nothing but an open reader needs any more; 0 once closed. */
    public long fileBytes() {
        if (guard.isClosed()) {
            return 0;
        }
        try (CloseGuard.Use _ = guard.enter()) {
            return db.getAggregatedLongProperty("rocksdb.total-sst-files-size");
        } catch (RocksDBException e) {
            throw failed("cannot measure the files", e);
        }
    }

    /** How many snapshots are held. */
    public int openSnapshots() {
        return openSnapshots.get();
    }

    /** Waits some seconds for uses under way; if some stay, the files are left to the end of the process. */
    @Override
    public void close() {
        if (!guard.close()) {
            return;
        }
        cancelReclaims();
        flushAtClose();
        if (!guard.awaitIdle(tuning.place() == Family.Place.MAIN ? CLOSE_PATIENCE : DERIVED_CLOSE_PATIENCE)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The store is still in use, by {0} snapshots among others; files stay open.",
                    openSnapshots);
            return;
        }
        handles.values().forEach(ColumnFamilyHandle::close);
        db.close();
        if (mark != null) {
            mark.close();
        }
        latest.close();
        persisted.close();
        write.close();
        writeJournaled.close();
        tuning.close();
    }

    void release(org.rocksdb.Snapshot snapshot, CloseGuard.Use use) {
        db.releaseSnapshot(snapshot);
        openSnapshots.decrementAndGet();
        use.close();
    }

    // Flushed files need no replay, so the next start does not wait for one.
    void flushAtClose() {
        if (readOnly) {
            return;
        }
        try {
            flushAll();
        } catch (StorageException e) {
            // The write-ahead log has it all; the next start replays it.
            LOG.log(System.Logger.Level.WARNING, "not flushed at close", e);
        }
    }

    /** For as long as that is open, {@link #close} waits. */
    CloseGuard.Use use() {
        return guard.enter();
    }

    RocksDB db() {
        return db;
    }

    /** A native iterator; to be closed before its options are. */
    RocksIterator iterator(Family family, ReadOptions options) {
        return db.newIterator(handle(family), options);
    }

    ColumnFamilyHandle handle(Family family) {
        return Objects.requireNonNull(handles.get(family));
    }

    StorageException failed(String doing, RocksDBException e) {
        StorageException failure = failure(doing, e);
        observer.accept(failure);
        return failure;
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
    record Opened(
            Path directory,
            StoreTuning tuning,
            RocksDB db,
            Map<Family, ColumnFamilyHandle> handles,
            boolean readOnly,
            Journal journal,
            @Nullable SyncMark mark) {}

    /** Where a store's batches are beside memory, until that is written to files. */
    public enum Journal {
        /** In the store's own log, from which it replays them after a crash. */
        WRITE_AHEAD,
        /**
         * Nowhere: a crash takes away the newest batches, each whole. For those who have them in a log of their own,
         * and apply them again from what {@link #persisted} says.
         */
        NONE
    }

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
