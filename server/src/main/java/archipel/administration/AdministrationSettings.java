package archipel.administration;

import static archipel.settings.SettingGroup.couch;
import static archipel.settings.SettingGroup.text;
import static archipel.settings.SettingGroup.words;

import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.ByteSize;
import archipel.settings.SettingType.FilePath;
import archipel.settings.SettingType.WholeNumber;
import archipel.settings.Word;
import java.nio.file.Path;

/** What a node says of itself, its ids, its backups. */
public final class AdministrationSettings {
    public static final SettingGroup GROUP = new SettingGroup("Administration");

    public static final Setting<String> NODE_NAME = GROUP.node(
            "node_name",
            text("[A-Za-z0-9._-]+@[A-Za-z0-9._-]+", "of the form name@host"),
            "archipel@127.0.0.1",
            Change.AT_START,
            "The node's name in _membership and _node.");
    public static final Setting<MaintenanceMode> MAINTENANCE_MODE = GROUP.node(
            "maintenance_mode",
            words(MaintenanceMode.values(), MaintenanceMode::word),
            "false",
            Change.AT_ONCE,
            "Whether _up answers 404, so that load balancers skip the node: true, nolb or false.",
            couch("couchdb", "maintenance_mode"));
    public static final Setting<Path> BACKUP_DIRECTORY = GROUP.node(
            "backup_directory",
            new FilePath(),
            "",
            Change.AT_START,
            "Where POST to _backup (\"archipel backup URL\") may write backups: this directory and those below it. "
                    + "Backups over HTTP are disabled if empty.");
    public static final Setting<Long> BACKUP_RATE_LIMIT = GROUP.node(
            "backup_rate_limit",
            new ByteSize(0, 1L << 40),
            "0",
            Change.AT_ONCE,
            "How much a backup may write per second, to leave disk bandwidth to requests; 0: no limit.");
    public static final Setting<Integer> MAX_DBS_INFO_KEYS = GROUP.cluster(
            "max_dbs_info_keys",
            new WholeNumber(1, 1_000_000, "databases"),
            "100",
            Change.AT_ONCE,
            "How many databases one POST to _dbs_info may name.",
            couch("chttpd", "max_db_number_for_dbs_info_req"));
    public static final Setting<UuidAlgorithm> UUIDS_ALGORITHM = GROUP.cluster(
            "uuids_algorithm",
            words(UuidAlgorithm.values(), UuidAlgorithm::word),
            "sequential",
            Change.AT_ONCE,
            "How _uuids generates ids, and the node those of documents that are posted without one.",
            couch("uuids", "algorithm"));
    public static final Setting<String> UUIDS_SUFFIX = GROUP.node(
            "uuids_suffix",
            text("[^\\p{Cntrl}]*", "without control characters"),
            "",
            Change.AT_ONCE,
            "The suffix of ids that utc_id generates.",
            couch("uuids", "utc_id_suffix"));
    public static final Setting<Integer> UUIDS_MAX_COUNT = GROUP.cluster(
            "uuids_max_count",
            new WholeNumber(1, 1_000_000, "ids"),
            "1000",
            Change.AT_ONCE,
            "How many ids one request to _uuids may ask for.",
            couch("uuids", "max_count"));

    private AdministrationSettings() {}

    /** Of {@link #UUIDS_ALGORITHM}. */
    public enum UuidAlgorithm implements Word {
        SEQUENTIAL,
        RANDOM,
        UTC_RANDOM,
        UTC_ID,
        UUID_V7
    }

    /** Of {@link #MAINTENANCE_MODE}. */
    public enum MaintenanceMode implements Word {
        FALSE,
        TRUE,
        NOLB
    }
}
