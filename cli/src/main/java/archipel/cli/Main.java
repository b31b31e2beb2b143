package archipel.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;

/** Entry point of the {@code archipel} command. */
@Command(name = "archipel", subcommands = VersionCommand.class)
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        int status = new CommandLine(new Main()).execute(arguments);
        if (status != ExitCode.OK) {
            System.out.flush();
            System.err.flush();
            // Not exit: the JVM would load the whole logging system only to log that it exits.
            Runtime.getRuntime().halt(status);
        }
    }
}
