package archipel.cli;

import archipel.engine.Verifier;
import java.nio.file.Path;
import java.util.List;

/** Proves that a data directory that no node has open holds what was written to it. */
final class VerifyCommand extends CliCommand {
    VerifyCommand() {
        super(
                "verify",
                "Computes the hash chain of each database again, from the documents, bodies and blocks as they are "
                        + "stored, and names the first block that does not hold. Changes nothing; no node may have the "
                        + "directory open. Prints a line for each database, and ends with 1 when one does not hold.");
        addDataDirectory();
    }

    @Override
    ExitStatus run() {
        Path path = directory(0);
        List<Verifier.Report> reports = Verifier.verify(path, (database, block, head) -> true);
        reports.forEach(report -> out().println(line(report)));
        boolean holds = reports.stream().allMatch(report -> report.fault() == null);
        return holds ? ExitStatus.DONE : ExitStatus.FAULTS;
    }

    private static String line(Verifier.Report report) {
        Verifier.Fault fault = report.fault();
        return fault == null
                ? report.database() + ": holds up to block " + report.head() + ", " + report.changes()
                        + " changes computed again"
                : report.database() + ": block " + fault.block() + " does not hold: " + fault.what();
    }
}
