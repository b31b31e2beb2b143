package archipel.storage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** Which families the store in a directory has: those of an earlier version lack some, or have some more. */
final class StoredFamilies {
    private static final System.Logger LOG = System.getLogger(StoredFamilies.class.getName());

    private StoredFamilies() {}

    /** Which of these there are. A store that was made before some family does not have it until it is written to. */
    static List<Family> of(Path directory, List<Family> families) {
        try (Options options = new Options()) {
            List<byte[]> names = RocksDB.listColumnFamilies(options, directory.toString());
            return families.stream()
                    .filter(family -> names.stream().anyMatch(name -> Arrays.equals(name, family.columnName())))
                    .toList();
        } catch (RocksDBException e) {
            throw Store.failure("cannot open " + directory, e);
        }
    }

    /**
     * Whether opening a main store failed because an earlier version has put rows of indexes there. To ask which
     * families there are would cost each start.
     */
    static boolean includesFormer(RocksDBException e) {
        return String.valueOf(e.getMessage()).contains("Column families not opened");
    }

    /** Drops the indexes that an earlier version kept in the main store. */
    static void dropFormer(Path directory, StoreTuning tuning) throws RocksDBException {
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        descriptors.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, tuning.family(Family.CATALOG)));
        for (Family family : of(directory, List.of(Family.values()))) {
            descriptors.add(new ColumnFamilyDescriptor(family.columnName(), tuning.family(family)));
        }
        List<ColumnFamilyHandle> opened = new ArrayList<>();
        DBOptions options = tuning.database(Store.Journal.WRITE_AHEAD);
        LOG.log(
                System.Logger.Level.INFO,
                "The indexes that an earlier version kept in {0} are dropped; each is built anew when it is asked for.",
                directory);
        try (RocksDB db = RocksDB.open(options, directory.toString(), descriptors, opened)) {
            for (ColumnFamilyHandle handle : opened) {
                if (Family.of(Family.Place.INDEXES).stream().anyMatch(family -> isNamed(handle, family))) {
                    db.dropColumnFamily(handle);
                }
                handle.close();
            }
        }
    }

    private static boolean isNamed(ColumnFamilyHandle handle, Family family) {
        try {
            return Arrays.equals(handle.getName(), family.columnName());
        } catch (RocksDBException e) {
            throw Store.failure("cannot tell the families apart", e);
        }
    }
}
