package archipel.storage;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Env;
import org.rocksdb.MutableDBOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksMemEnv;
import org.rocksdb.WriteOptions;

/**
 * A RocksDB whose files are in memory: nothing of it is left once it is closed. It writes no write-ahead log, so that a
 * {@link #crash} leaves what was flushed.
 */
public final class MemoryStore extends Store {
    private static final Path DIRECTORY = Path.of("/store");
    private static final byte[] END = {(byte) 0xff, (byte) 0xff, (byte) 0xff};

    private final RocksMemEnv files;
    private final WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
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
        try {
            db().write(unlogged, batch.writes());
        } catch (RocksDBException e) {
            throw failure("cannot write", e);
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
        try (Batch batch = batch()) {
            clear(batch);
            commit(batch);
        }
    }

    private static void clear(Batch batch) {
        for (Family family : Family.values()) {
            batch.deleteRange(family, new byte[0], END);
        }
    }

    /** Goes back to what was stored at an earlier moment, which is what a crash does that loses what came since. */
    public void revert(StoreSnapshot earlier) {
        try (Batch batch = batch()) {
            clear(batch);
            for (Family family : Family.values()) {
                try (Cursor rows = earlier.cursor(family, new byte[0], END)) {
                    for (boolean more = rows.first(); more; more = rows.next()) {
                        batch.put(family, rows.key(), rows.value());
                    }
                }
            }
            commit(batch);
        }
    }

    /** Loses what was not flushed. This one is closed; the result is what a new process finds. */
    public MemoryStore crash() {
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
        super.close();
        unlogged.close();
        files.close();
    }
}
