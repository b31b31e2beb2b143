package archipel.replication;

import static archipel.settings.SettingGroup.couch;

import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.WholeNumber;
import archipel.settings.Settings;
import java.time.Duration;

/** What holds for replications that do not say otherwise themselves. */
public final class ReplicationSettings {
    public static final SettingGroup GROUP = new SettingGroup("Replication");

    static final int MOST_WORKERS = 64;
    static final int LARGEST_BATCH = 10_000;
    static final int MOST_CONNECTIONS = 1_000;
    static final int LONGEST_TIMEOUT_MS = 3_600_000;
    static final int MOST_RETRIES = 100;
    static final int LONGEST_INTERVAL_MS = 3_600_000;

    public static final Setting<Integer> WORKERS = GROUP.node(
            "replicator_worker_processes",
            new WholeNumber(1, MOST_WORKERS, ""),
            "4",
            Change.AT_ONCE,
            "How many batches of one replication are copied at the same time.",
            couch("replicator", "worker_processes"));
    public static final Setting<Integer> BATCH = GROUP.node(
            "replicator_worker_batch_size",
            new WholeNumber(1, LARGEST_BATCH, "documents"),
            "1000",
            Change.AT_ONCE,
            "How many changed documents a batch has.",
            couch("replicator", "worker_batch_size"));
    public static final Setting<Integer> CONNECTIONS = GROUP.node(
            "replicator_http_connections",
            new WholeNumber(2, MOST_CONNECTIONS, ""),
            "20",
            Change.AT_ONCE,
            "How many requests one replication has under way at one end.",
            couch("replicator", "http_connections"));
    public static final Setting<Integer> TIMEOUT_MS = GROUP.node(
            "replicator_connection_timeout",
            new WholeNumber(100, LONGEST_TIMEOUT_MS, "milliseconds"),
            "30000",
            Change.AT_ONCE,
            "How long a replication waits for the other side to send or take a byte. Feeds send one three times as "
                    + "often.",
            couch("replicator", "connection_timeout"));
    public static final Setting<Integer> RETRIES = GROUP.node(
            "replicator_retries_per_request",
            new WholeNumber(0, MOST_RETRIES, ""),
            "5",
            Change.AT_ONCE,
            "How often a request that failed for now is sent again before the replication fails.",
            couch("replicator", "retries_per_request"));
    public static final Setting<Integer> CHECKPOINT_MS = GROUP.node(
            "replicator_checkpoint_interval",
            new WholeNumber(100, LONGEST_INTERVAL_MS, "milliseconds"),
            "30000",
            Change.AT_ONCE,
            "How often a replication notes at both ends how far it has come.",
            couch("replicator", "checkpoint_interval"));
    public static final Setting<Boolean> CHECKPOINTS = GROUP.node(
            "replicator_use_checkpoints",
            SettingGroup.TRUTH,
            "true",
            Change.AT_ONCE,
            "Whether replications note how far they have come, so that the next one goes on from there.",
            couch("replicator", "use_checkpoints"));
    public static final Setting<Boolean> BULK_GET = GROUP.node(
            "replicator_use_bulk_get",
            SettingGroup.TRUTH,
            "true",
            Change.AT_ONCE,
            "Whether replications ask for many documents at once where the source can answer that.",
            couch("replicator", "use_bulk_get"));

    public static final Setting<Integer> MOST_REQUESTED = GROUP.node(
            "replicator_requests",
            new WholeNumber(1, 100_000, ""),
            "100",
            Change.AT_ONCE,
            "How many replications that _replicate asked for may run or wait at the same time; those of _replicator "
                    + "are counted apart.");

    private ReplicationSettings() {}

    /** What a replication does that says nothing about it. */
    static ReplicationOptions.Tuning tuning(Settings settings) {
        return new ReplicationOptions.Tuning(
                settings.get(WORKERS),
                settings.get(BATCH),
                settings.get(CONNECTIONS),
                Duration.ofMillis(settings.get(TIMEOUT_MS)),
                settings.get(RETRIES),
                settings.get(BULK_GET),
                settings.get(CHECKPOINTS),
                Duration.ofMillis(settings.get(CHECKPOINT_MS)));
    }
}
