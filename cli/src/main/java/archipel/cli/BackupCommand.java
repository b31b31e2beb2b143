package archipel.cli;

import archipel.engine.Backup;
import archipel.node.NodeUrl;
import archipel.shell.Endings;
import archipel.shell.ExitStatus;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.ParameterException;

/** Copies a running node, or a data directory that no node has open, to a directory of backups. */
final class BackupCommand extends CliCommand {
    private static final String[] EXAMPLES = {
        "",
        "Examples:",
        "  archipel serve --backup-directory /var/backups/archipel      let clients back up a node",
        "  ARCHIPEL_ADMIN_PASSWORD=secret archipel backup http://127.0.0.1:5984",
        "  archipel backup http://127.0.0.1:5984 nightly --admin ada --admin-password-file ada.secret",
        "                                                               back it up to .../archipel/nightly",
        "  archipel backup archipel-data copies                         back up a data directory that no node has open"
    };

    private final LoginFlags flags;

    BackupCommand(Map<String, String> environment) {
        super(
                "backup",
                "Adds a backup of a node's data to a directory. Backups are incremental: files that an earlier backup "
                        + "has are shared with it. \"archipel restore\" creates a data directory from a backup.",
                "With a URL, the node makes the backup itself while it keeps serving. It writes to its own machine, to "
                        + "its --backup-directory or to BACKUPS inside that. Once started, the backup runs to its end "
                        + "even if this command is stopped (Ctrl-C) or loses its connection. If the node stops first, "
                        + "the unfinished backup does not count: earlier ones are unaffected, and the next one removes "
                        + "it.",
                "With a data directory, no node may have it open.");
        endsWith(Endings.DATA_OR_NODE);
        flags = new LoginFlags(this, environment);
        addPlace(0, true, "URL|DIRECTORY", "A running node, or a data directory (serve --data).");
        addPlace(
                1,
                false,
                "BACKUPS",
                "The directory to add the backup to: one with backups, an empty one, or a new one. With a URL it is on "
                        + "the node's machine, and optional.");
        spec().usageMessage().footer(EXAMPLES);
    }

    @Override
    ExitStatus run() {
        String source = place(0);
        if (NodeUrl.isUrl(source)) {
            NodeUrl url = NodeUrl.parse(source);
            return withNode(url, flags, client -> {
                out().println(new NodeBackup(client, err()).run(givenPlace(1)));
                return ExitStatus.DONE;
            });
        }
        refuseWithoutUrl(flags);
        if (givenPlace(1) == null) {
            throw new ParameterException(line(), "BACKUPS is missing: give the directory to add the backup to");
        }
        Path backups = directory(1);
        Backup.Taken taken = Backup.take(directory(0), backups, new CopyProgress(err()));
        out().println("Backup " + taken.number() + " in " + backups + ": " + taken.bytes() + " bytes, "
                + taken.newBytes() + " of them new.");
        return ExitStatus.DONE;
    }
}
