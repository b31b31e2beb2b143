package archipel.replication;

import archipel.ends.ReplicationStatistics;

/**
 * How a replication ended.
 *
 * @param answer what {@code _replicate} answers beside {@code "ok":true}, without braces around it: the checkpoint with
 *     its history, {@code "no_changes":true} before it where nothing had changed
 */
public record ReplicationResult(ReplicationStatistics statistics, String answer) {}
