package archipel.cli;

import archipel.engine.Backup;
import archipel.engine.Backup.Restore;
import archipel.read.BlockSelector;
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
            .description("Go back to a block's number (with --database) or to a time such as 2026-01-31T12:00:00Z; "
                    + "databases that were not there at that time are left out, and named. The backup is the first "
                    + "that was taken after that time, or the newest that can read the block still. A database that "
                    + "was gone back in begins a new history.")
            .build();
    private final OptionSpec backup = OptionSpec.builder("--backup")
            .paramLabel("NUMBER")
            .type(Integer.class)
            .description("That backup, as \"archipel backups\" lists it, and no other.")
            .build();
    private final OptionSpec database = OptionSpec.builder("--database")
            .paramLabel("NAME")
            .type(String.class)
            .description("Go back in that database alone.")
            .build();

    RestoreCommand() {
        super(
                "restore",
                "Makes a data directory of a copy in a directory of backups: of the newest unless told which.");
        endsWith(ExitStatus.ON_DATA);
        addDirectory(0, "BACKUPS", "What backup was given.");
        addDirectory(1, "DIRECTORY", "A new or an empty directory.");
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
            out().println("Backup " + taken.number() + " of " + Instant.ofEpochMilli(taken.timeMs()) + " is in " + data
                    + ".");
            if (!restored.leftOut().isEmpty()) {
                out().println("Left out, since not there at that time: " + String.join(", ", restored.leftOut()) + ".");
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
                throw new ParameterException(line(), "--database says where to go back: give --at too");
            }
            return null;
        }
        try {
            if (text.matches("\\d{1,18}")) {
                if (name == null) {
                    throw new ParameterException(
                            line(), "--at " + text + " is a block's number: say of which --database");
                }
                return new BlockSelector.Number(Long.parseLong(text));
            }
            return new BlockSelector.At(Instant.parse(text).toEpochMilli());
        } catch (DateTimeParseException e) {
            throw new ParameterException(
                    line(), "--at " + text + " is neither a block's number nor a time such as 2026-01-31T12:00:00Z", e);
        }
    }
}
