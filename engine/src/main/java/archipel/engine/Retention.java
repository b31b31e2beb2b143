package archipel.engine;

import archipel.storage.RowReader;
import archipel.storage.RowWriter;
import archipel.storage.StorageException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How far back a database can be read, part of its {@link DatabaseRow}.
 *
 * @param policy null: the node's
 * @param horizon the oldest block that can be read
 * @param prunedTo what blocks up to this one left behind has been deleted; at most {@code horizon}
 * @param compactedTo bodies written up to this block are shown to latest reads only where they are a leaf's
 * @param settledMs no later block gets a time that is not after this one, since a reader was told which block stood then
 */
record Retention(@Nullable HorizonPolicy policy, long horizon, long prunedTo, long compactedTo, long settledMs) {
    static final Retention NEW = new Retention(null, 0, 0, 0, 0);

    private static final int FOLLOWS_NODE = 0;
    private static final int ALL = 1;
    private static final int NEWEST = 2;

    Retention withPolicy(@Nullable HorizonPolicy other) {
        return new Retention(other, horizon, prunedTo, compactedTo, settledMs);
    }

    Retention withHorizon(long block) {
        return new Retention(policy, Math.max(horizon, block), prunedTo, compactedTo, settledMs);
    }

    Retention withPrunedTo(long block) {
        return new Retention(policy, horizon, Math.max(prunedTo, block), compactedTo, settledMs);
    }

    Retention withCompactedTo(long block) {
        return new Retention(policy, horizon, prunedTo, Math.max(compactedTo, block), settledMs);
    }

    Retention withSettled(long timeMs) {
        return new Retention(policy, horizon, prunedTo, compactedTo, Math.max(settledMs, timeMs));
    }

    void write(RowWriter row) {
        switch (policy) {
            case null -> row.u8(FOLLOWS_NODE);
            case HorizonPolicy.All all -> row.u8(ALL);
            case HorizonPolicy.Newest newest ->
                row.u8(NEWEST).varint(newest.blocks()).varint(newest.age().toMillis());
        }
        row.varint(horizon).varint(prunedTo).varint(compactedTo).varint(settledMs);
    }

    static Retention read(RowReader row) {
        int kind = row.u8();
        HorizonPolicy policy =
                switch (kind) {
                    case FOLLOWS_NODE -> null;
                    case ALL -> new HorizonPolicy.All();
                    case NEWEST -> new HorizonPolicy.Newest(row.varint(), Duration.ofMillis(row.varint()));
                    default ->
                        throw new StorageException(
                                StorageException.Kind.CORRUPT, "a horizon policy of unknown kind " + kind);
                };
        return new Retention(policy, row.varint(), row.varint(), row.varint(), row.varint());
    }
}
