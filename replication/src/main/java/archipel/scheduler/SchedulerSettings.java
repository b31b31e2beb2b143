package archipel.scheduler;

import static archipel.settings.SettingGroup.couch;

import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.WholeNumber;
import archipel.settings.Settings;

/** How many replications run at the same time, and how they take turns. CouchDB's names and defaults. */
public final class SchedulerSettings {
    public static final SettingGroup GROUP = new SettingGroup("Replication jobs");

    public static final Setting<Integer> MOST_JOBS = GROUP.node(
            "replicator_max_jobs",
            new WholeNumber(0, 100_000, ""),
            "500",
            Change.AT_ONCE,
            "How many replications run at the same time. Others wait for their turn; 0 lets none run.",
            couch("replicator", "max_jobs"));
    public static final Setting<Integer> INTERVAL_MS = GROUP.node(
            "replicator_interval",
            new WholeNumber(10, 86_400_000, "milliseconds"),
            "60000",
            Change.AT_ONCE,
            "For how long a continuous replication runs, at the least, before it stops for one that waits.",
            couch("replicator", "interval"));
    public static final Setting<Integer> MOST_CHURN = GROUP.node(
            "replicator_max_churn",
            new WholeNumber(0, 100_000, ""),
            "20",
            Change.AT_ONCE,
            "How many replications stop for others within replicator_interval, at the most.",
            couch("replicator", "max_churn"));
    public static final Setting<Integer> MOST_HISTORY = GROUP.node(
            "replicator_max_history",
            new WholeNumber(1, 100, ""),
            "20",
            Change.AT_ONCE,
            "How many events _scheduler/jobs shows of each replication.",
            couch("replicator", "max_history"));
    public static final Setting<Integer> JITTER_MS = GROUP.node(
            "replicator_startup_jitter",
            new WholeNumber(0, 600_000, "milliseconds"),
            "5000",
            Change.AT_ONCE,
            "Over how long the starts of many replications at once are spread, at the most. A few start at once.",
            couch("replicator", "startup_jitter"));
    public static final Setting<Integer> HEALTH_SECONDS = GROUP.node(
            "replicator_health_threshold",
            new WholeNumber(1, 86_400, "seconds"),
            "120",
            Change.AT_ONCE,
            "After how long a replication that ran well is not punished any more for failures before.",
            couch("replicator", "health_threshold"));
    public static final Setting<Boolean> UPDATE_DOCUMENTS = GROUP.node(
            "replicator_update_docs",
            SettingGroup.TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether the states triggered and error are written to documents of _replicator, too, as CouchDB 1 did.",
            couch("replicator", "update_docs"));
    public static final Setting<Integer> MOST_DOCUMENTS = GROUP.node(
            "replicator_max_documents",
            new WholeNumber(1, 1_000_000, "documents"),
            "20000",
            Change.AT_ONCE,
            "How many documents of all _replicator databases are replicated for together; each takes about 1 KB of "
                    + "memory. One database gets three quarters of what others leave. Further ones wait until others "
                    + "are completed or deleted.");

    private SchedulerSettings() {}

    static ScheduleLimits limits(Settings settings) {
        return new ScheduleLimits(
                settings.get(MOST_JOBS),
                settings.get(INTERVAL_MS),
                settings.get(MOST_CHURN),
                settings.get(HEALTH_SECONDS) * 1_000L);
    }
}
