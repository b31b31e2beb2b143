package archipel.cli;

import archipel.engine.Verifier;
import archipel.node.NodeUrl;
import archipel.shell.Endings;
import archipel.shell.ExitStatus;
import java.util.List;
import java.util.Map;

/** Proves that a running node, or a data directory that no node has open, holds what was written to it. */
final class VerifyCommand extends CliCommand {
    private final LoginFlags flags;

    VerifyCommand(Map<String, String> environment) {
        super(
                "verify",
                "Recomputes the hash chain of each database from the stored documents, bodies and blocks, and reports "
                        + "the first block that does not match. Read-only. Prints a line for each database, and exits "
                        + "with 1 if one does not match.",
                "With a URL, the node verifies its own data while it keeps serving, and stops verifying when this "
                        + "command is stopped. With a data directory, no node may have it open; the checksums of its "
                        + "files are checked as well.");
        endsWith(Endings.VERIFY);
        flags = new LoginFlags(this, environment);
        addPlace(0, true, "URL|DIRECTORY", "A running node, or a data directory (serve --data).");
    }

    @Override
    ExitStatus run() {
        String place = place(0);
        if (NodeUrl.isUrl(place)) {
            NodeUrl url = NodeUrl.parse(place);
            return withNode(
                    url,
                    flags,
                    client -> new NodeVerification(client, out(), err()).run() ? ExitStatus.DONE : ExitStatus.FAULTS);
        }
        refuseWithoutUrl(flags);
        List<Verifier.Report> reports = Verifier.verify(directory(0), (database, block, head) -> true);
        reports.forEach(report -> out().println(line(report)));
        boolean holds = reports.stream().allMatch(report -> report.fault() == null);
        return holds ? ExitStatus.DONE : ExitStatus.FAULTS;
    }

    private static String line(Verifier.Report report) {
        Verifier.Fault fault = report.fault();
        return fault == null
                ? holds(report.database(), report.head(), report.changes())
                : fault(report.database(), fault.block(), fault.what());
    }

    static String holds(String database, Object head, long changes) {
        return database + ": holds up to block " + head + ", " + changes + " changes verified";
    }

    static String fault(String database, long block, String what) {
        return database + ": block " + block + " does not hold: " + what;
    }
}
