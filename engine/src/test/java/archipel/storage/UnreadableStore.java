package archipel.storage;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Env;

/** A store some of whose rows cannot be read when it is told so. */
public final class UnreadableStore extends Store {
    private volatile @Nullable Family unreadable;
    private volatile int readsBefore;
    private volatile @Nullable Runnable instead;

    private UnreadableStore(Opened opened) {
        super(opened);
    }

    public static UnreadableStore open(Path directory, long blockCacheBytes, long writeBufferBytes) {
        return new UnreadableStore(open(directory, blockCacheBytes, writeBufferBytes, Env.getDefault()));
    }

    /**
     * Lets each read of a family fail, after some that succeed.
     *
     * @param family null for none
     */
    public void fail(@Nullable Family family, int after) {
        readsBefore = after;
        instead = null;
        unreadable = family;
    }

    /** As {@link #fail}, but that each read does something else, which ends it or lets it go on. */
    public void divert(Family family, int after, Runnable work) {
        readsBefore = after;
        instead = work;
        unreadable = family;
    }

    @Override
    public byte @Nullable [] get(Family family, byte[] key) {
        if (family == unreadable && readsBefore-- <= 0) {
            Runnable work = instead;
            if (work != null) {
                work.run();
                return super.get(family, key);
            }
            throw new StorageException(StorageException.Kind.CORRUPT, "a sector that was asked for");
        }
        return super.get(family, key);
    }
}
