package archipel.cli;

import archipel.engine.Checker;
import archipel.shell.Endings;
import archipel.shell.ExitStatus;
import java.nio.file.Path;
import java.util.List;

/** Checks a data directory that no node has open. */
final class CheckCommand extends CliCommand {
    CheckCommand() {
        super(
                "check",
                "Checks a data directory for damage: change rows against documents, revision trees against bodies, "
                        + "references to attachments, checksums and the hash chain. Read-only; no node may have the "
                        + "directory open. Prints a line for each fault, at most 200, and exits with 1 if there is "
                        + "any.");
        endsWith(Endings.CHECK);
        addDataDirectory();
    }

    @Override
    ExitStatus run() {
        Path path = directory(0);
        List<String> faults = Checker.check(path);
        faults.forEach(out()::println);
        out().println(
                        faults.isEmpty()
                                ? path + " is whole."
                                : faults.size() + (faults.size() == 1 ? " fault in " : " faults in ") + path + ".");
        return faults.isEmpty() ? ExitStatus.DONE : ExitStatus.FAULTS;
    }
}
