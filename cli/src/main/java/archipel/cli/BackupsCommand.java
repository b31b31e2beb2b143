package archipel.cli;

import archipel.engine.Backup;
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
        "  archipel backups /var/backups/archipel                            what is there",
        "  archipel backups /var/backups/archipel --keep 7                   and delete all but the newest seven",
        "  archipel backups /var/backups/archipel --keep 7 --keep-days 30    but none of the last thirty days"
    };

    private final OptionSpec keep = OptionSpec.builder("--keep")
            .paramLabel("COUNT")
            .type(Integer.class)
            .description("Delete those that are not among so many of the newest, 1 at least.")
            .build();
    private final OptionSpec keepDays = OptionSpec.builder("--keep-days")
            .paramLabel("DAYS")
            .type(Integer.class)
            .description("Delete those that are older; with --keep, those to which both apply. The newest stays.")
            .build();

    BackupsCommand() {
        super(
                "backups",
                "Lists the copies in a directory of backups, the oldest first: number, time, and bytes of all files, "
                        + "those that it shares with others too.",
                "With --keep or --keep-days, deletes first what these do not keep. What a deleted copy shares with "
                        + "another stays.");
        endsWith(ExitStatus.ON_BACKUPS);
        addDirectory(0, "BACKUPS", "What backup was given, or a node as --backup-directory.");
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
            throw new ParameterException(line(), "--keep takes 1 or more, --keep-days 0 or more");
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
