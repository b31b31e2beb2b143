package archipel.cli;

import archipel.shell.Endings;
import archipel.shell.ExitStatus;

/** Prints the version of Archipel and of the Java that runs it. */
final class VersionCommand extends CliCommand {
    VersionCommand() {
        super("version", "Prints the version of Archipel and of the Java that runs it.");
        endsWith(Endings.WITHOUT_DATA);
    }

    @Override
    ExitStatus run() {
        return Version.print(out());
    }
}
