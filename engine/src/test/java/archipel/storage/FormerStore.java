package archipel.storage;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** A store as versions made it that kept indexes beside the documents. */
public final class FormerStore {
    private static final byte[] INDEXES = Family.INDEX.columnName();

    private FormerStore() {}

    /**
     * Adds a row of an index and one of {@code beside} in one batch.
     *
     * @param store which is closed
     * @param flushed whether they are in files; in the write-ahead log alone otherwise, as a kill leaves them
     */
    public static void addIndexes(Path store, Family beside, byte[] key, boolean flushed) throws RocksDBException {
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        for (String name : families(store)) {
            descriptors.add(new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.US_ASCII)));
        }
        descriptors.add(new ColumnFamilyDescriptor(INDEXES));
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try (DBOptions options = new DBOptions().setCreateMissingColumnFamilies(true);
                RocksDB db = RocksDB.open(options, store.toString(), descriptors, handles);
                WriteOptions write = new WriteOptions();
                WriteBatch batch = new WriteBatch();
                FlushOptions flush = new FlushOptions()) {
            for (ColumnFamilyHandle handle : handles) {
                if (Arrays.equals(handle.getName(), INDEXES) || Arrays.equals(handle.getName(), beside.columnName())) {
                    batch.put(handle, key, new byte[] {9});
                }
            }
            db.write(write, batch);
            if (flushed) {
                db.flush(flush, handles);
            }
            handles.forEach(ColumnFamilyHandle::close);
        }
    }

    /** The names of all families of a store that is closed. */
    public static List<String> families(Path store) throws RocksDBException {
        try (Options options = new Options()) {
            return RocksDB.listColumnFamilies(options, store.toString()).stream()
                    .map(name -> new String(name, StandardCharsets.US_ASCII))
                    .toList();
        }
    }
}
