package archipel.engine;

import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.Store;
import java.util.List;

/**
 * What a database takes on the disk, roughly, but for its indexes.
 *
 * @param file all of it, also what is deleted but not given back yet
 * @param active the part that is of the newest block; less than {@code file}. What a compaction would give back is
 *     between the two, and what the horizon keeps
 */
public record DiskSizes(long file, long active) {
    /** What readers of the newest block need beside the bodies. */
    private static final List<Family> NEWEST = List.of(Family.DOCUMENT, Family.CHANGE, Family.LOCAL);

    private static final List<Family> REST = List.of(
            Family.PAST_BODY,
            Family.HISTORY,
            Family.CHANGE_HISTORY,
            Family.SUPERSEDED,
            Family.BLOCK,
            Family.BLOCK_HASH,
            Family.PURGE,
            Family.ATTACHMENT);

    /** @param unreclaimedBytes of attachments that are deleted but in files still */
    static DiskSizes of(Store store, DatabaseRow row, long unreclaimedBytes) {
        KeySpace keys = Node.keys(row);
        DatabaseState state = row.state();
        long newest = bytes(store, keys, NEWEST);
        long bodies = bytes(store, keys, List.of(Family.BODY));
        // A file of bodies has superseded ones, too, until it is rewritten; on the other hand bodies are compressed.
        long liveBodies = bodies == 0 ? state.liveBodyBytes() : Math.min(bodies, state.liveBodyBytes());
        double garbageShare = store.blobs(Family.ATTACHMENT).garbageShare();
        // Files of content belong to all databases, so each has its share of the garbage in them.
        long sharedGarbage = (long) (state.attachmentBytes() * garbageShare / Math.max(0.01, 1 - garbageShare));
        long active = newest + liveBodies + state.attachmentBytes();
        long file = newest
                + Math.max(bodies, liveBodies)
                + state.attachmentBytes()
                + sharedGarbage
                + unreclaimedBytes
                + bytes(store, keys, REST)
                + row.encode().length;
        return new DiskSizes(file, active);
    }

    private static long bytes(Store store, KeySpace keys, List<Family> families) {
        return families.stream()
                .mapToLong(family -> store.approximateBytes(family, keys.lower(), keys.upper()))
                .sum();
    }
}
