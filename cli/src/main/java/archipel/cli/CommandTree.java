package archipel.cli;

import archipel.server.NodeSettings;
import archipel.settings.Setting;
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
        root.spec().addSubcommand("serve", new ServeCommand(environment).spec());
        root.spec().addSubcommand("check", new CheckCommand().spec());
        root.spec().addSubcommand("verify", new VerifyCommand(environment).spec());
        root.spec().addSubcommand("backup", new BackupCommand(environment).spec());
        root.spec().addSubcommand("backups", new BackupsCommand().spec());
        root.spec().addSubcommand("restore", new RestoreCommand().spec());
        root.spec().addSubcommand("settings", new SettingsCommand(environment).spec());
        root.spec().addSubcommand("version", new VersionCommand().spec());
        CommandLine line = new CommandLine(root.spec());
        line.setOut(out);
        line.setErr(err);
        line.setUsageHelpWidth(120);
        line.setExecutionStrategy(new RunLast());
        line.setExecutionExceptionHandler(
                (failure, _, _) -> Failures.tell(failure, err).code());
        line.setParameterExceptionHandler((wrong, _) -> tell(wrong));
        return line;
    }

    private static int tell(ParameterException wrong) {
        CommandLine command = wrong.getCommandLine();
        command.getErr().println("archipel: " + NodeUrl.withoutUserInfo(String.valueOf(wrong.getMessage())));
        if (!suggestFlag(wrong)) {
            UnmatchedArgumentException.printSuggestions(wrong, command.getErr());
        }
        command.getErr().println("\"" + command.getCommandSpec().qualifiedName() + " --help\" says what can be given.");
        return ExitStatus.USAGE.code();
    }

    /** Picocli's own suggestion for a flag looks no further than its first two letters. */
    private static boolean suggestFlag(ParameterException wrong) {
        if (!(wrong instanceof UnmatchedArgumentException unmatched)) {
            return false;
        }
        Setting<?> meant = NodeSettings.ALL.nearest(unmatched.getUnmatched().getFirst());
        if (meant == null || meant.flag() == null) {
            return false;
        }
        wrong.getCommandLine().getErr().println("Perhaps " + meant.flag() + " is meant.");
        return true;
    }
}
