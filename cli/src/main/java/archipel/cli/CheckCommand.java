package archipel.cli;

import archipel.engine.Checker;
import java.nio.file.Path;
import java.util.List;

/** Checks a data directory that no node has open. */
final class CheckCommand extends CliCommand {
    CheckCommand() {
        super(
                "check",
                "Recounts what a data directory holds twice: change rows against documents, trees against bodies, "
                        + "attachments' references, checksums and the hash chain. Changes nothing; no node may have "
                        + "the directory open. Prints a line for each fault, 200 at most, and ends with 1 when "
                        + "there is one.");
        endsWith(ExitStatus.ON_DATA);
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
