package archipel.log;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The block chains of a group as they are stored at one moment, for comparing them with those of other nodes. Holds a
 * snapshot of the store: to be closed. For one thread at a time.
 */
public interface Chains extends AutoCloseable {
    /** Of the newest command in them. */
    LogPosition position();

    /**
     * The newest blocks of databases.
     *
     * @param after of databases with greater numbers than that, in ascending order
     * @param most how many
     */
    List<Head> heads(int after, int most);

    /** The newest block of a database; null where the group has none of that number. */
    @Nullable
    Head head(int database);

    /** The hash of a block; null where there is none of that number. */
    byte @Nullable [] hash(int database, long block);

    /** A digest of what the group knows beside the databases' documents; costs what there is of it. */
    byte[] catalogDigest();

    /** What a database is called; null where the group does not know, since it is not the system group. */
    @Nullable
    String name(int database);

    @Override
    void close();

    /**
     * A database's newest block.
     *
     * @param position of the newest command that changed anything of the database: whoever has applied it has the block
     */
    record Head(int database, long block, byte[] hash, long position) {}
}
