package archipel.storage;

import java.nio.file.Path;
import org.rocksdb.EnvOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileWriter;

/** A file of rows in the store's own form, made apart from any store. For one thread. */
public final class RowFile implements AutoCloseable {
    private final Path file;
    private final Options options;
    private final EnvOptions environment = new EnvOptions();
    private final SstFileWriter writer;

    /** @param options which this closes */
    RowFile(Options options, Path file) {
        this.file = file;
        this.options = options;
        this.writer = new SstFileWriter(environment, options);
        try {
            writer.open(file.toString());
        } catch (RocksDBException e) {
            close();
            throw failure(e);
        }
    }

    /** @param key greater than all before it */
    public void put(byte[] key, byte[] value) {
        try {
            writer.put(key, value);
        } catch (RocksDBException e) {
            throw failure(e);
        }
    }

    /** Bytes so far, roughly until it is finished. */
    public long bytes() {
        try {
            return writer.fileSize();
        } catch (RocksDBException e) {
            throw failure(e);
        }
    }

    /** No row comes any more, and there was one at least: the file is whole. */
    public void finish() {
        try {
            writer.finish();
        } catch (RocksDBException e) {
            throw failure(e);
        }
    }

    private StorageException failure(RocksDBException e) {
        return Store.failure("cannot write " + file, e);
    }

    /** Without {@link #finish} the file is of no use. */
    @Override
    public void close() {
        writer.close();
        environment.close();
        options.close();
    }
}
