package archipel.engine;

import static archipel.settings.SettingGroup.TRUTH;
import static archipel.settings.SettingGroup.couch;
import static archipel.settings.SettingGroup.words;

import archipel.command.HorizonPolicy;
import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingRule;
import archipel.settings.SettingType.ByteSize;
import archipel.settings.SettingType.FilePath;
import archipel.settings.SettingType.WholeNumber;
import archipel.settings.Settings;
import archipel.settings.Word;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/** How a node keeps its data, as it is set; {@link NodeOptions} is what is made of it. */
public final class EngineSettings {
    public static final SettingGroup GROUP = new SettingGroup("Storage");

    public static final Setting<Path> DATA = GROUP.node(
            "data",
            new FilePath(),
            "archipel-data",
            Change.FIXED,
            "The directory that holds all of the node's data; created if missing.",
            couch("couchdb", "database_dir"));
    public static final Setting<Boolean> DATA_MUST_EXIST = GROUP.node(
            "data_must_exist",
            TRUTH,
            "false",
            Change.AT_START,
            "Refuse to start on a data directory without data instead of initializing it. For a directory on a file "
                    + "system of its own, which may not be mounted.");
    public static final Setting<NodeOptions.Durability> DURABILITY = GROUP.cluster(
            "durability",
            words(NodeOptions.Durability.values(), NodeOptions.Durability::word),
            "fsync",
            Change.AT_START,
            "When a write is acknowledged: when it is on the disk (fsync), or when the operating system has it (os), "
                    + "which a power cut can undo.");
    public static final Setting<Long> BLOCK_CACHE_SIZE = GROUP.node(
            "block_cache_size",
            new ByteSize(1 << 20, 1L << 40),
            "64MiB",
            Change.AT_START,
            "Memory for caching data that was read from the disk.");
    public static final Setting<Long> WRITE_BUFFER_SIZE = GROUP.node(
            "write_buffer_size",
            new ByteSize(1 << 20, 1L << 40),
            "128MiB",
            Change.AT_START,
            "Memory for buffering data that was written recently.");
    public static final Setting<Long> GROUP_COMMIT_SIZE = GROUP.node(
            "group_commit_size",
            new ByteSize(64 << 10, 1L << 30),
            "8MiB",
            Change.AT_START,
            "Maximum amount of concurrent writes that are written and synced together.");
    public static final Setting<Long> WRITE_QUEUE_SIZE = GROUP.node(
            "write_queue_size",
            new ByteSize(1 << 20, 1L << 40),
            "32MiB",
            Change.AT_START,
            "Memory for writes that wait for the disk, at most an eighth of the heap. A write that finds it full "
                    + "waits up to write_wait_ms. A write larger than this is let in alone.");
    public static final Setting<Integer> WRITE_WAIT_MS = GROUP.node(
            "write_wait_ms",
            new WholeNumber(0, 3_600_000, "milliseconds"),
            "30000",
            Change.AT_START,
            "How long a write waits for room in write_queue_size before it is rejected with 503.");
    public static final Setting<Long> RESERVE_SIZE = GROUP.node(
            "reserve_size",
            new ByteSize(0, 1L << 40),
            "192MiB",
            Change.AT_START,
            "Disk space held in a file and given up when the disk is full, for deletions, purges and a restart. It "
                    + "should be one and a half times write_buffer_size; 0 holds none.");
    public static final Setting<Integer> MAX_CLOCK_DRIFT_MS = GROUP.cluster(
            "max_clock_drift_ms",
            new WholeNumber(1, 86_400_000, "milliseconds"),
            "60000",
            Change.AT_START,
            "How far the machine's clock may jump ahead and still be trusted; after a larger jump, block times "
                    + "continue from the time before. A database whose time is further ahead causes a warning.");
    public static final Setting<Integer> CLOCK_PATIENCE_SECONDS = GROUP.cluster(
            "clock_patience_seconds",
            new WholeNumber(0, 86_400, "seconds"),
            "600",
            Change.AT_START,
            "How long a clock that jumped ahead must stay there to be trusted.");
    public static final Setting<HistoryKept> HISTORY = GROUP.cluster(
            "history",
            words(HistoryKept.values(), HistoryKept::word),
            "newest",
            Change.AT_START,
            "Which blocks stay readable in databases whose _horizon does not say otherwise: those within "
                    + "history_blocks or history_age_seconds (newest), or every one (all).");
    public static final Setting<Integer> HISTORY_BLOCKS = GROUP.cluster(
            "history_blocks",
            new WholeNumber(1, Integer.MAX_VALUE - 1, "blocks"),
            "10000",
            Change.AT_START,
            "How many of a database's newest blocks stay readable, at least.");
    public static final Setting<Integer> HISTORY_AGE_SECONDS = GROUP.cluster(
            "history_age_seconds",
            new WholeNumber(0, Integer.MAX_VALUE - 1, "seconds"),
            "3600",
            Change.AT_START,
            "How long a block stays readable, at least.");
    public static final Setting<Integer> DEFAULT_REVS_LIMIT = GROUP.cluster(
            "default_revs_limit",
            new WholeNumber(1, 1_000_000, "revisions"),
            "1000",
            Change.AT_ONCE,
            "How many revisions of each branch a new database keeps; _revs_limit changes it for a single database.");
    public static final Setting<Long> MAX_REWIND_SIZE = GROUP.cluster(
            "max_rewind_size",
            new ByteSize(1 << 20, 1L << 31),
            "128MiB",
            Change.AT_ONCE,
            "How much one _rewind may write: the documents that it restores, those that it replaces, and 512 bytes "
                    + "for each changed document. All of it is held in memory outside the heap, and other writes "
                    + "wait meanwhile.");
    public static final Setting<Long> ATTACHMENT_CHUNK_SIZE = GROUP.cluster(
            "attachment_chunk_size",
            new ByteSize(4 << 10, 16 << 20),
            "256KiB",
            Change.AT_START,
            "The size of the chunks in which attachments are stored.");
    public static final Setting<Integer> RECLAIM_AFTER_SECONDS = GROUP.node(
            "reclaim_after_seconds",
            new WholeNumber(1, Integer.MAX_VALUE - 1, "seconds"),
            "60",
            Change.AT_START,
            "How often the disk space of deleted attachments, dropped databases and pruned bodies is reclaimed.");
    public static final Setting<Integer> ATTACHMENT_GARBAGE_PERCENT = GROUP.node(
            "attachment_garbage_percent",
            new WholeNumber(1, 100, "percent"),
            "25",
            Change.AT_START,
            "How much of the files that hold attachments may be garbage before the rest is copied to new files.");

