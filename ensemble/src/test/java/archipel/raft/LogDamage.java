package archipel.raft;

import archipel.storage.Batch;
import archipel.storage.Family;
import archipel.storage.RowWriter;
import archipel.storage.Store;

/** A row in the log of a group that cannot be read. */
public final class LogDamage {
    private LogDamage() {}

    // Where an entry stands that says who the members are: such entries are read as a group begins.
    private static byte[] key(int group) {
        return new RowWriter(16).u16(group).u8(2).u64(Long.MAX_VALUE).toBytes();
    }

    /** @param log of a node */
    public static void damage(Store log, int group) {
        try (Batch batch = log.batch()) {
            batch.put(Family.ENTRY, key(group), new byte[] {1, 2, 3});
            log.commit(batch);
        }
    }

    public static void mend(Store log, int group) {
        try (Batch batch = log.batch()) {
            batch.delete(Family.ENTRY, key(group));
            log.commit(batch);
        }
    }
}
