package archipel.cli;

import archipel.server.NodeSettings;
import archipel.settings.SettingsDocument;
import archipel.shell.Endings;
import archipel.shell.ExitStatus;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;

/** Prints every setting with its value and where that came from, or the documentation of all. */
final class SettingsCommand extends CliCommand {
    private static final String MARKDOWN = "--markdown";
    private static final String TOML = "--toml";
    private static final String[] EXAMPLES = {
        "",
        "Examples:",
        "  archipel settings --config archipel.toml  the values a node would have with that file",
        "  archipel settings --toml > archipel.toml  write a settings file to start from",
        "",
        "Changes made at run time, through a node's _config, are stored in its data and not shown here."
    };

    private final Map<String, String> environment;
    private @Nullable SettingFlags flags;

    SettingsCommand(Map<String, String> environment) {
        super(
                "settings",
                "Lists the settings: each value, and whether a flag, the environment, the file or the default set it.");
        endsWith(Endings.WITHOUT_DATA);
        this.environment = environment;
        spec().addOption(OptionSpec.builder(MARKDOWN)
                .description("Print the documentation of the settings instead.")
                .build());
        spec().addOption(OptionSpec.builder(TOML)
                .description("Print a settings file with all defaults instead.")
                .build());
        spec().usageMessage().customSynopsis("archipel settings [--markdown | --toml] [--SETTING VALUE]...");
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
        if (isGiven(MARKDOWN)) {
            out().print(SettingsDocument.markdown(NodeSettings.ALL));
        } else if (isGiven(TOML)) {
            out().print(SettingsDocument.sampleToml(NodeSettings.ALL));
        } else {
            return SettingsListing.print(flags().settings(environment), out(), err());
        }
        return ExitStatus.DONE;
    }
}
