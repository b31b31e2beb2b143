package archipel.storage;

import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Env;
import org.rocksdb.ReadOptions;

/** A store without a journal, and its log beside it, on a disk that fails when it is told to. */
public final class FailingStore extends Store {
    private volatile @Nullable FailingStore log;
    private volatile StorageException.@Nullable Kind commitFault;
    private volatile StorageException.@Nullable Kind syncFault;
    private volatile StorageException.@Nullable Kind readFault;
    private volatile @Nullable CountDownLatch hang;
    private final AtomicInteger beforeHang = new AtomicInteger();

    private FailingStore(Opened opened) {
        super(opened);
    }

    public static FailingStore open(Path directory, long blockCacheBytes, long writeBufferBytes) {
        return new FailingStore(open(directory, blockCacheBytes, writeBufferBytes, Env.getDefault(), Journal.NONE));
    }

    @Override
    Store log(Opened opened) {
        FailingStore made = new FailingStore(opened);
        log = made;
        return made;
    }

    /** That was opened beside this one. */
    public FailingStore log() {
        return Objects.requireNonNull(log);
    }

    /** What each commit fails with from now on; null for nothing. */
    public void failCommit(StorageException.@Nullable Kind kind) {
        commitFault = kind;
    }

    /** What each fsync fails with from now on; null for nothing. */
    public void failSync(StorageException.@Nullable Kind kind) {
        syncFault = kind;
    }

    /** What each read of one row fails with from now on; null for nothing. */
    public void failRead(StorageException.@Nullable Kind kind) {
        readFault = kind;
    }

    /** Lets each fsync wait until that is counted down, after some that do not. */
    public void hang(CountDownLatch until, int after) {
        beforeHang.set(after);
        hang = until;
    }

    @Override
    public void commit(Batch batch) {
        fail(commitFault);
        super.commit(batch);
    }

    @Override
    public void sync() {
        CountDownLatch wait = hang;
        if (wait != null && beforeHang.getAndDecrement() <= 0) {
            try {
                wait.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        fail(syncFault);
        super.sync();
    }

    @Override
    public void rewrite() {
        fail(syncFault);
        super.rewrite();
    }

    @Override
    byte @Nullable [] read(Family family, byte[] key, ReadOptions options) {
        fail(readFault);
        return super.read(family, key, options);
    }

    private static void fail(StorageException.@Nullable Kind kind) {
        if (kind != null) {
            throw new StorageException(kind, "a fault that was asked for");
        }
    }
}
