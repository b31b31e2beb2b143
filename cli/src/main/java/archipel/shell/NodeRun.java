package archipel.shell;

import archipel.auth.AccountSettings;
import archipel.connections.ConnectionSettings;
import archipel.document.ErrorCode;
import archipel.document.Names;
import archipel.document.RequestException;
import archipel.node.Login;
import archipel.node.NodeConnection;
import archipel.node.NodeUrl;
import archipel.server.NodeSettings;
import archipel.settings.SettingCatalog;
import archipel.settings.SettingException;
import archipel.settings.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs a command that asks a node: finds out which node, and as whom it is asked. */
public final class NodeRun {
    private static final String DEFAULT_URL = "http://127.0.0.1:5984";
    private static final String DEFAULT_DATABASE = "kv";

    private NodeRun() {}

    /** Gives how the command ended; throws what fails without being one of its results. */
    public static ExitStatus run(NodeArguments arguments, Map<String, String> environment, Terminal terminal) {
        if (arguments.verb() == NodeVerb.ENSEMBLE_JOIN) {
            Settings joining = Settings.of(NodeSettings.ALL, arguments.settings(), environment);
            return new EnsembleJoin(joining, terminal).run(arguments);
        }
        String urls = arguments.value(NodeOption.URL, environment.getOrDefault("ARCHIPEL_URL", DEFAULT_URL));
        Settings settings = Settings.of(catalog(environment), arguments.settings(), environment);
        NodeConnection node = new NodeConnection(targets(urls, settings));
        String database = database(arguments.value(NodeOption.DB, DEFAULT_DATABASE));
        KeyRun keys = new KeyRun(arguments, node, database, terminal);
        PeerRun peers = new PeerRun(arguments, node, terminal);
        EnsembleRun members = new EnsembleRun(arguments, node, terminal);
        return switch (arguments.verb()) {
            case SET -> keys.set();
            case GET -> keys.get();
            case KEYS -> keys.keys();
            case RM -> keys.remove();
            case WATCH -> keys.watch();
            case PEERS -> peers.list();
            case INVITE -> peers.invite();
            case ADD_PEER -> peers.add();
            case PAUSE_PEER -> peers.pause(true);
            case RESUME_PEER -> peers.pause(false);
            case REMOVE_PEER -> peers.remove();
            case ENSEMBLE_STATUS -> members.status();
            case ENSEMBLE_EVENTS -> members.events();
            case ENSEMBLE_ADD -> members.add();
            case ENSEMBLE_REMOVE -> members.remove();
            case ENSEMBLE_PROMOTE -> members.promote();
            case ENSEMBLE_TRANSFER -> members.transfer();
            case ENSEMBLE_REBUILD -> members.rebuild();
            case ENSEMBLE_JOIN -> throw new IllegalStateException("was run above");
        };
    }

    // A login that stands in one URL serves for those after it that have none.
    private static List<NodeConnection.Target> targets(String urls, Settings settings) {
        List<NodeConnection.Target> targets = new ArrayList<>();
        Login before = null;
        for (String text : urls.split(",", -1)) {
            NodeUrl url = NodeUrl.parse(text.strip());
            Login login = GivenLogin.optional(url, settings);
            // Never without TLS after one with it.
            boolean served = before != null
                    && (url.isSecure() || !targets.getLast().url().isSecure());
            login = login == null && served ? before : login;
            targets.add(new NodeConnection.Target(url, login, GivenLogin.trusted(url, settings)));
            before = login;
        }
        return targets;
    }

    private static String database(String name) {
        try {
            Names.validateDatabaseName(name);
            return name;
        } catch (RequestException e) {
            throw new SettingException(
                    e.code() == ErrorCode.ILLEGAL_DATABASE_NAME
                            ? "No database can be named " + Terminal.quoted(name) + ": a name begins with a lower-case "
                                    + "letter (a-z), and goes on with such letters, digits and _ $ ( ) + - /."
                            : "No database can have a name as long as that of --db.",
                    e);
        }
    }

    /** To declare all settings takes a third of the time of such a command; only a settings file may have any. */
    private static SettingCatalog catalog(Map<String, String> environment) {
        return environment.containsKey(SettingCatalog.CONFIG.environmentVariable())
                ? NodeSettings.ALL
                : SettingCatalog.of(AccountSettings.GROUP, ConnectionSettings.GROUP);
    }
}