    /** Writes that wait for the disk may take this part of the heap. */
    private static final int WRITE_QUEUE_HEAP_PART = 8;

    static {
        GROUP.rule(new SettingRule(
                Set.of(DATA),
                settings -> !settings.isSet(DATA),
                "data is empty: name the directory that holds the node's data.",
                null,
                null));
    }

    private EngineSettings() {}

    /** What these settings make of a node's options. */
    public static NodeOptions options(Settings settings) {
        return new NodeOptions(
                settings.get(DURABILITY),
                settings.get(BLOCK_CACHE_SIZE),
                settings.get(WRITE_BUFFER_SIZE),
                settings.get(GROUP_COMMIT_SIZE),
                Math.toIntExact(settings.get(ATTACHMENT_CHUNK_SIZE)),
                history(settings),
                new NodeOptions.Limits(
                        Math.min(
                                settings.get(WRITE_QUEUE_SIZE),
                                Runtime.getRuntime().maxMemory() / WRITE_QUEUE_HEAP_PART),
                        Duration.ofMillis(settings.get(WRITE_WAIT_MS)),
                        settings.get(RESERVE_SIZE),
                        Duration.ofMillis(settings.get(MAX_CLOCK_DRIFT_MS)),
                        Duration.ofSeconds(settings.get(CLOCK_PATIENCE_SECONDS))),
                settings.get(DATA_MUST_EXIST),
                new NodeOptions.Reclaiming(
                        Duration.ofSeconds(settings.get(RECLAIM_AFTER_SECONDS)),
                        settings.get(ATTACHMENT_GARBAGE_PERCENT) / 100.0));
    }

    private static HorizonPolicy history(Settings settings) {
        return switch (settings.get(HISTORY)) {
            case ALL -> new HorizonPolicy.All();
            case NEWEST ->
                new HorizonPolicy.Newest(
                        settings.get(HISTORY_BLOCKS), Duration.ofSeconds(settings.get(HISTORY_AGE_SECONDS)));
        };
    }

    /** Of {@link #HISTORY}. */
    public enum HistoryKept implements Word {
        NEWEST,
        ALL
    }
}
