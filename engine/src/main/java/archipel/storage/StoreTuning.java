package archipel.storage;

import static org.rocksdb.TablePropertiesCollectorFactory.NewCompactOnDeletionCollectorFactory;

import archipel.health.Descriptors;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.AbstractImmutableNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactionStyle;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.Env;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.PrepopulateBlobCache;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileManager;
import org.rocksdb.WALRecoveryMode;

/** RocksDB's options, and the native objects that they hold on to. */
final class StoreTuning implements AutoCloseable {
    /** So few that each part of the cache has room for many blocks even where the cache is small. */
    private static final int CACHE_SHARD_BITS = 3;

    private static final int METADATA_BLOCK_BYTES = 16 << 10;

    /** How much of the cache blocks of data do not take from filters and indexes. */
    private static final double METADATA_SHARE = 0.5;

    /** The share of a file's rows that say of another row that it is gone. */
    private static final double DELETIONS_TO_COMPACT = 0.2;

    private static final int REUSED_JOURNALS = 4;

    /** How many files of a log there are before they are merged: by default about as many as are kept. */
    private static final int LOG_FILES = 16;

    private final List<AbstractImmutableNativeReference> owned = new ArrayList<>();
    private final LRUCache cache;
    private final BloomFilter filter;
    private final long writeBufferBytes;
    private final Env env;
    private final Family.Place place;

    /** @param env where the files lie; stays open longer than this */
    StoreTuning(long blockCacheBytes, long writeBufferBytes, Env env) {
        this.env = env;
        this.place = Family.Place.MAIN;
        this.writeBufferBytes = writeBufferBytes;
        this.cache = own(new LRUCache(blockCacheBytes, CACHE_SHARD_BITS, false, METADATA_SHARE));
        this.filter = own(new BloomFilter(10));
    }

    /**
     * For the store of indexes beside another one, which has to stay open for as long: with the same cache, and within
     * the same bound of write buffers, which {@link Store#commit} keeps.
     */
    StoreTuning(StoreTuning main) {
        this.env = main.env;
        this.place = Family.Place.INDEXES;
        this.writeBufferBytes = main.writeBufferBytes;
        this.cache = main.cache;
        this.filter = main.filter;
    }

    /** For the store of a log beside another one, which has to stay open for as long: with the same cache. */
    StoreTuning(StoreTuning main, long writeBufferBytes) {
        this.env = main.env;
        this.place = Family.Place.LOG;
        this.writeBufferBytes = writeBufferBytes;
        this.cache = main.cache;
        this.filter = main.filter;
    }

    /** Of which store it is. */
    Family.Place place() {
        return place;
    }

    /** What may be held unflushed, by a store and the one beside it together. */
    long writeBufferBytes() {
        return writeBufferBytes;
    }

    /** Of a file of rows that is made apart from the store and taken in whole. */
    Options file() {
        return new Options().setTableFormatConfig(table()).setCompressionType(CompressionType.LZ4_COMPRESSION);
    }

