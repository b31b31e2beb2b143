package archipel.cli;

import archipel.engine.Backup;
import archipel.engine.Backup.Restore;
import archipel.read.BlockSelector;
import archipel.shell.Endings;
import archipel.shell.ExitStatus;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** Makes a data directory of a backup. */
final class RestoreCommand extends CliCommand {
    private final OptionSpec at = OptionSpec.builder("--at")
            .paramLabel("BLOCK|TIME")
            .type(String.class)
            .description("Restore the state at a block (a number, with --database) or at a time such as "
                    + "2026-01-31T12:00:00Z. Uses the first backup taken after that time, or the newest one that can "
                    + "still read the block. Databases that did not exist at that time are left out and listed. A "
                    + "database whose state is taken back begins a new history.")
            .build();
    private final OptionSpec backup = OptionSpec.builder("--backup")
            .paramLabel("NUMBER")
            .type(Integer.class)
            .description("Restore this backup, by its number in \"archipel backups\".")
            .build();
    private final OptionSpec database = OptionSpec.builder("--database")
            .paramLabel("NAME")
            .type(String.class)
            .description("Apply --at to this database only.")
            .build();

    RestoreCommand() {
        super("restore", "Creates a data directory from a backup, the newest unless --backup or --at selects another.");
        endsWith(Endings.DATA);
        addDirectory(0, "BACKUPS", "The directory that was given to backup.");
        addDirectory(1, "DIRECTORY", "The data directory to create: a new or an empty directory.");
        spec().addOption(backup);
        spec().addOption(at);
        spec().addOption(database);
    }

    @Override
    ExitStatus run() {
        Path backups = directory(0);
        Path data = directory(1);
        String name = given(database);
        BlockSelector selector = selector(given(at), name);
        try {
            Restore.Restored restored = Restore.run(backups, data, new Restore.Wish(given(backup), selector, name));
            Backup.Taken taken = restored.backup();
            out().println("Backup " + taken.number() + " of " + Instant.ofEpochMilli(taken.timeMs()) + " restored to "
                    + data + ".");
            if (!restored.leftOut().isEmpty()) {
                out().println("Left out, since they did not exist at that time: "
                        + String.join(", ", restored.leftOut()) + ".");
            }
            return ExitStatus.DONE;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitStatus.FAULTS;
        }
    }

    private @Nullable BlockSelector selector(@Nullable String text, @Nullable String name) {
        if (text == null) {
            if (name != null) {
                throw new ParameterException(line(), "--database needs --at");
            }
            return null;
        }
        try {
            if (text.matches("\\d{1,18}")) {
                if (name == null) {
                    throw new ParameterException(line(), "--at " + text + " is a block number: give its --database");
                }
                return new BlockSelector.Number(Long.parseLong(text));
            }
            return new BlockSelector.At(Instant.parse(text).toEpochMilli());
        } catch (DateTimeParseException e) {
            throw new ParameterException(
                    line(), "--at " + text + " is neither a block number nor a time such as 2026-01-31T12:00:00Z", e);
        }
    }
}
