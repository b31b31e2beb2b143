package archipel.cli;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Runs a node until it is told to stop. */
final class ServeCommand extends CliCommand {
    private static final String[] EXAMPLES = {
        "",
        "Every setting is also an environment variable, ARCHIPEL_PORT for --port, and a line of the file that",
        "--config names. \"archipel settings --toml\" prints such a file. The admin's password can be given by",
        "ARCHIPEL_ADMIN_PASSWORD.",
        "",
        "Examples:",
        "  archipel serve --port 5985 --data /var/lib/archipel",
        "  ARCHIPEL_ADMIN_PASSWORD=secret archipel serve --host 0.0.0.0",
        "  archipel serve --enable-cors --cors-origins https://app.example.org   for a web page with PouchDB",
        "  ARCHIPEL_JAVA_OPTS=-Xmx2g archipel serve                              with flags for Java",
        "",
        "SIGTERM and Ctrl-C stop the node in good order: feeds end, requests under way finish, the data is closed."
    };

    private final Map<String, String> environment;
    private @Nullable SettingFlags flags;

    ServeCommand(Map<String, String> environment) {
        super(
                "serve",
                "Runs a node: opens its data directory, or makes it, and answers CouchDB's HTTP API.",
                "The first start makes an admin. Unless a password is given, it makes one and prints it, once.");
        this.environment = environment;
        spec().usageMessage().customSynopsis("archipel serve [--SETTING VALUE]...");
        spec().usageMessage().optionListHeading("%nSettings:%n");
        spec().usageMessage().footer(EXAMPLES);
    }

    @Override
    void addFlags() {
        flags = new SettingFlags(this);
    }

    SettingFlags flags() {
        return Objects.requireNonNull(flags, "not the command that was asked for");
    }

    @Override
    ExitStatus run() {
        return new Serving(out()).run(flags().settings(environment));
    }
}
