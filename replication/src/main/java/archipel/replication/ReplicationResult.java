package archipel.replication;

import archipel.ends.ReplicationStatistics;

/**
 * How a replication ended.
 *
 * @param statistics of this replication since its first session
 * @param earlier those of the sessions before
 * @param answer what {@code _replicate} answers beside {@code "ok":true}, without braces around it: the checkpoint with
 *     its history, {@code "no_changes":true} before it where nothing had changed
 */
public record ReplicationResult(ReplicationStatistics statistics, ReplicationStatistics earlier, String answer) {
    /** What the run itself has done. */
    public ReplicationStatistics added() {
        return statistics.minus(earlier);
    }
}
