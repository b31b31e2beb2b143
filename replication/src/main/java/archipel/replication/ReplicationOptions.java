package archipel.replication;

import archipel.ends.Selection;
import archipel.ends.SourceSequence;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a replication is to do, as a body of {@code _replicate} or a document of {@code _replicator} says it.
 *
 * @param continuous whether it goes on once everything is copied
 * @param createTarget whether a target that is not there is made
 * @param createParameters of the request that makes it, such as {@code q}
 * @param winnersOnly {@code winning_revs_only}: conflicts stay behind
 * @param sinceSequence where to begin where there is no checkpoint; null for the beginning
 */
public record ReplicationOptions(
        EndAddress source,
        EndAddress target,
        boolean continuous,
        boolean createTarget,
        Map<String, String> createParameters,
        Selection selection,
        boolean winnersOnly,
        @Nullable SourceSequence sinceSequence,
        Tuning tuning) {
    public ReplicationOptions {
        createParameters = Map.copyOf(createParameters);
    }

    /**
     * How it goes about it.
     *
     * @param workers batches at the same time
     * @param batch changed documents in one
     * @param connections requests under way at one end
     * @param timeout how long the other side may send nothing
     * @param retries of one request
     * @param checkpointInterval at the least, between two checkpoints
     */
    public record Tuning(
            int workers,
            int batch,
            int connections,
            Duration timeout,
            int retries,
            boolean bulkGet,
            boolean checkpoints,
            Duration checkpointInterval) {}
}
