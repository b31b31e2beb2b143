package archipel.cli;

import archipel.engine.EngineSettings;
import archipel.node.NodeUrl;
import archipel.node.PeerUrl;
import archipel.server.NodeSettings;
import archipel.settings.Setting;
import archipel.shell.ExitStatus;
import archipel.shell.NodeVerb;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/** The whole command line. */
final class CommandTree {
    private CommandTree() {}

    /**
     * As much of it as these arguments need: where they name a command, that one alone, since each takes time to put
     * together.
     *
     * @param environment the process's environment variables
     */
    static CommandLine of(String[] arguments, Map<String, String> environment, PrintWriter out, PrintWriter err) {
        RootCommand root = new RootCommand();
        Map<String, Supplier<CliCommand>> commands = commands(environment);
        String first = arguments.length == 0 ? "" : arguments[0];
        if (commands.containsKey(first)) {
            commands.keySet().retainAll(Set.of(first));
        }
        // One word that is no command: the list of commands is shown, or the nearest is, and no flag of theirs matters.
        boolean listed = arguments.length <= 1 && commands.size() > 1 && !first.startsWith("@");
        commands.forEach((name, factory) -> {
            CliCommand command = factory.get();
            if (!listed) {
                command.addFlags();
            }
            root.spec().addSubcommand(name, command.spec());
        });
        CommandLine line = new CommandLine(root.spec());
        line.setOut(out);
        line.setErr(err);
        line.setUsageHelpWidth(120);
        if (commands.size() > 1) {
            line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, _ -> "");
            line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, CommandList::of);
        }
        line.setExecutionStrategy(new RunLast());
        line.setExecutionExceptionHandler(
                (failure, _, _) -> Failures.tell(failure, err).code());
        line.setParameterExceptionHandler((wrong, _) -> tell(wrong));
        return line;
    }

    static boolean has(String command) {
        return commands(Map.of()).containsKey(command);
    }

    /** {@link CommandList} has them all as well. */
    private static Map<String, Supplier<CliCommand>> commands(Map<String, String> environment) {
        Map<String, Supplier<CliCommand>> commands = new LinkedHashMap<>();
        commands.put("serve", () -> new ServeCommand(environment));
        commands.put("check", CheckCommand::new);
        commands.put("verify", () -> new VerifyCommand(environment));
        commands.put("backup", () -> new BackupCommand(environment));
        commands.put("backups", BackupsCommand::new);
        commands.put("restore", RestoreCommand::new);
        for (NodeVerb verb : NodeVerb.values()) {
            if (!verb.isAboutMembers()) {
                commands.put(verb.word(), () -> new NodeCommand(verb, environment));
            }
        }
        commands.put("ensemble", () -> new EnsembleCommand(environment));
        commands.put("recover", RecoverCommand::new);
        commands.put("settings", () -> new SettingsCommand(environment));
        commands.put("version", VersionCommand::new);
        return commands;
    }

    private static int tell(ParameterException wrong) {
        CommandLine command = wrong.getCommandLine();
        command.getErr().println("archipel: " + shown(message(wrong)));
        String advice = advice(wrong);
        if (advice == null) {
            UnmatchedArgumentException.printSuggestions(wrong, command.getErr());
        } else {
            command.getErr().println(advice);
        }
        command.getErr().println("\"" + command.getCommandSpec().qualifiedName() + " --help\" says what can be given.");
        return ExitStatus.USAGE.code();
    }

    /** In picocli's words, but for those that count arguments from 0. */
    private static String message(ParameterException wrong) {
        if (!(wrong instanceof UnmatchedArgumentException unmatched) || unmatched.isUnknownOption()) {
            return String.valueOf(wrong.getMessage());
        }
        String first = "'" + unmatched.getUnmatched().getFirst() + "'";
        boolean command = wrong.getCommandLine().getParent() == null;
        return first + (command ? " is no command" : " is one argument too many");
    }

    /** What was typed may have passwords and invitations in it. */
    private static String shown(String message) {
        return PeerUrl.withoutSecrets(NodeUrl.withoutUserInfo(message));
    }

    /** Null for none. Picocli's own suggestion for a flag looks no further than its first two letters. */
    private static @Nullable String advice(ParameterException wrong) {
        if (!(wrong instanceof UnmatchedArgumentException unmatched)) {
            return null;
        }
        Setting<?> meant = NodeSettings.ALL.nearest(unmatched.getUnmatched().getFirst());
        if (meant == null || meant.flag() == null) {
            return null;
        }
        CommandSpec command = wrong.getCommandLine().getCommandSpec();
        if (command.optionsMap().containsKey(meant.flag())) {
            return "Perhaps " + meant.flag() + " is meant.";
        }
        if (meant != EngineSettings.DATA || command.positionalParameters().isEmpty()) {
            return null;
        }
        return "Directories are given without a flag: "
                + command.positionalParameters().stream()
                        .map(PositionalParamSpec::paramLabel)
                        .collect(Collectors.joining(" ", command.qualifiedName() + " ", "."));
    }
}
