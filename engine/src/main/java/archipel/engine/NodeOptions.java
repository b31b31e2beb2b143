package archipel.engine;

/**
 * How a node keeps its data.
 *
 * @param durability when a write counts as acknowledged
 * @param blockCacheBytes RocksDB's cache of blocks read
 * @param writeBufferBytes what RocksDB may hold unflushed, all column families together
 * @param groupBytes how much one group commit takes at the most
 * @param attachmentChunkBytes the size of a stored chunk of an attachment
 * @param history which blocks stay readable in databases that have no policy of their own
 */
public record NodeOptions(
        Durability durability,
        long blockCacheBytes,
        long writeBufferBytes,
        long groupBytes,
        int attachmentChunkBytes,
        HorizonPolicy history) {
    public static final NodeOptions DEFAULT =
            new NodeOptions(Durability.FSYNC, 64L << 20, 128L << 20, 8L << 20, 256 << 10);

    /** With {@link HorizonPolicy#DEFAULT}. */
    public NodeOptions(
            Durability durability,
            long blockCacheBytes,
            long writeBufferBytes,
            long groupBytes,
            int attachmentChunkBytes) {
        this(durability, blockCacheBytes, writeBufferBytes, groupBytes, attachmentChunkBytes, HorizonPolicy.DEFAULT);
    }

    public NodeOptions withDurability(Durability other) {
        return new NodeOptions(other, blockCacheBytes, writeBufferBytes, groupBytes, attachmentChunkBytes, history);
    }

    public NodeOptions withHistory(HorizonPolicy other) {
        return new NodeOptions(durability, blockCacheBytes, writeBufferBytes, groupBytes, attachmentChunkBytes, other);
    }

    /** When a write counts as acknowledged. */
    public enum Durability {
        /** Once it is on the disk: survives a power cut. */
        FSYNC,
        /** Once the operating system has it: survives a kill of the process, not of the machine. */
        OS
    }
}
