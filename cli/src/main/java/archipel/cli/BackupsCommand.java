package archipel.cli;

import archipel.engine.Backup;
import archipel.shell.Endings;
import archipel.shell.ExitStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** Lists the backups in a directory, and deletes those that a policy does not keep. */
final class BackupsCommand extends CliCommand {
    private static final String[] EXAMPLES = {
        "",
        "Examples:",
        "  archipel backups /var/backups/archipel                            list the backups",
        "  archipel backups /var/backups/archipel --keep 7                   delete all but the newest seven",
        "  archipel backups /var/backups/archipel --keep 7 --keep-days 30    but keep those of the last thirty days too"
    };

    private final OptionSpec keep = OptionSpec.builder("--keep")
            .paramLabel("COUNT")
            .type(Integer.class)
            .description("Delete all but the newest COUNT backups, at least 1.")
            .build();
    private final OptionSpec keepDays = OptionSpec.builder("--keep-days")
            .paramLabel("DAYS")
            .type(Integer.class)
            .description("Delete backups older than DAYS; with --keep, only those that both options delete. The newest "
                    + "is always kept.")
            .build();

    BackupsCommand() {
        super(
                "backups",
                "Lists the backups in a directory, the oldest first: number, time, and size in bytes, including files "
                        + "shared with other backups.",
                "With --keep or --keep-days, first deletes the backups that these do not keep. Files that a deleted "
                        + "backup shares with another stay.");
        endsWith(Endings.BACKUPS);
        addDirectory(0, "BACKUPS", "The directory that was given to backup, or to a node as --backup-directory.");
        spec().addOption(keep);
        spec().addOption(keepDays);
        spec().usageMessage().footer(EXAMPLES);
    }

    @Override
    ExitStatus run() {
        Path backups = directory(0);
        Integer count = given(keep);
        Integer days = given(keepDays);
        if (count != null && count < 1 || days != null && days < 0) {
            throw new ParameterException(line(), "--keep must be 1 or more, --keep-days 0 or more");
        }
        if (count != null || days != null) {
            Duration within = Duration.ofDays(days == null ? 0 : days);
            for (Backup.Taken gone : Backup.prune(backups, count == null ? 1 : count, within)) {
                out().println("Deleted backup " + gone.number() + " of " + Instant.ofEpochMilli(gone.timeMs()) + ".");
            }
        }
        List<Backup.Taken> all = Backup.list(backups);
        for (Backup.Taken taken : all) {
            out().printf("%6d  %s  %d bytes%n", taken.number(), Instant.ofEpochMilli(taken.timeMs()), taken.bytes());
        }
        return ExitStatus.DONE;
    }
}
