package archipel.engine;

import archipel.command.HorizonPolicy;
import archipel.log.LogOptions;
import archipel.settings.Word;
import java.time.Duration;

/**
 * How a node keeps its data.
 *
 * @param durability when a write counts as acknowledged
 * @param blockCacheBytes RocksDB's cache of blocks read
 * @param writeBufferBytes what RocksDB may hold unflushed, all column families together
 * @param groupBytes how much one group commit takes at the most
 * @param attachmentChunkBytes the size of a stored chunk of an attachment
 * @param history which blocks stay readable in databases that have no policy of their own
 * @param limits what bounds its writes
 * @param mustExist whether a directory without data is refused instead of made one
 * @param reclaiming when the space of what was deleted is given back
 */
public record NodeOptions(
        Durability durability,
        long blockCacheBytes,
        long writeBufferBytes,
        long groupBytes,
        int attachmentChunkBytes,
        HorizonPolicy history,
        Limits limits,
        boolean mustExist,
        Reclaiming reclaiming) {
    public static final NodeOptions DEFAULT =
            new NodeOptions(Durability.FSYNC, 64L << 20, 128L << 20, 8L << 20, 256 << 10);

    /** What bounds the log. */
    LogOptions log() {
        return new LogOptions(durability == Durability.FSYNC, groupBytes, limits.queueBytes(), limits.queueWait());
    }

    /** With {@link HorizonPolicy#DEFAULT}, {@link Limits#DEFAULT} and {@link Reclaiming#DEFAULT}. */
    public NodeOptions(
            Durability durability,
            long blockCacheBytes,
            long writeBufferBytes,
            long groupBytes,
            int attachmentChunkBytes) {
        this(
                durability,
                blockCacheBytes,
                writeBufferBytes,
                groupBytes,
                attachmentChunkBytes,
                HorizonPolicy.DEFAULT,
                Limits.DEFAULT,
                false,
                Reclaiming.DEFAULT);
    }

    public NodeOptions withDurability(Durability other) {
        return new NodeOptions(
                other,
                blockCacheBytes,
                writeBufferBytes,
                groupBytes,
                attachmentChunkBytes,
                history,
                limits,
                mustExist,
                reclaiming);
    }

    public NodeOptions withHistory(HorizonPolicy other) {
        return new NodeOptions(
                durability,
                blockCacheBytes,
                writeBufferBytes,
                groupBytes,
                attachmentChunkBytes,
                other,
                limits,
                mustExist,
                reclaiming);
    }

    public NodeOptions withLimits(Limits other) {
        return new NodeOptions(
                durability,
                blockCacheBytes,
                writeBufferBytes,
                groupBytes,
                attachmentChunkBytes,
                history,
                other,
                mustExist,
                reclaiming);
    }

    public NodeOptions withReclaiming(Reclaiming other) {
        return new NodeOptions(
                durability,
                blockCacheBytes,
                writeBufferBytes,
                groupBytes,
                attachmentChunkBytes,
                history,
                limits,
                mustExist,
                other);
    }

    public NodeOptions withMustExist(boolean other) {
        return new NodeOptions(
                durability,
                blockCacheBytes,
                writeBufferBytes,
                groupBytes,
                attachmentChunkBytes,
                history,
                limits,
                other,
                reclaiming);
    }

    /**
     * When the space of what was deleted is given back to the file system.
     *
     * @param after for how long it may stay at least; also the time between two looks
     * @param garbageShare which part of all stored attachments may be garbage, more than 0 and at most 1, before what
     *     is live is copied to new files
     */
    public record Reclaiming(Duration after, double garbageShare) {
        public static final Reclaiming DEFAULT = new Reclaiming(Duration.ofMinutes(1), 0.25);
    }

    /** When a write counts as acknowledged. */
    public enum Durability implements Word {
        /** Once it is on the disk: survives a power cut. */
        FSYNC,
        /** Once the operating system has it: survives a kill of the process, not of the machine. */
        OS
    }

    /**
     * What bounds a node's writes.
     *
     * @param queueBytes of commands that are in the log, from their submission to their answer; one that is larger goes
     *     in alone
     * @param queueWait for how long a command waits for its turn to be let in
     * @param reserveBytes of the disk's space that deletions and a start on a full disk are done from; 0 for none
     * @param clockDrift by how much the machine's clock may be off its own pace before it is doubted
     * @param clockPatience for how long a clock that jumped ahead has to stay there to be believed
     */
    public record Limits(
            long queueBytes, Duration queueWait, long reserveBytes, Duration clockDrift, Duration clockPatience) {
        public static final Limits DEFAULT =
                new Limits(32L << 20, Duration.ofSeconds(30), 0, Duration.ofMinutes(1), Duration.ofMinutes(10));

        public Limits withReserve(long bytes) {
            return new Limits(queueBytes, queueWait, bytes, clockDrift, clockPatience);
        }

        public Limits withQueue(long bytes, Duration wait) {
            return new Limits(bytes, wait, reserveBytes, clockDrift, clockPatience);
        }
    }
}
