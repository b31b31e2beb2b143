package archipel.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * One command. Its flags are put together by calls and not read from annotations: those of the settings come from their
 * declarations, and reflection would cost every start tens of milliseconds.
 */
abstract class CliCommand implements Callable<Integer> {
    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

    /** @param description one sentence, or several paragraphs */
    CliCommand(String name, String... description) {
        spec.name(name);
        spec.addOption(OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help.")
                .build());
        UsageMessageSpec usage = spec.usageMessage();
        usage.description(description);
        usage.sortOptions(false);
        usage.descriptionHeading("%n");
        usage.parameterListHeading("%n");
        usage.optionListHeading("%nOptions:%n");
        usage.commandListHeading("%nCommands:%n");
        usage.exitCodeListHeading("%nExit status:%n");
    }

    /** Does it, and gives the exit status. */
    abstract ExitStatus run();

    @Override
    public final Integer call() {
        return run().code();
    }

    final CommandSpec spec() {
        return spec;
    }

    final CommandLine line() {
        return spec.commandLine();
    }

    final PrintWriter out() {
        return line().getOut();
    }

    final PrintWriter err() {
        return line().getErr();
    }

    /** Takes a directory that has to be given, at that place of the command line. */
    final void addDirectory(int index, String label, String description) {
        spec.addPositional(PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .paramLabel(label)
                .type(Path.class)
                .required(true)
                .description(description)
                .build());
    }

    /** As {@link #addDirectory}: the data directory of a node. */
    final void addDataDirectory() {
        addDirectory(0, "DIRECTORY", "What serve was given as --data.");
    }

    /** What was given for {@link #addDirectory}. */
    final Path directory(int index) {
        return line().getParseResult().matchedPositionalValue(index, Path.of(""));
    }

    /** The text given for an option; null when it was not given. */
    final @Nullable String given(OptionSpec option) {
        return line().getParseResult().matchedOptionValue(option.longestName(), null);
    }

    final boolean isGiven(String option) {
        return line().getParseResult().hasMatchedOption(option);
    }
}
