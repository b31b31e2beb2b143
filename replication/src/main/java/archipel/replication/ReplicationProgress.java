package archipel.replication;

import archipel.ends.ReplicationStatistics;
import archipel.ends.SourceSequence;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * How far a replication has come.
 *
 * @param statistics of this run and those before it that its checkpoints know
 * @param source up to where the source's feed was read
 * @param through up to where all is at the target
 * @param checkpointed up to where both ends remember that
 * @param pending changes that lie after {@code source}; empty where the source does not say
 */
public record ReplicationProgress(
        ReplicationStatistics statistics,
        SourceSequence source,
        SourceSequence through,
        SourceSequence checkpointed,
        OptionalLong pending,
        Instant started,
        Instant updated) {}
