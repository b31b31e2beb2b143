package archipel.cli;

import archipel.ensemble.Recovery;
import archipel.shell.Endings;
import archipel.shell.ExitStatus;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** Goes on with one member of an ensemble whose majority is lost. */
final class RecoverCommand extends CliCommand {
    private final OptionSpec force = OptionSpec.builder("--force-new-ensemble")
            .type(boolean.class)
            .arity("0")
            .description("Has to be given: nothing undoes this.")
            .build();
    private final OptionSpec data = OptionSpec.builder("--data")
            .paramLabel("DIRECTORY")
            .type(String.class)
            .description("The data directory of the member that is left (serve --data); no node may have it open.")
            .build();

    RecoverCommand() {
        super(
                "recover",
                "Makes one member of an ensemble the only one, where a majority of those with a vote is lost for good. "
                        + "\"archipel ensemble join\" adds new ones then.",
                "It goes on with what it has. Writes that were acknowledged and that this member had not received are "
                        + "lost, also where the lost members had them. The lost members must never be started again "
                        + "with the data that they had: they could go on without this one.",
                "Where several members are left, take the one that has applied most (\"applied\" in GET /_ensemble).");
        endsWith(Endings.DATA);
        spec().addOption(force);
        spec().addOption(data);
    }

    @Override
    ExitStatus run() {
        if (!isGiven("--force-new-ensemble")) {
            throw new ParameterException(line(), "--force-new-ensemble is missing");
        }
        String given = given(data);
        if (given == null || given.isEmpty()) {
            throw new ParameterException(
                    line(), "--data is missing: give the data directory of the member that is left");
        }
        try {
            Recovery.Forced forced = Recovery.force(Path.of(given));
            out().println("Member " + forced.name() + " is the only member of its ensemble from its next start on.");
            out().println(
                            forced.lost().isEmpty()
                                    ? "No other member was known."
                                    : "No members any more: " + String.join(", ", forced.lost())
                                            + ". What they alone had is lost. Never start them again with their data:"
                                            + " delete it, and join them anew.");
            out().println("Start it as always (archipel serve --data " + given
                    + "), then run \"archipel ensemble join\" on each machine that is to be a member.");
            return ExitStatus.DONE;
        } catch (IllegalArgumentException | IOException e) {
            err().println("archipel: " + e.getMessage());
            return ExitStatus.DATA;
        }
    }
}
