package archipel.storage;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Env;
import org.rocksdb.MutableDBOptions;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksMemEnv;
import org.rocksdb.SstFileReader;
import org.rocksdb.SstFileReaderIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * A RocksDB whose files are in memory: nothing of it is left once it is closed. It writes no write-ahead log, so that a
 * {@link #crash} leaves what was flushed, and {@link #revert} what the last {@link #checkpoint} and durable writes
 * have.
 */
public final class MemoryStore extends Store {
    private static final Path DIRECTORY = Path.of("/store");
    private static final byte[] END = {(byte) 0xff, (byte) 0xff, (byte) 0xff};

    private final RocksMemEnv files;
    private final WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
    private final List<byte[]> journal = new ArrayList<>();
    private @Nullable StoreSnapshot checkpoint;
    private boolean crashing;
    private @Nullable StorageException fault;
    private int readsBeforeFault;

    private MemoryStore(RocksMemEnv files) {
        super(open(DIRECTORY, 1 << 20, 8 << 20, files));
        this.files = files;
    }

    public static MemoryStore open() {
        return new MemoryStore(new RocksMemEnv(Env.getDefault()));
    }

    @Override
    public void commit(Batch batch) {
        write(batch.writes());
    }

    private void write(WriteBatch writes) {
        try {
            db().write(unlogged, writes);
        } catch (RocksDBException e) {
            throw failure("cannot write", e);
        }
    }

    @Override
    public void commitDurably(Batch batch) {
        commit(batch);
        try {
            journal.add(batch.writes().data());
        } catch (RocksDBException e) {
            throw failure("cannot write", e);
        }
    }

    /** Takes in rows of files that are on a disk, which this is not. */
    @Override
    public void ingest(Family family, List<Path> files) {
        try (Batch batch = batch();
                Options options = new Options();
                ReadOptions read = new ReadOptions()) {
            for (Path file : files) {
                try (SstFileReader reader = new SstFileReader(options)) {
                    reader.open(file.toString());
                    try (SstFileReaderIterator rows = reader.newIterator(read)) {
                        for (rows.seekToFirst(); rows.isValid(); rows.next()) {
                            batch.put(family, rows.key(), rows.value());
                        }
                        rows.status();
                    }
                }
            }
            commitDurably(batch);
        } catch (RocksDBException e) {
            throw failure("cannot take in rows of " + family, e);
        }
    }

    /** Lets a read fail, after some that succeed; null for none. */
    public void failRead(@Nullable StorageException fault, int after) {
        this.fault = fault;
        this.readsBeforeFault = after;
    }

    @Override
    public byte @Nullable [] get(Family family, byte[] key) {
        if (fault != null && readsBeforeFault-- <= 0) {
            throw fault;
        }
        return super.get(family, key);
    }

    /** Deletes every row. */
    public void clear() {
        release();
        try (Batch batch = batch()) {
            clear(batch);
            commit(batch);
        }
    }

    private static void clear(Batch batch) {
        for (Family family : Family.MAIN) {
            batch.deleteRange(family, new byte[0], END);
        }
    }

    /** What is stored now, and what is written durably from here on, survives a {@link #revert}. */
    public void checkpoint() {
        release();
        checkpoint = snapshot();
    }

    /** The checkpoint, which this keeps. */
    public StoreSnapshot lastCheckpoint() {
        return Objects.requireNonNull(checkpoint, "there was no checkpoint");
    }

    /** Goes back to the checkpoint, which is what a crash does that loses what came since, but for what was durable. */
    public void revert() {
        StoreSnapshot earlier = lastCheckpoint();
        try (Batch batch = batch()) {
            clear(batch);
            for (Family family : Family.MAIN) {
                try (Cursor rows = earlier.cursor(family, new byte[0], END)) {
                    for (boolean more = rows.first(); more; more = rows.next()) {
                        batch.put(family, rows.key(), rows.value());
                    }
                }
            }
            commit(batch);
        }
        for (byte[] durable : journal) {
            try (WriteBatch writes = new WriteBatch(durable)) {
                write(writes);
            }
        }
        checkpoint();
    }

    private void release() {
        StoreSnapshot held = checkpoint;
        if (held != null) {
            held.release();
        }
        checkpoint = null;
        journal.clear();
    }

    /** Loses what was not flushed. This one is closed; the result is what a new process finds. */
    public MemoryStore crash() {
        release();
        try {
            db().setDBOptions(MutableDBOptions.builder()
                    .setAvoidFlushDuringShutdown(true)
                    .build());
        } catch (RocksDBException e) {
            throw failure("cannot crash", e);
        }
        crashing = true;
        super.close();
        unlogged.close();
        return new MemoryStore(files);
    }

    @Override
    void flushAtClose() {
        if (!crashing) {
            super.flushAtClose();
        }
    }

    @Override
    public void close() {
        // What would be flushed goes with the files.
        crashing = true;
        release();
        super.close();
        unlogged.close();
        files.close();
    }
}
