package archipel.cli;

import archipel.node.NodeUrl;
import archipel.shell.Endings;
import archipel.shell.ExitStatus;
import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;

/**
 * One command. Its flags are put together by calls and not read from annotations: those of the settings come from their
 * declarations, and reflection would cost every start tens of milliseconds.
 */
abstract class CliCommand implements Callable<Integer> {
    // A node that works says so every second; what lies between may hold lines back.
    private static final Duration NODE_PATIENCE = Duration.ofMinutes(5);

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
        endsWith(Endings.SERVE);
    }

    /** Says in the help which statuses the command can end with; without it, those of a node. */
    final void endsWith(Endings endings) {
        spec.usageMessage().exitCodeList(endings.byCode());
    }

    /** Adds the flags that only matter where this command was asked for, and not where all are listed. */
    void addFlags() {}

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
        addPlace(index, true, label, description);
    }

    /** As {@link #addDirectory}: the data directory of a node. */
    final void addDataDirectory() {
        addDirectory(0, "DIRECTORY", "The data directory of a node (serve --data).");
    }

    /** Takes a directory or something else that says where, at that place of the command line. */
    final void addPlace(int index, boolean required, String label, String description) {
        spec.addPositional(PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .paramLabel(label)
                .type(String.class)
                // What is missing is told by place(), in words of its own.
                .arity("0..1")
                .required(false)
                // Its brackets would say that it can be left out.
                .hideParamSyntax(required)
                .description(description)
                .build());
    }

    /** What was given at that place, as a directory of this machine. */
    final Path directory(int index) {
        String given = place(index);
        if (NodeUrl.isUrl(given)) {
            throw new ParameterException(line(), spec.name() + " needs a directory on this machine, not a URL");
        }
        try {
            return Path.of(given);
        } catch (InvalidPathException e) {
            throw new ParameterException(
                    line(),
                    "\"" + given
                            + "\" is not a valid path. If characters are missing, the locale cannot express them: set "
                            + "LC_ALL=C.UTF-8",
                    e);
        }
    }

    /** What was given at a place where something has to be. */
    final String place(int index) {
        String given = givenPlace(index);
        if (given == null || given.isEmpty()) {
            String label = spec.positionalParameters().get(index).paramLabel();
            String fault = given == null ? " is missing" : " is empty";
            throw new ParameterException(
                    line(),
                    label.indexOf('|') < 0 ? label + fault : label.replace("|", " or ") + fault + ": give one of them");
        }
        return given;
    }

    /** What was given at that place; null when nothing was. */
    final @Nullable String givenPlace(int index) {
        return line().getParseResult().matchedPositionalValue(index, null);
    }

    /** Has a running node do something. */
    final ExitStatus withNode(NodeUrl url, LoginFlags flags, NodeWork work) {
        try (NodeClient client = new NodeClient(url, flags.login(url), flags.trusted(url), NODE_PATIENCE)) {
            return work.run(client);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitStatus.FAULTS;
        }
    }

    /** A login without anything to log in to is a mistake. */
    final void refuseWithoutUrl(LoginFlags flags) {
        if (flags.areGiven()) {
            throw new ParameterException(line(), "flags for an admin need the URL of a running node");
        }
    }

    /** What a command has a running node do. */
    @FunctionalInterface
    interface NodeWork {
        ExitStatus run(NodeClient client) throws InterruptedException;
    }

    /** What was given for an option; null when nothing was. */
    final <T> @Nullable T given(OptionSpec option) {
        return line().getParseResult().matchedOptionValue(option.longestName(), null);
    }

    final boolean isGiven(String option) {
        return line().getParseResult().hasMatchedOption(option);
    }
}
