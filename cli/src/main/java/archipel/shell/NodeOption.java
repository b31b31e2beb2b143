package archipel.shell;

import archipel.auth.AccountSettings;
import archipel.connections.ConnectionSettings;
import archipel.engine.EngineSettings;
import archipel.settings.Setting;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The options of the commands that ask a node, in the order in which their help lists them. */
public enum NodeOption {
    URL(
            "--url",
            "URL",
            "The node; or several of one ensemble, with commas between them, of which the next is asked where one does "
                    + "not answer. Default: ARCHIPEL_URL, or http://127.0.0.1:5984.",
            null,
            true),
    DB("--db", "NAME", "The database. Default: kv.", null, false),
    ADDRESS(
            "--address",
            "URL",
            "Where the invited node reaches this one. Default: peer_url, or the address that this one listens on.",
            null,
            false),
    ID(
            "--id",
            "FINGERPRINT",
            "Of the new member's key: 32 hex digits, which \"GET /\" on it shows as its fingerprint.",
            null,
            false),
    OBSERVER("--observer", null, "The member follows without a vote.", null, false),
    FORCE(
            "--force",
            null,
            "Also where the members that are left and reachable would be no majority of those that have a vote.",
            null,
            false),
    CANCEL(
            "--cancel",
            null,
            "Give up a rebuild that has not come to an end, and go on with the data that the node has.",
            null,
            false),
    GROUP("--group", "NUMBER", "Of this group alone. Default: all that it is about.", null, false),
    DATA(
            "--data",
            "DIRECTORY",
            "The data directory of the node that joins. Default: ARCHIPEL_DATA, or archipel-data.",
            EngineSettings.DATA,
            false),
    FOLLOW("--follow", null, "Go on with what happens from now on, until Ctrl-C.", null, false),
    WAIT(
            "--wait",
            null,
            "Return once the change is in effect in all groups; on a terminal, say how far it is meanwhile.",
            null,
            false),
    TIMEOUT(
            "--timeout",
            "SECONDS",
            "For how long --wait waits at the most; the change goes on after that. Default: 600.",
            null,
            false),
    REPLACE(
            "--replace",
            null,
            "Replace whatever value the key has; of conflicting ones, all. Other members of its document stay.",
            null,
            false),
    EXACT("--exact", null, "Watch the key PREFIX alone, and not those that begin with it.", null, false),
    SINCE(
            "--since",
            "SEQ",
            "Begin with the changes after SEQ, as --json shows them; 0 begins with all keys there are.",
            null,
            false),
    TEXT(
            "--text",
            null,
            "set: VALUE is text, even if it parses as JSON. get: print text as it is, without quotation marks.",
            null,
            false),
    JSON("--json", null, "Print a JSON object for each result, on one line.", null, true),
    ADMIN(
            AccountSettings.ADMIN,
            "NAME",
            "The user to log in as. It can also be given in the URL. Default: ARCHIPEL_ADMIN, or admin if there is a "
                    + "password, else no login."),
    PASSWORD_FILE(
            AccountSettings.ADMIN_PASSWORD_FILE,
            "PATH",
            "A file whose first line is the password. It can also be given as ARCHIPEL_ADMIN_PASSWORD, or in the URL, "
                    + "where other users of this machine may see it."),
    TLS_CERT(
            ConnectionSettings.TLS_CERT,
            "PATH",
            "With an https:// URL: a PEM file with the certificate to trust, the node's own or its issuer's. Default: "
                    + "ARCHIPEL_TLS_CERT, or the certificates that Java trusts.");

    private final String flag;
    private final @Nullable String label;
    private final String description;
    private final @Nullable Setting<?> setting;
    private final boolean common;

    NodeOption(String flag, @Nullable String label, String description, @Nullable Setting<?> setting, boolean common) {
        this.flag = flag;
        this.label = label;
        this.description = description;
        this.setting = setting;
        this.common = common;
    }

    NodeOption(Setting<?> setting, String label, String description) {
        this(Objects.requireNonNull(setting.flag()), label, description, setting, true);
    }

    static @Nullable NodeOption flagged(String flag) {
        for (NodeOption option : values()) {
            if (option.flag.equals(flag)) {
                return option;
            }
        }
        return null;
    }

    public String flag() {
        return flag;
    }

    /** Of its value; null where it takes none. */
    public @Nullable String label() {
        return label;
    }

    public String description() {
        return description;
    }

    /** What it sets; null for what is no setting. */
    @Nullable
    Setting<?> setting() {
        return setting;
    }

    /** Whether each of the commands takes it. */
    boolean isCommon() {
        return common;
    }
}
