package archipel.cli;

import archipel.server.NodeSettings;
import archipel.settings.SettingsDocument;
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
        "  archipel settings --config archipel.toml  what would hold for a node started so",
        "  archipel settings --toml > archipel.toml  a file with every setting to begin with",
        "",
        "What was changed at run time, by the _config of a node, is kept in its data and not shown here."
    };

    private final Map<String, String> environment;
    private @Nullable SettingFlags flags;

    SettingsCommand(Map<String, String> environment) {
        super(
                "settings",
                "Prints each setting's value and where it came from: a flag, the environment, the file, or nowhere.");
        endsWith(ExitStatus.WITHOUT_DATA);
        this.environment = environment;
        spec().addOption(OptionSpec.builder(MARKDOWN)
                .description("Print the settings' documentation instead.")
                .build());
        spec().addOption(OptionSpec.builder(TOML)
                .description("Print a settings file with every default instead.")
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
