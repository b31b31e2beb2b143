package archipel.cli;

import archipel.engine.NodeOpenException;
import archipel.settings.SettingException;
import java.io.PrintWriter;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/** The whole command line. */
final class CommandTree {
    private CommandTree() {}

    /** @param environment the process's environment variables */
    static CommandLine of(Map<String, String> environment, PrintWriter out, PrintWriter err) {
        RootCommand root = new RootCommand();
        root.spec().addSubcommand("check", new CheckCommand().spec());
        root.spec().addSubcommand("settings", new SettingsCommand(environment).spec());
        root.spec().addSubcommand("version", new VersionCommand().spec());
        CommandLine line = new CommandLine(root.spec());
        line.setOut(out);
        line.setErr(err);
        line.setUsageHelpWidth(100);
        line.setExecutionStrategy(new RunLast());
        line.setExecutionExceptionHandler((failure, command, _) -> tell(failure, command));
        line.setParameterExceptionHandler((wrong, _) -> tell(wrong));
        return line;
    }

    private static int tell(ParameterException wrong) {
        CommandLine command = wrong.getCommandLine();
        command.getErr().println("archipel: " + wrong.getMessage());
        UnmatchedArgumentException.printSuggestions(wrong, command.getErr());
        command.getErr()
                .println("\"" + command.getCommandSpec().qualifiedName() + " --help\" says what can be given.");
        return ExitStatus.USAGE.code();
    }

    private static int tell(Exception failure, CommandLine command) throws Exception {
        ExitStatus status =
                switch (failure) {
                    case SettingException _ -> ExitStatus.USAGE;
                    case NodeOpenException _ -> ExitStatus.DATA;
                    case AddressException _ -> ExitStatus.ADDRESS;
                    default -> throw failure;
                };
        command.getErr().println("archipel: " + failure.getMessage());
        return status.code();
    }
}
