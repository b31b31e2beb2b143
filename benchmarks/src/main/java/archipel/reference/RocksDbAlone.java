package archipel.reference;

import archipel.report.Repeat;
import archipel.report.Round;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * RocksDB with rows like ours and nothing else: per document a record, a body of 1 KB and a change, per group a block
 * with its hash and the position, in one synced batch. From one thread, which is what a group commit comes to.
 */
public final class RocksDbAlone implements AutoCloseable {
    static {
        RocksDB.loadLibrary();
    }

    private static final List<String> FAMILIES =
            List.of("default", "document", "body", "change", "block", "block_hash");
    private static final int RECORD_BYTES = 96;
    private static final int BODY_BYTES = 1024;
    private static final int BLOCK_BYTES = 88;
    private static final byte[] POSITION = {0};

    private final LRUCache cache = new LRUCache(64L << 20);
    private final ColumnFamilyOptions familyOptions;
    private final DBOptions options = new DBOptions()
            .setCreateIfMissing(true)
            .setCreateMissingColumnFamilies(true)
            .setDbWriteBufferSize(64L << 20);
    private final List<ColumnFamilyHandle> families = new ArrayList<>();
    private final RocksDB database;
    private final byte[][] bodies;
    private long documents;
    private long blocks;

    /** @param bodies of 1 KB, written in turn */
    public RocksDbAlone(Path directory, byte[][] bodies) throws RocksDBException {
        this.bodies = bodies;
        familyOptions = new ColumnFamilyOptions()
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setTableFormatConfig(new BlockBasedTableConfig()
                        .setBlockCache(cache)
                        .setFilterPolicy(new BloomFilter(10))
                        .setBlockSize(16 << 10));
        List<ColumnFamilyDescriptor> descriptors = FAMILIES.stream()
                .map(name -> new ColumnFamilyDescriptor(name.getBytes(), familyOptions))
                .toList();
        database = RocksDB.open(options, directory.toString(), descriptors, families);
    }

    /** Groups of so many new documents, each group one synced batch. */
    public Round write(int group, Duration duration) throws RocksDBException {
        try (WriteOptions synced = new WriteOptions().setSync(true)) {
            return Repeat.<RocksDBException>run(duration, () -> {
                write(group, synced);
                return group;
            });
        }
    }

    private void write(int group, WriteOptions options) throws RocksDBException {
        try (WriteBatch batch = new WriteBatch()) {
            for (int i = 0; i < group; i++) {
                byte[] id = key(documents, 32);
                byte[] body = bodies[(int) (documents % bodies.length)];
                batch.put(families.get(1), id, new byte[RECORD_BYTES]);
                batch.put(families.get(2), key(documents, 48), body);
                batch.put(families.get(3), number(documents), id);
                documents++;
            }
            byte[] hash = key(blocks, 32);
            batch.put(families.get(4), number(blocks), new byte[BLOCK_BYTES]);
            batch.put(families.get(5), hash, number(blocks));
            batch.put(families.get(0), POSITION, number(blocks));
            blocks++;
            database.write(options, batch);
        }
    }

    /** Records with their bodies, at random among what was written. */
    public Round read(Duration duration) throws RocksDBException {
        SplittableRandom random = new SplittableRandom(documents);
        return Repeat.<RocksDBException>run(duration, () -> {
            long number = random.nextLong(documents);
            byte[] record = database.get(families.get(1), key(number, 32));
            byte[] body = database.get(families.get(2), key(number, 48));
            if (record == null || body == null || body.length != BODY_BYTES) {
                throw new IllegalStateException("document " + number + " is not as it was written");
            }
            return 1;
        });
    }

    /** All records with their bodies, in order, by two iterators side by side. */
    public Round scan(Duration duration) throws RocksDBException {
        return Repeat.<RocksDBException>run(duration, this::scanOnce);
    }

    private double scanOnce() throws RocksDBException {
        long rows = 0;
        long bytes = 0;
        try (ReadOptions ahead = new ReadOptions().setReadaheadSize(1 << 20);
                RocksIterator records = database.newIterator(families.get(1), ahead);
                RocksIterator bodyRows = database.newIterator(families.get(2), ahead)) {
            records.seekToFirst();
            bodyRows.seekToFirst();
            while (records.isValid() && bodyRows.isValid()) {
                rows++;
                bytes += records.key().length + records.value().length + bodyRows.value().length;
                records.next();
                bodyRows.next();
            }
            records.status();
            bodyRows.status();
        }
        if (rows != documents || bytes < rows * BODY_BYTES) {
            throw new IllegalStateException(rows + " rows of " + documents);
        }
        return rows;
    }

    /** A key of that many bytes in no order, different for each number. */
    private static byte[] key(long number, int bytes) {
        ByteBuffer key = ByteBuffer.allocate(bytes);
        key.putLong(Long.reverse(number * 0x9e3779b97f4a7c15L)).putLong(number);
        return key.array();
    }

    private static byte[] number(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }

    @Override
    public void close() {
        families.forEach(ColumnFamilyHandle::close);
        database.close();
        options.close();
        familyOptions.close();
        cache.close();
    }
}
