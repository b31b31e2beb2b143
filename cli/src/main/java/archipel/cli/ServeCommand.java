package archipel.cli;

import archipel.shell.ExitStatus;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Runs a node until it is told to stop. */
final class ServeCommand extends CliCommand {
    private static final String[] EXAMPLES = {
        "",
        "Each setting can also be given as an environment variable (ARCHIPEL_PORT for --port) or in the file that",
        "--config names; \"archipel settings --toml\" prints such a file. ARCHIPEL_ADMIN_PASSWORD sets the admin's",
        "password.",
        "",
        "Examples:",
        "  archipel serve --port 5985 --data /var/lib/archipel",
        "  ARCHIPEL_ADMIN_PASSWORD=secret archipel serve --host 0.0.0.0",
        "  archipel serve --enable-cors --cors-origins https://app.example.org   let a web page use it",
        "  ARCHIPEL_JAVA_OPTS=-Xmx2g archipel serve                              pass options to Java",
        "",
        "SIGTERM and Ctrl-C stop the node gracefully: feeds end, running requests finish, the data is closed."
    };

    private final Map<String, String> environment;
    private @Nullable SettingFlags flags;

    ServeCommand(Map<String, String> environment) {
        super(
                "serve",
                "Runs a node: opens or creates its data directory and serves CouchDB's HTTP API.",
                "The first start creates an admin. If no password is given, it generates one and prints it once.");
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
