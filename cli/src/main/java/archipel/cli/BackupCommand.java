package archipel.cli;

import archipel.engine.Backup;
import java.nio.file.Path;

/** Copies a data directory that no node has open to a directory of backups. */
final class BackupCommand extends CliCommand {
    BackupCommand() {
        super(
                "backup",
                "Adds a copy of a data directory to a directory of backups. Files that an earlier copy has are shared "
                        + "with it, so that a copy costs what changed. No node may have the data directory open: a "
                        + "node that runs makes its backups itself.");
        addDataDirectory();
        addDirectory(1, "BACKUPS", "A directory of backups, an empty or a new one.");
    }

    @Override
    ExitStatus run() {
        Path data = directory(0);
        Path backups = directory(1);
        Backup.Taken taken = Backup.take(data, backups, new CopyProgress(err()));
        out().println("Backup " + taken.number() + " in " + backups + ": " + taken.bytes() + " bytes, "
                + taken.newBytes() + " of them new.");
        return ExitStatus.DONE;
    }
}
