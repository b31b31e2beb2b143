package archipel.server;

import static archipel.settings.SettingGroup.byWord;
import static archipel.settings.SettingGroup.couch;
import static archipel.settings.SettingGroup.text;
import static archipel.settings.SettingGroup.words;

import archipel.access.WriteLimits;
import archipel.auth.AccountSettings;
import archipel.connections.ConnectionSettings;
import archipel.coordination.CoordinationSettings;
import archipel.engine.EngineSettings;
import archipel.ensemble.EnsembleSettings;
import archipel.http.HttpSettings;
import archipel.merging.MergingSettings;
import archipel.mesh.MeshSettings;
import archipel.origins.CorsSettings;
import archipel.origins.TrustedProxies;
import archipel.remote.RemoteSettings;
import archipel.replication.ReplicationSettings;
import archipel.scheduler.SchedulerSettings;
import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingCatalog;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.Choice;
import archipel.settings.SettingType.WholeNumber;
import archipel.settings.Word;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Where a node listens and what it logs; and the one list of the settings of all its parts, which the command line, the
 * settings file, {@code _config} and the documentation are made from. Those of endpoints come from {@link
 * EndpointFamily}.
 */
public final class NodeSettings {
    private static final SettingGroup GROUP = new SettingGroup("The node's process");

    public static final Setting<String> HOST = GROUP.node(
            "host",
            text("[^\\s/]+", "a host name or an address"),
            "127.0.0.1",
            Change.AT_START,
            "The address to listen on; 0.0.0.0 listens on every network.",
            couch("chttpd", "bind_address"));
    public static final Setting<Integer> PORT = GROUP.node(
            "port",
            new WholeNumber(0, 65_535, ""),
            "5984",
            Change.AT_START,
            "The TCP port to listen on; 0 picks a free one.",
            couch("chttpd", "port"));
    public static final Setting<LogLevel> LOG_LEVEL = GROUP.node(
            "log_level",
            new Choice<>(
                    byWord(LogLevel.values(), LogLevel::word),
                    Map.of("warning", LogLevel.WARN, "notice", LogLevel.INFO, "critical", LogLevel.ERROR)),
            "warn",
            Change.AT_ONCE,
            "The least severe level that is logged. Start, stop and changes by admins are always logged.",
            couch("log", "level"));
    public static final Setting<LogFormat> LOG_FORMAT = GROUP.node(
            "log_format",
            words(LogFormat.values(), LogFormat::word),
            "text",
            Change.AT_START,
            "Lines of text for people (text), or one JSON object per line for machines (json).");
    public static final Setting<Integer> SHUTDOWN_GRACE_SECONDS = GROUP.node(
            "shutdown_grace_seconds",
            new WholeNumber(0, 3_600, "seconds"),
            "10",
            Change.AT_START,
            "How long running requests may take to finish after the node is told to stop.");

    /** All settings of a node, those of its parts included, in the order in which they are shown. */
    public static final SettingCatalog ALL = SettingCatalog.of(groups(), CouchDbSettings.UNHEEDED);

    private NodeSettings() {}

    private static List<SettingGroup> groups() {
        List<SettingGroup> groups = new ArrayList<>(List.of(
                GROUP,
                ConnectionSettings.GROUP,
                TrustedProxies.GROUP,
                CorsSettings.GROUP,
                AccountSettings.GROUP,
                HttpSettings.GROUP,
                WriteLimits.GROUP,
                MergingSettings.GROUP,
                EngineSettings.GROUP,
                RemoteSettings.GROUP,
                ReplicationSettings.GROUP,
                SchedulerSettings.GROUP,
                MeshSettings.GROUP,
                EnsembleSettings.GROUP,
                CoordinationSettings.GROUP));
        groups.addAll(EndpointFamily.allSettings());
        return groups;
    }

    /** Of {@link #LOG_LEVEL}, which also shows everything above. */
    public enum LogLevel implements Word {
        ERROR,
        WARN,
        INFO,
        DEBUG
    }

    /** Of {@link #LOG_FORMAT}. */
    public enum LogFormat implements Word {
        TEXT,
        JSON
    }
}
