package archipel.cli;

import archipel.engine.Backup;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.ParameterException;

/** Copies a running node, or a data directory that no node has open, to a directory of backups. */
final class BackupCommand extends CliCommand {
    private static final String[] EXAMPLES = {
        "",
        "Examples:",
        "  archipel serve --backup-directory /var/backups/archipel      a node that may be backed up so",
        "  ARCHIPEL_ADMIN_PASSWORD=secret archipel backup http://127.0.0.1:5984",
        "  archipel backup http://127.0.0.1:5984 nightly --admin ada --admin-password-file ada.secret",
        "                                                               to /var/backups/archipel/nightly",
        "  archipel backup archipel-data copies                         while no node has archipel-data open"
    };

    private final AdminLogin.Flags flags;

    BackupCommand(Map<String, String> environment) {
        super(
                "backup",
                "Adds a copy of a node's data to a directory of backups. Files that an earlier copy has are shared "
                        + "with it, so that a copy costs what changed; \"archipel restore\" makes data of the newest.",
                "With a node's URL, the node itself makes the copy, and goes on serving. It writes it on its own "
                        + "machine, to the directory that it was started with as --backup-directory, or to BACKUPS "
                        + "below that. Once it has begun, the copy goes on to its end, also when this command is "
                        + "stopped (Ctrl-C) or loses the connection. A copy that the end of the node cuts off does not "
                        + "count: the earlier ones stay as they were, and the next one clears it away.",
                "With a data directory, no node may have that open.");
        endsWith(ExitStatus.ON_DATA);
        flags = new AdminLogin.Flags(this, environment);
        addPlace(0, true, "URL|DIRECTORY", "A running node, or what serve was given as --data.");
        addPlace(
                1,
                false,
                "BACKUPS",
                "A directory of backups, an empty or a new one. With a URL it lies on the node's machine, and need not "
                        + "be given.");
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
            throw new ParameterException(line(), "BACKUPS is missing: name the directory that the copy is added to");
        }
        Path backups = directory(1);
        Backup.Taken taken = Backup.take(directory(0), backups, new CopyProgress(err()));
        out().println("Backup " + taken.number() + " in " + backups + ": " + taken.bytes() + " bytes, "
                + taken.newBytes() + " of them new.");
        return ExitStatus.DONE;
    }
}