    /** @param journal where {@link Store.Journal#NONE}, all families are written to files together */
    DBOptions database(Store.Journal journal) {
        DBOptions options = own(new DBOptions())
                .setEnv(env)
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setMaxBackgroundJobs(2)
                .setBytesPerSync(1 << 20)
                .setMaxTotalWalSize(2 * writeBufferBytes)
                // Not charged to the block cache: full write buffers would drive every filter and index out of it, and
                // then each look at whether an id is new reads and checks them again.
                .setDbWriteBufferSize(writeBufferBytes)
                // A torn end is what a crash leaves; anything else that does not match its checksum must not be passed
                // over in silence, as the default mode would, together with all acknowledged writes after it.
                .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
                // Opening must not cost more the more there is.
                .setSkipStatsUpdateOnDbOpen(true)
                .setAvoidFlushDuringRecovery(true)
                // Without a write-ahead log, what a crash leaves is what was in files: a batch must be in the files of
                // all its families or in none.
                .setAtomicFlush(journal == Store.Journal.NONE)
                .setMaxOpenFiles(Descriptors.forOneStore())
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setKeepLogFileNum(3)
                .setMaxLogFileSize(4 << 20);
        if (place == Family.Place.LOG) {
            // A sync that makes a file longer takes three times as long as one that writes over what is there, since
            // the file system has its own journal to write. The mode that this takes ends at the first record that
            // does not fit; SyncMark tells whether there were more.
            options.setRecycleLogFileNum(REUSED_JOURNALS).setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery);
        }
        try {
            // With it, writes go on by themselves once a full disk has space again.
            options.setSstFileManager(own(new SstFileManager(env)));
        } catch (RocksDBException e) {
            throw Store.failure("cannot watch the disk's space", e);
        }
        return options;
    }

    private BlockBasedTableConfig table() {
        return new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setCacheIndexAndFilterBlocks(true)
                .setPinL0FilterAndIndexBlocksInCache(true)
                // In parts: whole, the filter of a large file of small rows takes more than a megabyte, which a cache
                // of the default size throws out or never takes, so that each get reads it from the file again.
                .setIndexType(IndexType.kTwoLevelIndexSearch)
                .setPartitionFilters(true)
                .setMetadataBlockSize(METADATA_BLOCK_BYTES)
                .setPinTopLevelIndexAndFilter(true)
                .setBlockSize(16 << 10)
                .setFormatVersion(6)
                .setFilterPolicy(filter)
                .setOptimizeFiltersForMemory(true);
    }

    ColumnFamilyOptions family(Family family) {
        ColumnFamilyOptions options = columnFamily(family)
                .setTableFormatConfig(table())
                .setWriteBufferSize(Math.max(1 << 20, writeBufferBytes / 2))
                // Most documents that are written are new: their id is looked for and not found.
                .setMemtablePrefixBloomSizeRatio(family == Family.DOCUMENT ? 0.05 : 0)
                .setMemtableWholeKeyFiltering(family == Family.DOCUMENT)
                // Entries of a log are read once or never, and deleted before long.
                .setCompressionType(
                        family == Family.ENTRY ? CompressionType.NO_COMPRESSION : CompressionType.LZ4_COMPRESSION)
                .setParanoidFileChecks(false);
        if (family == Family.ENTRY) {
            // Most files go as a whole before they are worth merging.
            options.setCompactionStyle(CompactionStyle.UNIVERSAL)
                    .setLevel0FileNumCompactionTrigger(LOG_FILES)
                    .setLevel0SlowdownWritesTrigger(3 * LOG_FILES)
                    .setLevel0StopWritesTrigger(4 * LOG_FILES);
        }
        if (family.blobs()) {
            options.setEnableBlobFiles(true)
                    .setMinBlobSize(4 << 10)
                    .setBlobFileSize(64 << 20)
                    // On, each compaction would copy the oldest quarter of all values, whether or not any of them went.
                    // Store.relocateOldest does it where enough of them are garbage.
                    .setEnableBlobGarbageCollection(false)
                    .setPrepopulateBlobCache(PrepopulateBlobCache.PREPOPULATE_BLOB_DISABLE);
        }
        return options;
    }

    /**
     * An update takes the superseded body out of {@link Family#BODY}, and the rows that it emitted out of those that
     * are
     * live in {@link Family#INDEX}; whoever lists the newest ones steps over what was taken out: a file with many such
     * rows is compacted soon.
     */
    private ColumnFamilyOptions columnFamily(Family family) {
        if (family != Family.BODY && family != Family.INDEX) {
            return own(new ColumnFamilyOptions());
        }
        // Only the options of a whole store can be given this one, and those of a family be made of them.
        try (Options options = new Options()) {
            options.setTablePropertiesCollectorFactory(
                    List.of(own(NewCompactOnDeletionCollectorFactory(0, 0, DELETIONS_TO_COMPACT))));
            return own(new ColumnFamilyOptions(options));
        }
    }

    private <T extends AbstractImmutableNativeReference> T own(T object) {
        owned.add(object);
        return object;
    }

    @Override
    public void close() {
        owned.reversed().forEach(AbstractImmutableNativeReference::close);
    }
}
