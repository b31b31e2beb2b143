package archipel.ensemble;

import static archipel.settings.SettingGroup.text;

import archipel.engine.EngineSettings;
import archipel.engine.NodeOptions;
import archipel.raft.RaftHost;
import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.Setting.Place;
import archipel.settings.Setting.Scope;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.ByteSize;
import archipel.settings.SettingType.TextList;
import archipel.settings.SettingType.WholeNumber;
import archipel.settings.Settings;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;

/** Which ensemble a node is a member of, and how that behaves. */
public final class EnsembleSettings {
    public static final SettingGroup GROUP = new SettingGroup("Ensemble");

    public static final Setting<List<String>> ENSEMBLE = GROUP.node(
            "ensemble",
            new TextList(),
            "",
            Change.AT_START,
            "The members of the ensemble that this node belongs to, this one included, each as NAME=HOST:PORT, "
                    + "where the port is for other members alone. They begin once all have met; later starts need it "
                    + "only for new addresses.");
    public static final Setting<String> ENSEMBLE_NAME = GROUP.node(
            "ensemble_name",
            text("|[A-Za-z0-9._-]{1,64}", "1 to 64 letters, digits, dots, hyphens and underscores"),
            "",
            Change.AT_START,
            "Which of the members this node is, at its first start. If empty, the first that has an address of this "
                    + "machine which nobody listens on.");
    public static final Setting<String> ENSEMBLE_JOIN = GROUP.node(
            "ensemble_join",
            text("|https?://\\S{1,1000}", "an http:// or https:// URL"),
            "",
            Change.AT_START,
            "URL of a running member of an ensemble that this node joins at its first start; ensemble gives its own "
                    + "name and address then. The admin's name and password have to be the ensemble's.");
    public static final Setting<String> ENSEMBLE_SECRET = GROUP.add(new Setting<>(
            "ensemble_secret",
            text("|\\S{12,1000}", "at least 12 characters without spaces"),
            "",
            Scope.NODE,
            Change.AT_START,
            List.of(),
            Collections.unmodifiableSet(EnumSet.of(Place.ENVIRONMENT)),
            "What the members of an ensemble have in common and nobody else knows; needed at the first start. If "
                    + "empty, it is made of the admin's password."));
    public static final Setting<Boolean> OBSERVER = GROUP.node(
            "observer",
            SettingGroup.TRUTH,
            "false",
            Change.AT_START,
            "Whether this member follows without a vote, as the ensemble begins or as it joins.");
    public static final Setting<Integer> ENSEMBLE_GROUPS = GROUP.node(
            "ensemble_groups",
            new WholeNumber(1, 1_000, "groups"),
            "16",
            Change.AT_START,
            "How many groups the databases of an ensemble are spread over, each with a leader of its own; the same on "
                    + "all members as it begins, and fixed from then on.");
    public static final Setting<Integer> ELECTION_TIMEOUT_MS = GROUP.node(
            "election_timeout_ms",
            new WholeNumber(100, 60_000, "milliseconds"),
            "500",
            Change.AT_START,
            "For how long a leader may be silent before another member asks to be elected; the longest one up first.");
    public static final Setting<Integer> ENSEMBLE_WRITE_TIMEOUT_MS = GROUP.node(
            "ensemble_write_timeout_ms",
            new WholeNumber(100, 600_000, "milliseconds"),
            "15000",
            Change.AT_START,
            "How long a write waits for a majority of the ensemble before it ends with 503 and an unknown outcome.");
    public static final Setting<Integer> ENSEMBLE_LEADER_TIMEOUT_MS = GROUP.node(
            "ensemble_leader_timeout_ms",
            new WholeNumber(100, 600_000, "milliseconds"),
            "8000",
            Change.AT_START,
            "How long a write waits for a leader that it can be sent to, and a read for one that confirms that it is "
                    + "up to date, before it ends with 503 and without effect.");
    public static final Setting<Long> ENSEMBLE_LOG_SIZE = GROUP.node(
            "ensemble_log_size",
            new ByteSize(1 << 20, 1L << 40),
            "256MiB",
            Change.AT_START,
            "How much of the ensemble's log makes a member write what it has in memory to files and forget the log "
                    + "before. A member that was away for longer than others remember is sent images.");
    public static final Setting<Long> ENSEMBLE_COMMAND_SIZE = GROUP.node(
            "ensemble_command_size",
            new ByteSize(1 << 20, 1L << 30),
            "64MiB",
            Change.AT_START,
            "How large a single write can be in an ensemble, whose members have several copies of it in memory for a "
                    + "moment; no larger than a sixteenth of the heap in any case. A larger one is refused with 413.");
    public static final Setting<Long> ENSEMBLE_LOG_BUFFER_SIZE = GROUP.node(
            "ensemble_log_buffer_size",
            new ByteSize(1 << 20, 1L << 40),
            "32MiB",
            Change.AT_START,
            "Memory for the ensemble's log beside its file.");

    public static final Setting<Long> ENSEMBLE_IMAGE_RATE = GROUP.node(
            "ensemble_image_rate",
            new ByteSize(0, 1L << 40),
            "64MiB",
            Change.AT_START,
            "How many bytes a second a member sends of images, all together, to members that were away for longer than "
                    + "the log remembers or come without data. 0 for as many as it can; less than 64KiB counts as "
                    + "that.");

    // A member that applies one has its bytes, its documents and their rows in memory, beside those of its own clients.
    private static final int HEAP_FOR_COMMAND = 16;

    // Of two members that wait for different lengths of time the first has asked before the second does.
    private static final double SPREAD = 0.3;

    private EnsembleSettings() {}

    static RaftHost.Timing timing(Settings settings) {
        int election = settings.get(ELECTION_TIMEOUT_MS);
        return new RaftHost.Timing(
                Duration.ofMillis(election),
                Duration.ofMillis((long) (election * SPREAD)),
                RaftHost.Timing.DEFAULT.heartbeats(),
                settings.get(EngineSettings.DURABILITY) == NodeOptions.Durability.FSYNC);
    }

    static ReplicatedLog.Patience patience(Settings settings) {
        Duration leader = Duration.ofMillis(settings.get(ENSEMBLE_LEADER_TIMEOUT_MS));
        return new ReplicatedLog.Patience(
                Duration.ofMillis(settings.get(ENSEMBLE_WRITE_TIMEOUT_MS)),
                leader,
                leader,
                ReplicatedLog.Patience.DEFAULT.retryMs(),
                settings.get(ENSEMBLE_LOG_SIZE),
                Math.min(
                        settings.get(ENSEMBLE_COMMAND_SIZE),
                        Runtime.getRuntime().maxMemory() / HEAP_FOR_COMMAND));
    }
}
